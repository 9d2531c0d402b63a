"""Opens the window on a folder of fields and works in it with mouse and keys: finds, adds, removes, splits, redraws,
undoes, counts, reports. Prints a line for each step, with the cells of all fields and the time that the step took.

Run it from the repository's root: `python tests/fields_in_window.py FIELDS OUT`. It needs no screen. `OUT` gets the
session, its tables, a report and pictures of the window in both themes.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from made_up import Answers
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from sperm_viewer.app import Desktop, build
from sperm_viewer.cli import run_command
from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.gui.results.view_switch import FIELD
from sperm_viewer.run.results import result_files
from sperm_viewer.session.field_heads import FieldHead

_PATIENCE_S = 900.0
_READER = "Ana"
_FEWEST_HEADS = 3
_PLAIN, _CTRL, _SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


@dataclass(frozen=True, slots=True)
class Step:
    """What was done, how many cells all fields have then, and how long it took."""

    name: str
    cells: int
    seconds: float


class FieldsInWindow:
    """A person at the window, who waits until what they did is seen."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop
        self.workspace = desktop.window.workspace
        self.steps: list[Step] = []

    # Steps

    def find(self, folder: Path) -> None:
        """Opens the folder, and waits until all of its images are scored."""
        with self._step("find the heads"):
            self.desktop.controller.open_paths([folder])
            self._wait(lambda: self.workspace.slides.total.done > 0 and not self.desktop.controller.runner.busy)
            self._wait(lambda: self.workspace.slides.total.done == self.workspace.slides.total.crops)

    def choose_field(self) -> FieldHead:
        """Goes to a head whole in its image, in a field with several; returns it."""
        results = self.workspace.results
        for row in range(results.model.rowCount()):
            cell = results.model.cell_at(row)
            if cell and cell.in_field and cell.countable and cell.number == 2:
                results.select(cell.id)
                self._wait(lambda: self.workspace.field.image is not None)
                heads = self.workspace.field.heads
                if len(heads) >= _FEWEST_HEADS:
                    return next(head for head in heads if head.cell.id == cell.id)
        raise SystemExit(f"No field has {_FEWEST_HEADS} heads.")

    def remove(self, name: str = "remove a head") -> None:
        with self._changes(name, -1):
            self._press(Qt.Key.Key_Delete, _SHIFT)

    def add(self, point: tuple[float, float], name: str = "add it with a click") -> None:
        with self._changes(name, 1):
            self._press(Qt.Key.Key_A)
            QTest.mouseClick(self._view, Qt.MouseButton.LeftButton, pos=self._spot(point))
        self._press(Qt.Key.Key_Escape)

    def split(self, outline: FloatArray) -> None:
        """Parts the current head with a line across its middle."""
        (left, top), (right, bottom) = outline.min(axis=0), outline.max(axis=0)
        x, y = (left + right) / 2, (top + bottom) / 2
        if right - left > bottom - top:
            line = [(x, top - 15 + step * (bottom - top + 30) / 8) for step in range(9)]
        else:
            line = [(left - 15 + step * (right - left + 30) / 8, y) for step in range(9)]
        with self._changes("split it with a line", 1):
            self._press(Qt.Key.Key_D)
            self._draw(line)

    def redraw(self, outline: FloatArray) -> None:
        """Draws around the current head, a little outside of its outline."""
        middle = outline.mean(axis=0)
        wider = middle + 1.08 * (outline - middle)
        before = self.workspace.current_cell().id
        with self._step("redraw its outline"):
            self._press(Qt.Key.Key_R)
            self._draw([tuple(point) for point in wider[::4]])
            self._wait(lambda: self.workspace.current_cell().id != before)

    def undo(self, name: str, more: int) -> None:
        with self._changes(name, more):
            self._press(Qt.Key.Key_Z, _CTRL)

    def redo(self, name: str, more: int) -> None:
        with self._changes(name, more):
            self._press(Qt.Key.Key_Y, _CTRL)

    def decide(self) -> None:
        """Gives the current head a class by its key."""
        before = self.workspace.slides.total.reviewed
        with self._step("give a verdict by key"):
            self._press(Qt.Key.Key_1)
            self._wait(lambda: self.workspace.slides.total.reviewed == before + 1)

    def picture(self, file: Path, theme: str, zoom: float) -> None:
        self.desktop.settings.update(theme=theme)
        field = self.workspace.field
        field.zoom.look(zoom, QPointF(0.5, 0.5))
        current = self.workspace.current_cell()
        field.view.bring_into_view(current.id)
        self._pause(1.5)
        self.desktop.window.grab().save(str(file))

    def outline(self) -> FloatArray:
        """The outline of the current head."""
        cell, field = self.workspace.current_cell(), self.workspace.field
        self._wait(lambda: field.view.current == cell.id and field.image is not None)
        found = next(head.outline for head in field.heads if head.cell.id == cell.id)
        assert found is not None
        return found

    # Hands

    @property
    def _view(self):
        return self.workspace.field.view

    def _press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = _PLAIN) -> None:
        QTest.keyClick(self._view, key, modifier)

    def _spot(self, point: Sequence[float]) -> QPoint:
        """A point of the image, whose pixels' centres are whole numbers, on the widget."""
        return self._view.point_on_screen(QPointF(float(point[0]) + 0.5, float(point[1]) + 0.5)).toPoint()

    def _draw(self, line: Sequence[tuple[float, float]]) -> None:
        QTest.mousePress(self._view, Qt.MouseButton.LeftButton, pos=self._spot(line[0]))
        for point in line[1:]:
            QTest.mouseMove(self._view, self._spot(point))
        QTest.mouseRelease(self._view, Qt.MouseButton.LeftButton, pos=self._spot(line[-1]))

    # Patience

    @contextmanager
    def _changes(self, name: str, more: int) -> Iterator[None]:
        """A step after which there are so many more cells."""
        wanted = self.workspace.slides.total.cells + more
        with self._step(name):
            yield
            self._wait(lambda: self.workspace.slides.total.cells == wanted)

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        start = time.monotonic()
        yield
        self.steps.append(Step(name, self.workspace.slides.total.cells, time.monotonic() - start))

    def _wait(self, until: Callable[[], bool]) -> None:
        end = time.monotonic() + _PATIENCE_S
        while not until():
            if time.monotonic() > end:
                raise SystemExit(f"Nothing happened for {_PATIENCE_S:.0f} s.")
            self._pause(0.01)

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            QApplication.processEvents()
            time.sleep(0.002)


@contextmanager
def window_on_fields(app: QApplication, out: Path) -> Iterator[FieldsInWindow]:
    """A window whose sessions go to `out`, closed at the end."""
    answers = Answers()
    answers.name = _READER
    desktop = build(app, out / "settings.json", lambda window: answers)
    desktop.settings.update(sessions_folder=str(out), view=FIELD)
    desktop.window.reviewer.set_name(_READER)
    desktop.window.resize(1500, 900)
    desktop.window.show()
    person = FieldsInWindow(desktop)
    try:
        yield person
    finally:
        desktop.window.close()
        person._wait(lambda: not desktop.window.isVisible())
        desktop.window.deleteLater()


def work_through(person: FieldsInWindow, folder: Path) -> Path:
    """Makes every kind of edit on one head of the folder's fields; returns the session's file."""
    person.find(folder)
    head = person.choose_field()
    assert head.outline is not None
    person.remove()
    person.add(tuple(head.outline.mean(axis=0)))
    person.decide()
    person.undo("undo the verdict", 0)
    person.redraw(person.outline())
    person.split(person.outline())
    person.undo("undo the split", -1)
    person.redo("redo the split", 1)
    person.remove("remove one half")
    session = person.desktop.controller.session
    assert session is not None
    return session.path


def main(folder: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    app = QApplication([])
    with window_on_fields(app, out) as person:
        path = work_through(person, folder)
        for theme in ("light", "dark"):
            person.picture(out / f"field-{theme}.png", theme, 1.0)
            person.picture(out / f"field-{theme}-near.png", theme, 2.5)
    for step in person.steps:
        sys.stdout.write(f"{step.name:24} {step.cells:6} cells {step.seconds:8.2f} s\n")
    report = out / "report.html"
    run_command(["report", str(path), "--format", "html", "--out", str(report)])
    sys.stdout.write(f"{result_files(path).cells}\n{report}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute())
