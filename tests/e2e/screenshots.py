"""Makes the pictures of the window: for README and documentation in `docs/images/`, for the guide in its folder.

Run it from the repository's root: `python tests/e2e/screenshots.py`. It needs no screen. The demo slide is drawn, so
the models refer all of it. For the pictures of a review that flag is left out, and the rest is what the model said.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_SCALE_FACTOR", "1.5")

from guide_picture import save_for_guide
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from sperm_viewer.app import Desktop, build
from sperm_viewer.domain.cell import CellEvent, CellScored, Status
from sperm_viewer.domain.flags import Flag
from sperm_viewer.inference.child import ScoringPlan
from sperm_viewer.inference.model_folders import list_models
from sperm_viewer.inference.model_spec import ModelSpec
from sperm_viewer.inference.scorer import refer_reason
from sperm_viewer.run.events import EngineReady, Recorded, Waiting
from sperm_viewer.run.pipeline import score
from sperm_viewer.session.session import Session
from sperm_viewer.synthetic.demo import write_demo_slide
from sperm_viewer.system import paths

_PATIENCE_S = 180.0
_DOCS = Path(__file__).parents[2] / "docs" / "images"
_WINDOW = (1400, 840)
_GUIDE_WINDOW = (1300, 780)
"""Smaller, so that its text can be read in the guide."""
_SHOWN_WIDE = {"welcome": 560, "scored": 700, "review": 700, "gallery": 700}
"""Pixels, as in guide.md."""
_REVIEWED = 39
_OTHERWISE = {
    **dict.fromkeys((10, 12, 13, 17, 20, 21, 32), Qt.Key.Key_X),
    **dict.fromkeys((24, 27, 37, 39), Qt.Key.Key_4),
}
"""The key for some of the demo slide's cells, by their number; for all others it is Space."""
_SHOWN = 24


class NoAnswers:
    """Nobody is there to ask."""

    def confirm(self, title: str, text: str, yes: str, no: str) -> bool:
        return True

    def confirm_stop(self, title: str, text: str, yes: str, no: str, over: object) -> bool:
        return True

    def tell(self, title: str, text: str) -> None:
        sys.exit(f"{title}: {text}")

    def folder(self, title: str, start: Path) -> Path | None:
        return None

    def images(self, title: str, start: Path) -> Sequence[Path]:
        return ()

    def session(self, title: str, start: Path) -> Path | None:
        return None

    def save(self, title: str, suggested: Path, kinds: str) -> Path | None:
        return None

    def reviewer(self, recent: Sequence[str]) -> str:
        return "Ana"


def main() -> None:
    app = QApplication([])
    if "Inter" in QFontDatabase.families():
        app.setFont(QFont("Inter", 10))
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        paths.results_folder = lambda: home / "Sperm Viewer"
        paths.cache_folder = lambda: home / "cache"
        _scoring(build(app, home / "settings.json", lambda window: NoAnswers()))
        _review(build(app, home / "others.json", lambda window: NoAnswers(), _score_as_if_known), home)


def _scoring(desktop: Desktop) -> None:
    """The first page, and the demo slide as it is scored."""
    window, results = desktop.window, desktop.window.workspace.results
    desktop.settings.update(theme="light")
    window.resize(*_WINDOW)
    window.show()
    _settle()
    _grab(desktop, "welcome", "welcome")
    desktop.controller.finder.make_demo()
    _wait(lambda: results.model.rowCount() == 49 and not desktop.controller.runner.busy)
    results.select(results.model.id_at(0))
    results.table.setFocus()
    _grab(desktop, "window-light", "scored")
    desktop.settings.update(theme="dark")
    _grab(desktop, "window-dark")
    window.close()


def _review(desktop: Desktop, home: Path) -> None:
    """A slide that was reviewed with the keyboard, as table and as gallery."""
    window, results = desktop.window, desktop.window.workspace.results
    desktop.settings.update(theme="light", model="hushem")
    desktop.controller.choose_model("hushem")
    window.resize(*_WINDOW)
    window.show()
    desktop.controller.open_paths([write_demo_slide(home / "A-017")])
    _wait(lambda: results.model.rowCount() == 49 and not desktop.controller.runner.busy)
    window.notices.show_text("")
    results.select(results.model.id_at(0))
    window.activateWindow()
    for number in range(1, _REVIEWED + 1):
        QTest.keyClick(window.focusWidget(), _OTHERWISE.get(number, Qt.Key.Key_Space))
    # From below, so that the cells before it are in the picture too.
    for row in (_SHOWN - 4, _SHOWN - 1):
        results.select(results.model.id_at(row))
    _grab(desktop, "review", "review")
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_G)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_G, Qt.KeyboardModifier.ShiftModifier)
    _grab(desktop, "gallery", "gallery")
    window.close()


def _score_as_if_known(session: Session, plan: ScoringPlan) -> Generator[EngineReady | Waiting | Recorded, None, None]:
    """Scores as the app does, but for one thing: that drawn cells look unlike the training crops goes unnoticed."""
    spec = next(model.spec for model in list_models()[0] if model.path == plan.model)
    for event in score(session.pending(), plan):
        if isinstance(event, EngineReady | Waiting):
            yield event
        else:
            known = _as_if_known(event, spec)
            yield Recorded(tuple(session.record([known])), 1)


def _as_if_known(event: CellEvent, spec: ModelSpec) -> CellEvent:
    if not isinstance(event, CellScored):
        return event
    flags = event.flags - {Flag.OUT_OF_DISTRIBUTION}
    reason = refer_reason(flags, spec)
    return replace(event, flags=flags, reason=reason, status=Status.REFERRED if reason else Status.SCORED)


def _wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not until():
        if time.monotonic() > end:
            sys.exit("took too long")
        QApplication.processEvents()
        time.sleep(0.01)


def _settle() -> None:
    """Until pictures and the fine heatmap are there."""
    end = time.monotonic() + 3
    _wait(lambda: time.monotonic() > end)


def _grab(desktop: Desktop, name: str, in_guide: str = "") -> None:
    _settle()
    _DOCS.mkdir(exist_ok=True)
    path = _DOCS / f"{name}.png"
    desktop.window.grab().save(str(path))
    print(path)  # noqa: T201
    if in_guide:
        desktop.window.resize(*_GUIDE_WINDOW)
        _settle()
        picture = Image.fromqpixmap(desktop.window.grab())
        print(save_for_guide(picture, in_guide, _SHOWN_WIDE[in_guide]))  # noqa: T201
        desktop.window.resize(*_WINDOW)


if __name__ == "__main__":
    main()
