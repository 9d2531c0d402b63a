"""Reviews cells in the real window by keys alone, with clicks on slides, filters and buttons in between.

Keys and clicks come from xdotool, on a screen of its own (Xvfb) with a window manager (openbox); after a click nothing
gives the keyboard back to the cells but the app. Which keys were pressed on which cell is written down from what the
window shows, and compared with what the session file holds in the end. Prints the time from a key until the next cell
is drawn: its row, verdict, picture and heatmap.

    python tests/benchmarks/review_by_keys.py [CELLS [LOOK]]

LOOK is how long the reader looks at a cell before the key, in seconds.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from itertools import cycle
from pathlib import Path
from platform import machine

sys.path.insert(0, str(Path(__file__).parents[1]))

from drawn import Drawn
from made_up import Answers, event_of, session_model, shelf
from PIL import Image
from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from screen import screen

from sperm_viewer.app import Desktop, build
from sperm_viewer.domain.cell import Cell, CellFailed
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.gui.results.view_switch import GALLERY, TABLE
from sperm_viewer.session.session import Session
from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell

Wait = Callable[[], bool]
_KEYS = {"1": "normal", "2": "abnormal", "3": "non-sperm", "x": "non-sperm", "0": "not assessable", "space": ""}
"""What each key says; Space says what the model says."""
_CLICK_EVERY = 4
_PATIENCE_S = 20.0
_LIST_OPENS_S = 0.6
"""A list that has just opened ignores the mouse, lest the click that opened it chooses from it."""


def main(cells: int, look_s: float) -> int:
    """The exit status: 0 if every verdict that was pressed, and no other, was stored."""
    with screen() as shown, tempfile.TemporaryDirectory() as made:
        environment = {**os.environ, "DISPLAY": shown.display, "QT_QPA_PLATFORM": "xcb"}
        with subprocess.Popen(["openbox"], env=environment, stderr=subprocess.DEVNULL) as manager:
            command = [sys.executable, __file__, "--inside", made, str(cells), str(look_s)]
            done = subprocess.run(command, env=environment, check=False)
            manager.terminate()
    return done.returncode


class Hands:
    """A keyboard and a mouse."""

    def __init__(self) -> None:
        self._xdotool = subprocess.Popen(["xdotool", "-"], stdin=subprocess.PIPE, text=True)

    def key(self, name: str) -> None:
        self._send(f"key {name}")

    def click(self, widget: QWidget, place: QPoint | None = None) -> None:
        at = widget.mapToGlobal(place or widget.rect().center())
        self._send(f"mousemove {at.x()} {at.y()} click 1")

    def _send(self, command: str) -> None:
        assert self._xdotool.stdin is not None
        self._xdotool.stdin.write(command + "\n")
        self._xdotool.stdin.flush()

    def rest(self) -> None:
        assert self._xdotool.stdin is not None
        self._xdotool.stdin.close()
        self._xdotool.wait()


class Reader:
    """Gives each readable cell a verdict. A step of it returns what must be so before the next one."""

    def __init__(self, desktop: Desktop, readable: int, look_s: float) -> None:
        self.desktop = desktop
        self._look_s = look_s
        self.hands = Hands()
        self.drawn = Drawn(desktop)
        self.drawn.done.connect(self._note)
        self.pressed: dict[tuple[str, str], str] = {}
        self.ticked: dict[tuple[str, str], set[str]] = {}
        self.verdict_keys = self.clicks = 0
        self.took_ms: list[float] = []
        self._readable = readable
        self._last_drawn: tuple[int, float] = (-1, 0.0)

    def steps(self) -> Iterator[Wait]:
        window = self.desktop.window
        yield window.isActiveWindow
        keys, clicks = cycle(_KEYS), cycle(self._all_clicks())
        while len(self.pressed) < self._readable:
            if self.verdict_keys % _CLICK_EVERY == _CLICK_EVERY - 1:
                self.clicks += 1
                yield from next(clicks)()
            yield from self._to_unread()
            if self.verdict_keys % 9 == 8:
                yield from self._tick()
            yield from self._say(next(keys))

    # Keys

    def _say(self, key: str) -> Iterator[Wait]:
        yield from self._pause(self._look_s)
        cell = self._current()
        self.pressed[_name(cell)] = _KEYS[key] or (cell.prediction.first if cell.prediction else "")
        self.verdict_keys += 1
        started, before = time.perf_counter(), self._changes()
        self.hands.key(key)
        yield lambda: self._changes() > before
        after = self._current()
        if after.id != cell.id:
            yield lambda: self._last_drawn[0] == after.id and self._last_drawn[1] > started
            self.took_ms.append((self._last_drawn[1] - started) * 1000)

    def _tick(self) -> Iterator[Wait]:
        cell, before = self._current(), self._changes()
        self.ticked.setdefault(_name(cell), set()).symmetric_difference_update({"tail-coiled"})
        self.hands.key("shift+i")
        yield lambda: self._changes() > before

    def _to_unread(self) -> Iterator[Wait]:
        """To a cell that has no verdict yet: by U, by J, or through all cells from the first one on."""
        if self._waits(self._current()):
            return
        for key in ("u", *["j"] * 400):
            before = self._current().id
            self.hands.key(key)
            yield from self._pause(0.05)
            if self._waits(self._current()):
                return
            if key == "j" and self._current().id == before:
                break
        self.hands.key("ctrl+shift+a")
        yield lambda: not self.desktop.window.workspace.results.filters.narrows
        self.hands.key("Home")
        yield from self._pause(0.2)
        while not self._waits(self._current()):
            before = self._current().id
            self.hands.key("j")
            yield lambda before=before: self._current().id != before

    # Clicks

    def _all_clicks(self) -> list[Callable[[], Iterator[Wait]]]:
        window, workspace = self.desktop.window, self.desktop.window.workspace
        results, cell = workspace.results, workspace.cell
        buttons = (
            results.filters.switch.button(GALLERY),
            cell.crop_view,
            cell.controls._slider,
            results.filters.switch.button(TABLE),
            window.toolbar._referred,
        )
        on_buttons = [lambda button=button: self._click(button) for button in buttons]
        on_slides = [lambda row=row: self._click_slide(row) for row in (1, 0, 2)]
        filters = [lambda: self._choose("Not reviewed"), lambda: self._choose("Reviewed or not")]
        parts = (on_slides[:1], on_buttons[:1], filters[:1], on_buttons[1:2], on_slides[1:2], on_buttons[2:3])
        rest = (filters[1:], on_slides[2:], on_buttons[3:4], on_buttons[4:], on_slides[1:2])
        return [click for part in (*parts, *rest) for click in part]

    def _click(self, widget: QWidget) -> Iterator[Wait]:
        self.hands.click(widget)
        yield from self._pause(0.15)

    def _click_slide(self, row: int) -> Iterator[Wait]:
        slides = self.desktop.window.workspace.slides
        self.hands.click(slides.list.viewport(), slides.list.visualRect(slides.model.index(row)).center())
        yield lambda: slides.list.currentIndex().row() == row
        yield from self._pause(0.1)

    def _choose(self, entry: str) -> Iterator[Wait]:
        box = self.desktop.window.workspace.results.filters._review
        if box.currentText() == entry:
            return
        self.hands.click(box)
        yield box.view().isVisible
        yield from self._pause(_LIST_OPENS_S)
        place = box.view().visualRect(box.model().index(box.findText(entry), 0)).center()
        self.hands.click(box.view().viewport(), place)
        yield lambda: box.currentText() == entry and not box.view().isVisible()
        yield from self._pause(0.1)

    # What the window shows

    def _current(self) -> Cell:
        cell = self.desktop.window.workspace.current_cell()
        assert cell is not None
        return cell

    def _waits(self, cell: Cell) -> bool:
        return cell.readable and _name(cell) not in self.pressed

    def _changes(self) -> int:
        session = self.desktop.controller.session
        assert session is not None
        return int(session.rows("SELECT count(*) FROM verdicts")[0][0])

    def _note(self, cell: int, at: float) -> None:
        self._last_drawn = (cell, at)

    def _pause(self, seconds: float) -> Iterator[Wait]:
        end = time.perf_counter() + seconds
        yield lambda: time.perf_counter() > end


def inside(folder: Path, cells: int, look_s: float) -> int:
    """On the screen: reviews, compares and prints."""
    app = QApplication([])
    path, readable = _session(folder, cells)
    desktop = build(app, folder / "settings.json", lambda window: Answers(), shelf=shelf())
    desktop.window.resize(1400, 840)
    desktop.window.show()
    desktop.controller.open_paths([path])
    reader = Reader(desktop, readable, look_s)
    late: list[str] = []
    _run(app, reader, late)
    reader.hands.rest()
    desktop.window.close()
    app.processEvents()
    wrong = late or _compared(path, reader)
    ordered = sorted(reader.took_ms) or [0.0]
    times = f"median {statistics.median(ordered):.1f} ms, 95% {ordered[int(0.95 * len(ordered))]:.1f} ms"
    times += f", most {ordered[-1]:.1f} ms, after {look_s:g} s of looking"
    print(f"{len(reader.pressed)} cells reviewed by {reader.verdict_keys} keys, {reader.clicks} clicks in between")
    print(f"keystroke to next cell drawn, {len(ordered)} times: {times}")
    print(f"{date.today()}, {machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print("\n".join(wrong) or "verdicts stored equal keys pressed")
    return 1 if wrong else 0


def _run(app: QApplication, reader: Reader, late: list[str]) -> None:
    """Takes a step whenever what it waits for is so."""
    steps, waiting = reader.steps(), [lambda: True]
    since = [time.perf_counter()]
    timer = QTimer()

    def step() -> None:
        if waiting[0]():
            try:
                waiting[0] = next(steps)
            except StopIteration:
                app.quit()
            since[0] = time.perf_counter()
        elif time.perf_counter() - since[0] > _PATIENCE_S:
            late.append(f"after {reader.verdict_keys} keys and {reader.clicks} clicks nothing happened any more")
            app.quit()

    timer.timeout.connect(step)
    timer.start(2)
    app.exec()
    timer.stop()


def _compared(path: Path, reader: Reader) -> list[str]:
    """Each difference between the keys and the session file."""
    with Session.open(path, read_only=True) as session:
        cells = list(session.all_cells())
        acts = session.rows("SELECT count(*) FROM verdicts")[0][0]
    stored = {_name(cell): cell.verdict.class_name for cell in cells if cell.verdict and cell.verdict.class_name}
    ticks = {_name(cell): set(cell.verdict.anomalies) for cell in cells if cell.verdict and cell.verdict.anomalies}
    pairs = {name: (reader.pressed.get(name), stored.get(name)) for name in {*reader.pressed, *stored}}
    wrong = [
        f"{name}: pressed {said}, stored {found}" for name, (said, found) in sorted(pairs.items()) if said != found
    ]
    if ticks != {name: marks for name, marks in reader.ticked.items() if marks}:
        wrong.append(f"anomalies: pressed {reader.ticked}, stored {ticks}")
    if acts != reader.verdict_keys + len(reader.ticked):
        wrong.append(f"{acts} decisions stored, {reader.verdict_keys + len(reader.ticked)} keys pressed")
    return wrong


def _name(cell: Cell) -> tuple[str, str]:
    return cell.ref.slide, cell.ref.path.name


def _session(folder: Path, cells: int) -> tuple[Path, int]:
    """A session of two slides with this many readable cells, some of them referred, and a few failed files."""
    path, model = folder / "s.spermview", session_model(shelf().folders[0])
    readable = 0
    with Session.create(path) as session:
        session.use_model(model)
        for slide, wanted in (("A", cells - cells // 3), ("B", cells // 3)):
            (folder / slide).mkdir()
            refs, number = [], 0
            while wanted:
                refs.append(ImageRef(slide, folder / slide / f"img_{number}.png"))
                rgb = render_cell(typical_cell(list(HeadClass)[number % 4], seed=number)).rgb
                Image.fromarray(rgb).save(refs[-1].path)
                wanted -= not isinstance(event_of(refs[-1], model), CellFailed)
                number += 1
            session.add_slide(slide, folder / slide, refs)
            events = [event_of(ref, model) for ref in refs]
            readable += sum(not isinstance(event, CellFailed) for event in events)
            session.record(events)
    return path, readable


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        sys.exit(inside(Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
    asked = [*sys.argv[1:], *("200", "0.3")[len(sys.argv) - 1 :]]
    sys.exit(main(int(asked[0]), float(asked[1])))
