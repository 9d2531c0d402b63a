"""No file and no function outgrows what one reads in a sitting."""

from __future__ import annotations

import ast
from pathlib import Path

_PROGRAM = Path(__file__).parents[1] / "sperm_viewer"
_LINES_OF_A_FILE = 350
_LINES_OF_A_FUNCTION = 50


def test_no_file_is_longer_than_350_lines() -> None:
    lengths = {str(file.relative_to(_PROGRAM)): len(file.read_text("utf-8").splitlines()) for file in _sources()}
    assert not {name: lines for name, lines in lengths.items() if lines > _LINES_OF_A_FILE}


def test_no_function_is_longer_than_50_lines() -> None:
    assert not [
        f"{file.relative_to(_PROGRAM)}: {node.name}"
        for file in _sources()
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > _LINES_OF_A_FUNCTION
    ]


def _sources() -> list[Path]:
    return sorted(_PROGRAM.rglob("*.py"))
