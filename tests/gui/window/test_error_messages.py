"""Each error that the window tells by itself, produced in a window; the others: tests/messages/."""

from __future__ import annotations

from collections.abc import Callable, Generator

import pytest
from error_texts import in_table, matches
from made_up import Answers, fill, write_images
from messages.stage import fails_with
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.domain.errors import EngineError, SessionError
from sperm_viewer.gui.dialogs.support_dialog import SupportDialog
from sperm_viewer.gui.widgets.actions import Act
from sperm_viewer.gui.widgets.models import ModelShelf
from sperm_viewer.inference.child import ScoringPlan
from sperm_viewer.run.pipeline import Step
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session
from sperm_viewer.system import paths

_REFUSED = SessionError("The disk is full. Make room.")
_ROWS = [
    text for text, where in in_table().items() if where.startswith("gui/") and where != "gui/background/exporting.py"
]


class World:
    """A window with a session of twelve cells, and what a user could do to hear of an error."""

    def __init__(self, open_desktop, answers: Answers, tmp_path, patch: pytest.MonkeyPatch) -> None:
        self.open_desktop, self.answers, self.folder, self.patch = open_desktop, answers, tmp_path, patch
        (tmp_path / "file").touch()
        self.nowhere = tmp_path / "file" / "below" / "name.csv"

    def opened(self) -> Desktop:
        desktop: Desktop = self.open_desktop()
        desktop.controller.open_paths([fill(self.folder / "s.spermview", {"A": 12}, self.folder)])
        desktop.window.activateWindow()
        QApplication.processEvents()
        return desktop

    def do(self, desktop: Desktop, act: Act) -> None:
        desktop.window.acts[act].trigger()

    def support_bundle(self) -> None:
        desktop = self.open_desktop()
        self.answers.path = self.nowhere
        self.do(desktop, Act.SUPPORT)
        (dialog,) = desktop.window.findChildren(SupportDialog)
        dialog.save_button.click()
        dialog.reject()

    def new_session(self) -> None:
        self.patch.setattr(paths, "results_folder", lambda: self.nowhere)
        self.open_desktop().controller.open_paths([write_images(self.folder / "B", 3)])

    def under_way(self) -> None:
        desktop = self.opened()
        self.patch.setattr(desktop.controller.finder, "busy", True)
        desktop.controller.close_session()
        desktop.controller.finder.busy = False

    def scoring(self) -> None:
        def score(session: Session, plan: ScoringPlan) -> Generator[Step, None, None]:
            raise EngineError("The card is gone. Choose the CPU.")
            yield

        self.open_desktop(score).controller.open_paths([write_images(self.folder / "B", 3)])

    def again(self) -> None:
        desktop = self.opened()
        self.patch.setattr(Session, "forget_unread", fails_with(_REFUSED))
        self.do(desktop, Act.TRY_AGAIN)

    def no_model(self) -> None:
        desktop = self.open_desktop()
        desktop.controller.shelf = ModelShelf([], (), ["cpu"])
        desktop.controller.open_paths([write_images(self.folder / "B", 3)])

    def demo(self) -> None:
        mine = paths.cache_folder() / "demo" / "Demo slide" / "mine.txt"
        mine.parent.mkdir(parents=True)
        mine.touch()
        self.do(self.open_desktop(), Act.DEMO)

    def gone(self) -> None:
        self.open_desktop().controller.open_paths([self.folder / "gone.spermview"])

    def held(self) -> None:
        beat = "9999-01-01T00:00:00+00:00"
        holder = f'{{"user": "Bo", "host": "bench-2", "since": "{beat}", "beat": "{beat}"}}'
        (self.folder / ".s.spermview.holder").write_text(holder)
        self.do(self.opened(), Act.TRY_AGAIN)

    def export(self) -> None:
        self.answers.path = self.nowhere
        self.do(self.opened(), Act.EXPORT_CSV)

    def moved(self) -> None:
        desktop = self.opened()
        self.answers.path = self.folder
        self.patch.setattr("sperm_viewer.gui.background.moving.find_moved", fails_with(_REFUSED))
        self.do(desktop, Act.FIND_MOVED)

    def nothing_read(self) -> None:
        desktop = self.open_desktop()
        Session.create(self.folder / "s.spermview").close()
        desktop.controller.open_paths([self.folder / "s.spermview"])
        self.do(desktop, Act.SECOND_READING)

    def check_where(self) -> None:
        self.open_desktop().window.commands.spot_check()

    def nothing_to_check(self) -> None:
        desktop = self.opened()
        self.answers.name = "Ana"
        desktop.window.blind.begin_check("a slide of failed files")

    def check_refused(self) -> None:
        desktop = self.opened()
        self.answers.name = "Ana"
        self.patch.setattr("sperm_viewer.gui.review.blind_reading.begin_spot_check", fails_with(_REFUSED))
        self.do(desktop, Act.SPOT_CHECK)

    def same_reader(self) -> None:
        desktop = self.opened()
        self.answers.name = "Ana"
        self.do(desktop, Act.ACCEPT)
        self.do(desktop, Act.SECOND_READING)

    def verdict(self) -> None:
        desktop = self.opened()
        self.patch.setattr(Review, "decide", fails_with(_REFUSED))
        self.do(desktop, Act.ACCEPT)


_PRODUCES: dict[str, Callable[[World], None]] = {
    "The support bundle was not saved": World.support_bundle,
    "A new session can't be made": World.new_session,
    "Scoring is under way": World.under_way,
    "Scoring stopped": World.scoring,
    "The files can't be tried again": World.again,
    "There is no model": World.no_model,
    "This can't be opened": World.demo,
    "This session can't be opened": World.gone,
    "This session is shown read-only": World.held,
    "Export failed": World.export,
    "The images can't be found again": World.moved,
    "There is nothing to read": World.nothing_read,
    "There is nothing to check": World.nothing_to_check,
    "Check on which slide?": World.check_where,
    "This check can't begin": World.check_refused,
    "This reading can't begin": World.same_reader,
    "This can't be stored": World.verdict,
}


@pytest.mark.parametrize("row", _ROWS)
def test_the_message_is_told(
    row: str,
    open_desktop: Callable[..., Desktop],
    answers: Answers,
    tmp_path,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    title, text = row.split(": ", 1)
    _PRODUCES[title](World(open_desktop, answers, tmp_path, monkeypatch))
    qtbot.waitUntil(lambda: bool(answers.told))
    assert any(matches(f"{title} {text}", told) for told in answers.told), answers.told
