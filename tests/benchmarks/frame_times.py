"""How late the window's event loop is while it scores and the user scrolls 20,000 rows; prints one run.

The window is the real one, without a screen. A session holds 20,000 scored cells; further crops are scored by the
shipped model in its process, while the table and then the gallery are scrolled from top to bottom as fast as they draw,
and keys go from cell to cell. Every 5 ms an event is due; how late it comes is how long the window did not answer.

    python tests/benchmarks/frame_times.py [ROWS [CROPS]]

The exit status is 1 if the lateness is above the limits: 50 ms for 99% of the events, 250 ms for the worst.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from platform import machine

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[1]))

from made_up import Answers, event_of, session_model
from PIL import Image
from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication

from sperm_viewer.app import Desktop, build
from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.sample import SampleOrigin
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.session.session import Session
from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell

_TICK_MS = 5
_P99_MS, _WORST_MS = 50.0, 250.0
_DRAWN = 64
"""Different images. Each file of a scored cell ends in bytes of its own, since identical files are counted once."""
_A_SCROLL = 400
"""Rows."""


class Lateness(QObject):
    """How late each tick of the event loop is, in milliseconds, by what the window did meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.late_ms: dict[str, list[float]] = {}
        self.doing = ""
        self._due = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        self._due = time.perf_counter() + _TICK_MS / 1000
        self._timer.start(_TICK_MS)

    def _tick(self) -> None:
        self.late_ms.setdefault(self.doing, []).append(max(0.0, (time.perf_counter() - self._due) * 1000))
        self.start()

    def stop(self) -> None:
        self._timer.stop()

    @property
    def all(self) -> list[float]:
        return [late for times in self.late_ms.values() for late in times]


def main(rows: int, crops: int) -> int:
    """The exit status."""
    app = QApplication([])
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        path = _session(folder, rows, crops)
        desktop = build(app, folder / "settings.json", lambda window: Answers())
        desktop.controller.settings.update(score_at_once=False)
        desktop.window.resize(1400, 840)
        desktop.window.show()
        desktop.controller.open_paths([path])
        desktop.window.activateWindow()
        _process(2.0)
        lateness = _measure(desktop)
        scored = desktop.window.workspace.slides.total.done
        desktop.window.close()
        app.processEvents()
    for doing, late in lateness.late_ms.items():
        print(f"{doing}: {_figures(late)}")
    print(f"all: {_figures(lateness.all)}")
    print(f"{rows:,} rows, {scored - rows:,} crops scored meanwhile")
    print(f"{date.today()}, {machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    return int(_quantile(lateness.all, 0.99) > _P99_MS or max(lateness.all) > _WORST_MS)


def _measure(desktop: Desktop) -> Lateness:
    lateness, runner = Lateness(), desktop.controller.runner
    workspace = desktop.window.workspace
    lateness.doing = "starting to score"
    lateness.start()
    desktop.controller.score()
    _until(lambda: runner.progress.done > 0)
    for doing, steps in (
        ("scrolling the table", _scroll(workspace.results.table)),
        ("scrolling the gallery", _gallery(desktop)),
        ("going from cell to cell", _walk(desktop)),
    ):
        lateness.doing = doing
        for _ in steps:
            _process(0.016)
    lateness.doing = "until the run ended"
    _until(lambda: not runner.busy)
    _process(1.0)
    lateness.stop()
    return lateness


def _scroll(view: QAbstractItemView) -> Iterator[None]:
    """From top to bottom and back, a part of the whole a frame, then row by row."""
    bar = view.verticalScrollBar()
    parts = [bar.maximum() * step // _A_SCROLL for step in range(_A_SCROLL + 1)]
    for value in (*parts, *reversed(parts)):
        bar.setValue(value)
        yield
    for _ in range(_A_SCROLL):
        bar.setValue(bar.value() + bar.singleStep())
        yield


def _gallery(desktop: Desktop) -> Iterator[None]:
    QTest.keyClick(desktop.window.focusWidget() or desktop.window, Qt.Key.Key_G)
    yield
    yield from _scroll(desktop.window.workspace.gallery.view)
    QTest.keyClick(desktop.window.focusWidget() or desktop.window, Qt.Key.Key_G)


def _walk(desktop: Desktop) -> Iterator[None]:
    for key in [Qt.Key.Key_J] * 60 + [Qt.Key.Key_End, Qt.Key.Key_Home] * 4 + [Qt.Key.Key_2, Qt.Key.Key_U] * 20:
        QTest.keyClick(desktop.window.focusWidget() or desktop.window, key)
        yield


def _process(seconds: float) -> None:
    """Runs the event loop for this long, as the app does."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def _until(ready) -> None:
    end = time.monotonic() + 600
    while not ready():
        assert time.monotonic() < end, "took too long"
        _process(0.05)


def _quantile(late: list[float], share: float) -> float:
    return sorted(late)[int(share * (len(late) - 1))]


def _figures(late: list[float]) -> str:
    return (
        f"median {_quantile(late, 0.5):.1f} ms, 99% {_quantile(late, 0.99):.1f} ms, worst {max(late):.1f} ms, "
        f"{len(late):,} ticks"
    )


def _session(folder: Path, rows: int, crops: int) -> Path:
    """Slide A of scored cells with made-up results, and slide B of crops to score, of one sample."""
    model = session_model(find_model("smids"))
    drawn = [render_cell(typical_cell(list(HeadClass)[n % 4], seed=n)).rgb for n in range(_DRAWN)]
    with Session.create(folder / "s.spermview") as session:
        session.use_model(model)
        scored = _slide(session, folder, "A", rows, [_jpeg(rgb) for rgb in drawn])
        _slide(session, folder, "B", crops, [_jpeg(rgb) for rgb in drawn])
        for start in range(0, rows, 1000):
            session.record([event_of(ref, model) for ref in scored[start : start + 1000]])
        return session.path


def _slide(session: Session, folder: Path, name: str, count: int, drawn: list[bytes]) -> list[ImageRef]:
    (folder / name).mkdir()
    refs = [ImageRef(name, folder / name / f"img_{number}.jpg") for number in range(count)]
    for number, ref in enumerate(refs):
        ref.path.write_bytes(drawn[number % len(drawn)] + f"{name} {number}".encode())
    session.add_slide(name, folder / name, refs, SampleOrigin("P-1"))
    return refs


def _jpeg(rgb: UInt8Array) -> bytes:
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, "JPEG", quality=90)
    return out.getvalue()


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:]]
    sys.exit(main(*(given + [20_000, 600][len(given) :])))
