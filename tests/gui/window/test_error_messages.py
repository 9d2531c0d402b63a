"""Each error that the window reports, with its message."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator

import pytest
from fake_failures import fails_with
from made_up import Answers, fill, write_images
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.domain.errors import EngineError, SessionError
from sperm_viewer.gui.dialogs.support_dialog import SupportDialog
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.inference.child import ScoringPlan
from sperm_viewer.inference.model_shelf import ModelShelf
from sperm_viewer.run.counting import Selection
from sperm_viewer.run.events import Recorded
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session
from sperm_viewer.system import paths

_REFUSED = SessionError("The disk is full. Make room.")


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

    def do(self, desktop: Desktop, act: ActionId) -> None:
        desktop.window.action(act).trigger()

    def support_bundle(self) -> None:
        desktop = self.open_desktop()
        self.answers.path = self.nowhere
        self.do(desktop, ActionId.SUPPORT)
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
        def score(session: Session, plan: ScoringPlan, selection: Selection) -> Generator[Recorded, None, None]:
            raise EngineError("The card is gone. Choose the CPU.")
            yield

        self.open_desktop(score).controller.open_paths([write_images(self.folder / "B", 3)])

    def no_model(self) -> None:
        desktop = self.open_desktop()
        desktop.controller.shelf = ModelShelf([], (), ["cpu"])
        desktop.controller.open_paths([write_images(self.folder / "B", 3)])

    def demo(self) -> None:
        mine = paths.cache_folder() / "Demo" / "mine.txt"
        mine.parent.mkdir(parents=True)
        mine.touch()
        self.do(self.open_desktop(), ActionId.DEMO)

    def gone(self) -> None:
        self.open_desktop().controller.open_paths([self.folder / "gone.spermview"])

    def held(self) -> None:
        beat = "9999-01-01T00:00:00+00:00"
        holder = f'{{"user": "Bo", "host": "bench-2", "since": "{beat}", "beat": "{beat}"}}'
        (self.folder / ".s.spermview.holder").write_text(holder)
        self.do(self.opened(), ActionId.TRY_AGAIN)

    def export(self) -> None:
        self.answers.path = self.nowhere
        self.do(self.opened(), ActionId.EXPORT_CSV)

    def moved(self) -> None:
        desktop = self.opened()
        (self.folder / "A" / "img_0.png").unlink()
        self.answers.path = self.folder
        self.patch.setattr("sperm_viewer.gui.background.moving.find_moved", fails_with(_REFUSED))
        self.do(desktop, ActionId.FIND_MOVED)

    def nothing_read(self) -> None:
        desktop = self.open_desktop()
        Session.create(self.folder / "s.spermview").close()
        desktop.controller.open_paths([self.folder / "s.spermview"])
        self.do(desktop, ActionId.READ_AGAIN)

    def check_where(self) -> None:
        self.open_desktop().window.commands.review.begin_spot_check()

    def nothing_to_check(self) -> None:
        desktop = self.opened()
        self.answers.name = "Ana"
        desktop.window.blind.begin_check(0, "a slide of failed files")

    def check_refused(self) -> None:
        desktop = self.opened()
        self.answers.name = "Ana"
        self.patch.setattr("sperm_viewer.gui.review.reading_again.begin_spot_check", fails_with(_REFUSED))
        self.do(desktop, ActionId.SPOT_CHECK)

    def same_reader(self) -> None:
        desktop = self.opened()
        self.answers.name = "Ana"
        self.do(desktop, ActionId.ACCEPT)
        self.do(desktop, ActionId.READ_AGAIN)

    def verdict(self) -> None:
        desktop = self.opened()
        self.patch.setattr(Review, "decide", fails_with(_REFUSED))
        self.do(desktop, ActionId.ACCEPT)


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        (World.support_bundle, r"^The support bundle was not saved .*can't be written"),
        (World.new_session, r"^A new session can't be made .*can't be written"),
        (World.under_way, r"^Scoring is under way Cancel it, or wait until it's done"),
        (World.scoring, r"^Scoring stopped The card is gone\. Choose the CPU\.$"),
        (World.no_model, r"^There is no model "),
        (World.demo, r"^This can't be opened .*mine\.txt"),
        (World.gone, r"^This session can't be opened .*gone\.spermview: there is no such session file"),
        (World.held, r"^This session is shown read-only .*Bo on bench-2"),
        (World.export, r"^Export failed .*name\.csv: can't be written"),
        (World.moved, r"^The images can't be found again The disk is full\. Make room\.$"),
        (World.nothing_read, r"^There is nothing to read No cell of this session"),
        (World.check_where, r"^Check on which slide\? Select a cell of the slide"),
        (World.nothing_to_check, r"^There is nothing to check No cell of 'a slide of failed files'"),
        (World.check_refused, r"^This check can't begin The disk is full\. Make room\.$"),
        (World.same_reader, r"^This reading can't begin .*Ana is the first reader already"),
        (World.verdict, r"^This can't be stored The disk is full\. Make room\.$"),
    ],
)
def test_the_message_is_shown(
    cause: Callable[[World], None],
    message: str,
    open_desktop: Callable[..., Desktop],
    answers: Answers,
    tmp_path,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    cause(World(open_desktop, answers, tmp_path, monkeypatch))
    qtbot.waitUntil(lambda: bool(answers.told), timeout=20_000)
    assert any(re.search(message, told) for told in answers.told), answers.told
