"""Makes the pictures of the window: for README and documentation in `docs/images/`, for the guide in its folder.

Run it from the repository's root: `python tests/e2e/screenshots.py`. It needs no screen. What they
show is the demo: real crops of SMIDS, as the model scored them.
"""

from __future__ import annotations

import csv
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
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
from sperm_viewer.system import paths

_PATIENCE_S = 180.0
_DOCS = Path(__file__).parents[2] / "docs" / "images"
_WINDOW = (1400, 840)
_GUIDE_WINDOW = (1300, 780)
"""Smaller, so that its text can be read in the guide."""
_SHOWN_WIDE = {"welcome": 560, "scored": 700, "review": 700, "gallery": 700}
"""Pixels, as in guide.md."""
_KEYS = {"normal": Qt.Key.Key_1, "abnormal": Qt.Key.Key_2, "non-sperm": Qt.Key.Key_X}
"""The reader gives each cell of the demo the class that SMIDS gives it, and leaves out the blurred image."""
_CELLS = 63
"""And those of the field."""
_REVIEWED = 40
_SHOWN = 22


class NoAnswers:
    """Nobody is there to ask."""

    def confirm(self, title: str, text: str, yes: str, no: str) -> bool:
        return True

    def confirm_stop(self, title: str, text: str, yes: str, no: str, over: object) -> bool:
        return True

    def choose(self, title: str, text: str, choices: Sequence[str]) -> int | None:
        return 0

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
        _review(build(app, home / "others.json", lambda window: NoAnswers()))


def _scoring(desktop: Desktop) -> None:
    """The first page, and the demo as it is scored."""
    window, results = desktop.window, desktop.window.workspace.results
    desktop.settings.update(theme="light")
    window.resize(*_WINDOW)
    window.show()
    settle(desktop)
    _grab(desktop, "welcome", "welcome")
    score_demo(desktop)
    show_slide(desktop, 1)
    results.select(results.model.id_at(0))
    results.table.setFocus()
    _grab(desktop, "window-light", "scored")
    desktop.settings.update(theme="dark")
    _grab(desktop, "window-dark")
    window.close()


def _review(desktop: Desktop) -> None:
    """The demo, reviewed with the keyboard, as table and as gallery."""
    window, results = desktop.window, desktop.window.workspace.results
    desktop.settings.update(theme="light")
    window.resize(*_WINDOW)
    window.show()
    score_demo(desktop)
    window.notices.show_text("")
    labels = _labels()
    results.select(results.model.id_at(0))
    window.activateWindow()
    for row in range(_REVIEWED):
        cell = results.model.cell_at(row)
        assert cell is not None
        QTest.keyClick(window.focusWidget(), _KEYS.get(labels[cell.ref.path.name], Qt.Key.Key_J))
    show_slide(desktop, 1)
    # From below, so that the cells before it are in the picture too.
    for row in (_SHOWN - 4, _SHOWN - 1):
        results.select(results.model.id_at(row))
    _grab(desktop, "review", "review")
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_G)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_G, Qt.KeyboardModifier.ShiftModifier)
    _grab(desktop, "gallery", "gallery")
    window.close()


def score_demo(desktop: Desktop) -> None:
    desktop.controller.finder.make_demo()
    results = desktop.window.workspace.results
    _wait(lambda: results.model.rowCount() >= _CELLS and not desktop.controller.runner.busy)


def show_slide(desktop: Desktop, number: int) -> None:
    """Shows one slide of the list alone; its sample's percentage is above its classes."""
    slides = desktop.window.workspace.slides
    rows = [row for row in range(slides.model.rowCount()) if slides.model.slide_at(row) is not None]
    slides.list.setCurrentIndex(slides.model.index(rows[number - 1]))


def _labels() -> dict[str, str]:
    """The classes of the demo's cells in SMIDS, by the names of their files."""
    with (paths.resources() / "demo" / "index.csv").open(newline="", encoding="utf-8") as lines:
        return {Path(row["path"]).name: row["label"] for row in csv.DictReader(lines)}


def _wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not until():
        if time.monotonic() > end:
            sys.exit("took too long")
        QApplication.processEvents()
        time.sleep(0.01)


def settle(desktop: Desktop) -> None:
    """Until pictures and the fine heatmap are there."""
    end = time.monotonic() + 3
    pane = desktop.window.workspace.cell

    def shown() -> bool:
        return pane.crop_view._image is not None and "refining" not in pane._heat_name.text()

    _wait(lambda: time.monotonic() > end and (not pane.isVisible() or shown()))


def _grab(desktop: Desktop, name: str, in_guide: str = "") -> None:
    settle(desktop)
    _DOCS.mkdir(exist_ok=True)
    path = _DOCS / f"{name}.png"
    desktop.window.grab().save(str(path))
    print(path)  # noqa: T201
    if in_guide:
        desktop.window.resize(*_GUIDE_WINDOW)
        settle(desktop)
        picture = Image.fromqpixmap(desktop.window.grab())
        print(save_for_guide(picture, in_guide, _SHOWN_WIDE[in_guide]))  # noqa: T201
        desktop.window.resize(*_WINDOW)


if __name__ == "__main__":
    main()
