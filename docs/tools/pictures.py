"""The pictures of the architecture page: the rooms, from import-linter's contract, and the way of one cell."""

from __future__ import annotations

import ast
import textwrap
import tomllib
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).parents[2]
_WIDTH, _MARGIN, _GAP, _ROW = 860, 12, 10, 64
_ROOTS = {"__main__": "Starts the window or the command line.", "app": "Builds the window.", "cli": "The commands."}
_STEPS = (
    ("image", "imaging.reading", "bytes to RGB, within limits"),
    ("head", "imaging.head", "outline and axis"),
    ("window", "inference.preprocess", "a fixed size around the head"),
    ("prediction, heatmap", "inference.scorer", "calibrated, Grad-CAM++"),
    ("event", "domain.cell", "CellScored or CellFailed"),
    ("session", "session.events", "written first"),
    ("table, review, report", "gui, reports", "shown second"),
)
_COLUMNS = 4


def rooms() -> str:
    """The rooms from top to bottom, as SVG: each may import those below it."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    boxes = []
    for number, layer in enumerate(layers):
        names = [name.strip() for name in layer.split("|")]
        width = (_WIDTH - 2 * _MARGIN - _GAP * (len(names) - 1)) / len(names)
        for column, name in enumerate(names):
            left, top = _MARGIN + column * (width + _GAP), _MARGIN + number * (_ROW + _GAP)
            boxes.append(_box(left, top, width, _ROW, name, [_purpose(name)], "#eef3f8"))
    return _svg(2 * _MARGIN + len(layers) * (_ROW + _GAP) - _GAP, boxes, "The rooms: each may import those below it")


def way_of_one_cell() -> str:
    """The steps of one cell from left to right, as SVG."""
    arrow, height = 30, 84
    width = (_WIDTH - 2 * _MARGIN - arrow * (_COLUMNS - 1)) / _COLUMNS
    parts = []
    for number, (name, module, remark) in enumerate(_STEPS):
        row, column = divmod(number, _COLUMNS)
        left, top = _MARGIN + column * (width + arrow), _MARGIN + row * (height + arrow)
        parts.append(_box(left, top, width, height, name, [module, remark], "#f6f1e7"))
        middle = top + height / 2
        if number + 1 == len(_STEPS):
            continue
        if column + 1 < _COLUMNS:
            parts.append(_arrow(f"M{left + width + 4},{middle} h{arrow - 12}"))
        else:
            down = f"M{left + width / 2},{top + height + 2} v13 H{_MARGIN + width / 2} v9"
            parts.append(_arrow(down))
    rows = -(-len(_STEPS) // _COLUMNS)
    return _svg(2 * _MARGIN + rows * height + (rows - 1) * arrow, parts, "The way of one cell")


def _purpose(name: str) -> str:
    """The first line of a room's docstring."""
    if name in _ROOTS:
        return _ROOTS[name]
    text = ast.get_docstring(ast.parse((ROOT / "sperm_viewer" / name / "__init__.py").read_text("utf-8"))) or ""
    return text.split("\n")[0]


def _box(left: float, top: float, width: float, height: float, title: str, lines: Sequence[str], fill: str) -> str:
    wrapped = [part for line in lines for part in textwrap.wrap(line, int(width / 6.4))]
    middle = left + width / 2
    texts = "".join(
        f'<text x="{middle:g}" y="{top + 41 + 16 * number:g}" font-size="12" fill="#444">{escape(line)}</text>'
        for number, line in enumerate(wrapped)
    )
    return (
        f'<rect x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" rx="6" fill="{fill}" stroke="#8a97a5"/>'
        f'<text x="{middle:g}" y="{top + 22:g}" font-size="15" font-weight="600" fill="#1d2a36">{escape(title)}</text>'
        f"{texts}"
    )


def _arrow(path: str) -> str:
    return f'<path d="{path}" fill="none" stroke="#5b6875" stroke-width="1.6" marker-end="url(#tip)"/>'


def _svg(height: float, parts: Sequence[str], title: str) -> str:
    body = "\n".join(parts)
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:g}" width="{_WIDTH}" height="{height:g}" \
font-family="system-ui, sans-serif" text-anchor="middle" role="img">
<title>{escape(title)}</title>
<defs><marker id="tip" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path d="M0,0 L8,4 L0,8 z" fill="#5b6875"/></marker></defs>
<rect width="100%" height="100%" fill="#fff"/>
{body}
</svg>
"""
