"""`make bundle` names the programs and packages that are missing before it starts."""

from __future__ import annotations

import ast
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

_PACKAGING = Path(__file__).parents[2] / "packaging"


@pytest.fixture(scope="module")
def programs() -> dict[str, object]:
    return runpy.run_path(str(_PACKAGING / "programs.py"))


@pytest.fixture
def check(programs: dict[str, object]) -> Callable[..., None]:
    found = programs["refuse_missing_programs"]
    assert callable(found)
    return found


def test_missing_programs_are_named_with_the_packages_to_install(check: Callable[..., None]) -> None:
    missing = {"libdeflate-gzip", "strip", "readelf"}
    with pytest.raises(SystemExit) as stopped:
        check(lambda name: None if name in missing else f"/usr/bin/{name}", "linux")
    assert str(stopped.value) == (
        "These programs are missing: libdeflate-gzip, readelf, strip. Run: apt-get install binutils libdeflate-tools"
    )


def test_nothing_is_refused_if_all_programs_are_there_or_on_another_system(check: Callable[..., None]) -> None:
    check(lambda name: f"/usr/bin/{name}", "linux")
    check(lambda name: None, "win32")
    check(lambda name: None, "darwin")


def test_every_program_that_the_build_runs_is_checked_and_its_package_is_in_the_readme(
    programs: dict[str, object],
) -> None:
    checked = programs["LINUX"]
    assert isinstance(checked, dict)
    for name in ("build.py", "linux_libraries.py", "inventory.py"):
        assert _programs_run_by(_PACKAGING / name) <= set(checked)
    listed = (_PACKAGING / "README.md").read_text("utf-8").split("\napt: ")[1].split("\n")[0].split()
    # dpkg and ldd are part of every Debian.
    assert set(checked.values()) - {"dpkg", "libc-bin"} <= set(listed)


def _programs_run_by(file: Path) -> set[str]:
    """The first words of the commands that a script gives to `subprocess`."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        command = node.args[0]
        if (
            isinstance(node.func.value, ast.Name)
            and node.func.value.id == "subprocess"
            and isinstance(command, ast.List)
        ):
            first = command.elts[0]
            if isinstance(first, ast.Constant):
                found.add(str(first.value))
    return found
