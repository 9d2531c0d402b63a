"""A window on two fields, whose new heads are scored without a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fields import fields_session, head_event
from made_up import session_model, shelf
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.domain.cell import CellEvent
from sperm_viewer.domain.detection import KnownHeads
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.gui.field import head_scoring
from sperm_viewer.gui.results.view_switch import FIELD
from sperm_viewer.inference.child import ScoringPlan


class MadeUpScorer:
    """In place of the scoring process: each wanted head is normal."""

    asked: list[KnownHeads]
    change: Callable[[CellEvent], CellEvent] = staticmethod(lambda event: event)

    def __init__(self, plan: ScoringPlan) -> None:
        self.model = session_model(shelf().folders[0])

    def begin(self) -> None:
        pass

    def score(self, ref: ImageRef, heads: KnownHeads) -> tuple[CellEvent, ...]:
        self.asked.append(heads)
        return tuple(
            type(self).change(head_event(ref, heads.heads[index].outline, self.model)) for index in heads.wanted
        )

    def stop(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture
def scorer(monkeypatch: pytest.MonkeyPatch) -> type[MadeUpScorer]:
    made = type("Scorer", (MadeUpScorer,), {"asked": []})
    monkeypatch.setattr(head_scoring, "HeadScorer", made)
    return made


@pytest.fixture
def desktop(open_desktop: Callable[..., Desktop], scorer: type[MadeUpScorer], qtbot: QtBot, tmp_path: Path) -> Desktop:
    model = session_model(shelf().folders[0])
    path = fields_session(tmp_path / "s.spermview", tmp_path / "A", ["a.png", "b.png"], model)
    made = open_desktop()
    made.window.resize(1400, 900)
    made.settings.update(view=FIELD)
    made.window.reviewer.set_name("Ana")
    made.controller.open_session(path)
    qtbot.waitUntil(lambda: made.window.workspace.field.image is not None)
    return made


def changed_file(event: CellEvent) -> CellEvent:
    return replace(event, sha256="00" * 32)
