"""The documentation is whole: every page is in the navigation, and every image and link is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from stage_docs import ROOT, stage


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
