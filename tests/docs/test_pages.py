"""The documentation is whole: every page is in the navigation, every image is there, and the stranger's way exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from stage_docs import ROOT, stage

_PACKAGE = ROOT / "sperm_viewer"
_MOST_MODULES = 8


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "source"
    stage(folder)
    return folder


@pytest.fixture(scope="module")
def pages(staged: Path) -> dict[str, str]:
    """The text of each page, by its path in the staged folder."""
    return {path.relative_to(staged).as_posix(): path.read_text("utf-8") for path in staged.rglob("*.md")}


def test_every_page_is_in_the_navigation_or_linked_and_every_entry_is_a_page(pages: dict[str, str]) -> None:
    navigation = (ROOT / "mkdocs.yml").read_text("utf-8").split("\nnav:\n")[1]
    entries = set(re.findall(r"\S+\.md", navigation))
    assert entries <= set(pages)
    assert {name for name in pages if not name.startswith("models/")} == entries


def test_every_image_of_a_page_is_there(staged: Path, pages: dict[str, str]) -> None:
    missing = [
        f"{name}: {image}"
        for name, text in pages.items()
        for image in re.findall(r"!\[[^\]]*\]\(([^)\s]+)\)", text)
        if not ((staged / name).parent / image).is_file()
    ]
    assert missing == []


def test_links_of_readme_and_contributing_lead_to_files() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "packaging/README.md"):
        text = (ROOT / name).read_text("utf-8")
        for target in re.findall(r"\]\(([^)#:\s]+)\)", text):
            assert ((ROOT / name).parent / target).exists(), f"{name}: {target}"


def test_the_way_from_a_path_to_a_row_is_at_most_eight_modules_each_reached_from_an_earlier_one(
    pages: dict[str, str],
) -> None:
    section = pages["architecture.md"].split("\n## From `score PATH`")[1].split("\n## ")[0]
    modules = re.findall(r"^\d+\. `([\w.]+)`", section, re.M)
    assert modules[0] == "cli"
    assert modules[-1] == "reports.csv_tables"
    assert len(modules) <= _MOST_MODULES
    for number, module in enumerate(modules[1:], 1):
        near = {name for earlier in modules[:number] for name in _imports(earlier)}
        # Opening a scorer is a module of its own, which a reader can pass over.
        near |= {name for between in near for name in _imports(between)}
        assert module in near, module


def _imports(module: str) -> set[str]:
    file = _PACKAGE.joinpath(*module.split(".")).with_suffix(".py")
    if not file.is_file():
        return set()
    nodes = ast.walk(ast.parse(file.read_text("utf-8")))
    names = [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return {name.removeprefix("sperm_viewer.") for name in names if name.startswith("sperm_viewer.")}
