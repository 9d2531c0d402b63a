"""How long it takes from a key that gives a class until the next cell is drawn; prints the median of one run.

The window is the real one, without a screen; the cells are drawn ones, each an image file of its own, with made-up
results. Each verdict is on disk before the next cell is shown. Drawn: row, verdict, picture and heatmap.

    python tests/benchmarks/review_speed.py [CELLS]
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[1]))

from drawn import Drawn
from made_up import Answers, event_of, session_model, shelf
from PIL import Image
from PySide6.QtCore import QEventLoop, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from sperm_viewer.app import Desktop, build
from sperm_viewer.domain.cell import CellFailed
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.session.session import Session
from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell

_KEYS = (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_Space, Qt.Key.Key_X)
_PATIENCE_S = 5.0


def main(cells: int) -> None:
    app = QApplication([])
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        desktop = build(app, folder / "settings.json", lambda window: Answers(), shelf=shelf())
        window = desktop.window
        window.resize(1400, 840)
        window.show()
        desktop.controller.open_paths([_session(folder, cells)])
        window.activateWindow()
        app.processEvents()
        took = _review(app, desktop, cells)
        reviewed = len(desktop.controller.session.cell_ids()) if desktop.controller.session else 0
        window.close()
    ordered = sorted(took)
    ms = f"median {statistics.median(took):.1f} ms, 95% {ordered[int(0.95 * len(took))]:.1f} ms, most {ordered[-1]:.1f}"
    print(f"keystroke to next cell drawn, {len(took)} verdicts on {reviewed} cells: {ms} ms")


def _review(app: QApplication, desktop: Desktop, cells: int) -> list[float]:
    workspace, drawn, took = desktop.window.workspace, Drawn(desktop), []
    for number in range(cells - 1):
        before = workspace.current_cell()
        started = time.perf_counter()
        QTest.keyClick(desktop.window.focusWidget() or desktop.window, _KEYS[number % len(_KEYS)])
        after = workspace.current_cell()
        assert before is not None
        assert after is not None
        assert after.id != before.id
        while not drawn.is_drawn(after.id):
            # Waits as the app does: a loop that asked again and again would hold up the thread that reads the picture.
            app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            assert time.perf_counter() - started < _PATIENCE_S
        took.append((time.perf_counter() - started) * 1000)
    return took


def _session(folder: Path, cells: int) -> Path:
    path, model = folder / "s.spermview", session_model(shelf().folders[0])
    (folder / "A").mkdir()
    refs = []
    for number in range(cells):
        # Every tenth made-up cell fails; numbers that end in 9 are left out.
        refs.append(ImageRef("A", folder / "A" / f"img_{number // 9}{number % 9}.png"))
        rgb = render_cell(typical_cell(list(HeadClass)[number % 4], seed=number)).rgb
        Image.fromarray(rgb).save(refs[-1].path)
    with Session.create(path) as session:
        session.use_model(model)
        session.add_slide("A", folder / "A", refs)
        events = [event_of(ref, model) for ref in refs]
        assert not any(isinstance(event, CellFailed) for event in events)
        session.record(events)
    return path


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
