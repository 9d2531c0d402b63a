"""The texts of all errors in the app's source, found in its syntax trees, and the table of them in CONTRIBUTING.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
ANY = "…"
_RAISED = {
    "SpermViewerError",
    "CropRefusedError",
    "ModelError",
    "EngineError",
    "SessionError",
    "ChildDiedError",
    "BadParameter",
}
_CONSTANTS = ("imaging/reading/refusals.py",)
_NO_ERRORS = {"How often the model was right"}
"""Told, but nothing went wrong."""
_HEADING = "\n## Error messages\n"
_SHORTEST = 12
"""Shorter pieces of text, such as separators, are no messages."""


def in_source() -> dict[str, str]:
    """Each text, with `…` for what differs from case to case, and the first file it is in."""
    found: dict[str, str] = {}
    for file in sorted((ROOT / "sperm_viewer").rglob("*.py")):
        name = str(file.relative_to(ROOT / "sperm_viewer").as_posix())
        for text in _texts(ast.parse(file.read_text("utf-8")), constants=name in _CONSTANTS):
            found.setdefault(text, name)
    return found


def in_table() -> dict[str, str]:
    """The rows of the table: each text with the file it is in."""
    table = (ROOT / "CONTRIBUTING.md").read_text("utf-8").split(_HEADING)[1]
    rows = re.findall(r"^\| (.+) \| `(.+)` \|$", table, re.M)
    return dict(rows)


def matches(text: str, message: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, text.split(ANY))), message, re.S) is not None


def _texts(tree: ast.Module, constants: bool) -> Iterator[str]:
    if constants:
        for node in tree.body:
            if isinstance(node, ast.Assign):
                yield from _literals(node.value)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name.endswith("Error"):
            yield from _own_words(node)
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in _RAISED:
            yield from (text for argument in node.args for text in _literals(argument))
        elif name == "tell" and len(node.args) == 2:
            yield from _told(node.args[0], node.args[1])


def _own_words(error: ast.ClassDef) -> Iterator[str]:
    """The message of an error that words it itself."""
    for node in ast.walk(error):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "__init__":
            yield from (text for argument in node.args for text in _literals(argument))


def _told(title: ast.expr, text: ast.expr) -> Iterator[str]:
    (shown,) = _literals(title, shortest=0) or [ANY]
    for said in list(_literals(text)) or [ANY]:
        if shown not in {ANY, *_NO_ERRORS}:
            yield f"{shown}: {said}"


def _literals(node: ast.expr, shortest: int = _SHORTEST) -> list[str]:
    """The texts that an expression may be, as far as they are written out."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) and len(node.value) > shortest else []
    if isinstance(node, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.Constant) else ANY for part in node.values)
        text = re.sub(f"{ANY}+", ANY, "".join(map(str, parts))).replace("\n", " ").strip()
        return [text] if len(text) > shortest else []
    return [text for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr) for text in _literals(child)]


def write_table() -> None:
    """Puts the table of what stands in the source in the place of the old one."""
    file = ROOT / "CONTRIBUTING.md"
    before, after = file.read_text("utf-8").split(_HEADING)
    introduction = after.split("| message | in |")[0]
    ordered = sorted(in_source().items(), key=lambda row: (row[1], row[0]))
    rows = "".join(f"| {text} | `{where}` |\n" for text, where in ordered)
    file.write_text(f"{before}{_HEADING}{introduction}| message | in |\n|---|---|\n{rows}", "utf-8")


if __name__ == "__main__":
    write_table()
