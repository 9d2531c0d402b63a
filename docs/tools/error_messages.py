"""The page of all error messages, read from the syntax trees of the source."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PACKAGE = ROOT / "sperm_viewer"
_ANY = "…"
_RAISED = {
    "SpermViewerError",
    "ImageRefusedError",
    "ModelError",
    "EngineError",
    "SessionError",
    "ChildDiedError",
    "BadParameter",
}
_CONSTANTS = ("imaging/reading/refusals.py",)
_NO_ERRORS = {"How often the model was right"}
"""Titles of messages that report no error."""
_SHORTEST = 12
"""Shorter pieces of text, such as separators, are no messages."""
_ROOMS = {
    "cli.py": "Command line",
    "run": "Runs",
    "gui": "Window",
    "imaging": "Images",
    "inference": "Models, engines and devices",
    "session": "Sessions",
    "teaching": "Site models",
    "reports": "Reports",
    "training": "Training",
    "domain": "Any part",
    "system": "Files",
}
_INTRODUCTION = """\
# Error messages

Every message that a user can see when something goes wrong. `…` is what differs from case to case: a file, a number,
the system's own words. In the table of cells the message of an image is beside the image's name. In a dialog the title
comes before the colon.

This page is generated from the source by `make generate`. Each message has a test in the room that raises it.
"""


def error_messages() -> str:
    """The page, in Markdown."""
    by_room: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for text, file in messages_in_source().items():
        room = file.split("/")[0]
        by_room[_ROOMS.get(room, room)].append((text, file))
    parts = [_INTRODUCTION]
    for title in sorted(by_room):
        rows = "".join(
            f"| {_cell(text)} | `{file}` |\n" for text, file in sorted(by_room[title], key=lambda r: r[::-1])
        )
        parts.append(f"\n## {title}\n\n| message | raised in |\n|---|---|\n{rows}")
    return "".join(parts)


def messages_in_source() -> dict[str, str]:
    """Each message, with `…` for what differs from case to case, and the first file it is in."""
    found: dict[str, str] = {}
    for file in sorted(_PACKAGE.rglob("*.py")):
        name = file.relative_to(_PACKAGE).as_posix()
        for text in _messages(ast.parse(file.read_text("utf-8")), constants=name in _CONSTANTS):
            found.setdefault(text, name)
    return found


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("<", "&lt;").replace("*", r"\*")


def _messages(tree: ast.Module, constants: bool) -> Iterator[str]:
    if constants:
        for node in tree.body:
            if isinstance(node, ast.Assign):
                yield from _literals(node.value)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name.endswith("Error"):
            yield from _message_of_the_class(node)
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in _RAISED:
            yield from (text for argument in node.args for text in _literals(argument))
        elif name == "tell" and len(node.args) == 2:
            yield from _dialog(node.args[0], node.args[1])


def _message_of_the_class(error: ast.ClassDef) -> Iterator[str]:
    """The message of an error class that builds it itself."""
    for node in ast.walk(error):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "__init__":
            yield from (text for argument in node.args for text in _literals(argument))


def _dialog(title: ast.expr, text: ast.expr) -> Iterator[str]:
    (shown,) = _literals(title, shortest=0) or [_ANY]
    for message in list(_literals(text)) or [_ANY]:
        if shown not in {_ANY, *_NO_ERRORS}:
            yield f"{shown}: {message}"


def _literals(node: ast.expr, shortest: int = _SHORTEST) -> list[str]:
    """The texts that an expression can be, as far as they are literals."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) and len(node.value) > shortest else []
    if isinstance(node, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.Constant) else _ANY for part in node.values)
        text = re.sub(f"{_ANY}+", _ANY, "".join(map(str, parts))).replace("\n", " ").strip()
        return [text] if len(text) > shortest else []
    return [text for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr) for text in _literals(child)]
