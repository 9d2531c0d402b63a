"""Every error that a user may be told stands in CONTRIBUTING.md's table, and every row of it is produced by a test."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from error_texts import in_source, in_table, matches
from messages import commands, images, models, reports, sessions
from messages.stage import Stage
from PySide6.QtWidgets import QApplication


def test_the_table_is_what_stands_in_the_source() -> None:
    """Where this fails, `python tests/error_texts.py` writes the table anew."""
    assert in_table() == in_source()


@pytest.fixture(scope="module")
def produced(tmp_path_factory: pytest.TempPathFactory, qapp: QApplication) -> Callable[[str], list[str]]:
    """All messages of a module of this folder, which is played once."""

    @cache
    def play(name: str) -> list[str]:
        modules = {"images": images, "models": models, "sessions": sessions, "reports": reports, "commands": commands}
        if name == "training":
            pytest.importorskip("torch")
            from messages import training

            modules["training"] = training
        return list(modules[name].messages(Stage(tmp_path_factory.mktemp(name))))

    return play


def _module(where: str) -> str:
    room = where.split("/")[0]
    if where == "run/pipeline.py":
        return "models"
    if where == "inference/torch_engine.py":
        return "training"
    if where.endswith("heatmap_files.py"):
        return "sessions"
    by_room = {
        "imaging": "images",
        "synthetic": "images",
        "inference": "models",
        "session": "sessions",
        "system": "sessions",
        "domain": "sessions",
        "gui": "reports",
    }
    return by_room.get(room, room if room in ("reports", "training") else "commands")


# What the window tells is produced in a window: tests/gui/test_error_messages.py.
_ROWS = [
    pytest.param(text, where, id=f"{where}-{text[:60]}")
    for text, where in in_table().items()
    if not where.startswith("gui/") or where == "gui/background/exporting.py"
]


@pytest.mark.parametrize(("text", "where"), _ROWS)
def test_the_message_is_produced(text: str, where: str, produced: Callable[[str], list[str]]) -> None:
    said = produced(_module(where))
    assert any(matches(text, message.replace("\n", " ")) for message in said), said
