"""A reader at the keyboard who keeps book of every key pressed, without asking the app what became of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from sperm_viewer.app import Desktop
from sperm_viewer.domain.cell import Cell

Key = Qt.Key
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
_SAYS = {Key.Key_1: "normal", Key.Key_2: "abnormal", Key.Key_3: "non-sperm", Key.Key_X: "non-sperm"}
_PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Read:
    """A cell: what the model says of it, and what the two readers said with their keys."""

    slide: str
    file: str
    model: str
    referred: bool
    doubtful: bool
    first: str = ""
    note: str = ""
    second: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """What one undo takes back: how the cell at a place stood before, and how after."""

    place: int
    before: Read
    after: Read


@dataclass(slots=True)
class KeyboardReader:
    """Goes through the cells in the table's order; after each key the window has to show the cell that is expected."""

    desktop: Desktop
    cells: list[Read]
    place: int = 0
    actions: list[Action] = field(default_factory=list)
    listed: int = -1
    """The place that the work list has reached."""

    def go_to_open(self) -> None:
        press(Key.Key_U)
        order = [*range(self.place + 1, len(self.cells)), *range(self.place)]
        self._expect(next(n for n in order if self.cells[n].doubtful and not self.cells[n].first))
        self.listed = self.place

    def say(self, key: Key) -> None:
        cell = self.cells[self.place]
        press(key)
        self._act(replace(cell, first=_SAYS.get(key, cell.model)))
        self._expect(self._next())

    def _next(self) -> int:
        """Of the work list if the reader is on it, else the next row."""
        if self.place != self.listed:
            self.listed = -1
            return min(self.place + 1, len(self.cells) - 1)
        order = [*range(self.place + 1, len(self.cells)), *range(self.place)]
        self.listed = next((n for n in order if self.cells[n].doubtful and not self.cells[n].first), self.place)
        return self.listed

    def write(self, note: str) -> None:
        press(Key.Key_N)
        QTest.keyClicks(focused(), note)
        press(Key.Key_Return)
        self._act(replace(self.cells[self.place], note=note))
        self._expect(self.place)

    def start(self) -> None:
        press(Key.Key_Home)
        self._expect(0)

    def walk_on(self, keys: Sequence[Key], noted_every: int = 0) -> None:
        """From here to the last cell; those that have a verdict are passed by."""
        for place in range(self.place, len(self.cells)):
            if self.cells[place].first:
                press(Key.Key_J)
                self._expect(place + 1)
                continue
            if noted_every and place % noted_every == 4:
                self.write(f"Vacuole 2 x {place}?")
            self.say(keys[place % len(keys)])

    def undo(self, count: int) -> list[Action]:
        """The last actions, newest first."""
        undone = [self.actions.pop() for _ in range(count)]
        for action in undone:
            press(Key.Key_Z, CTRL)
            self.cells[action.place] = action.before
            self._expect(action.place)
        return undone

    def redo(self, actions: Sequence[Action]) -> None:
        for action in actions:
            press(Key.Key_Y, CTRL)
            self.cells[action.place] = action.after
            self.actions.append(action)
            self._expect(action.place)

    def read_blind(self, keys: Sequence[Key]) -> None:
        """All cells again, in whatever order the page shows them."""
        place_of = {(cell.slide, cell.file): place for place, cell in enumerate(self.cells)}
        for _ in self.cells:
            place = place_of[_name(self.desktop.window.blind.page.current_cell())]
            key = keys[place % len(keys)]
            press(key)
            assert not self.cells[place].second
            self.cells[place] = replace(self.cells[place], second=_SAYS[key])

    def _act(self, after: Read) -> None:
        self.actions.append(Action(self.place, self.cells[self.place], after))
        self.cells[self.place] = after

    def _expect(self, place: int) -> None:
        expected = self.cells[place]
        assert _name(self.desktop.window.workspace.current_cell()) == (expected.slide, expected.file)
        self.place = place


def focused() -> QWidget:
    """The widget that a person's keys come to."""
    if QApplication.activeWindow() is None:
        # Without a screen nobody gives the keyboard back to the window when a dialog over it is closed.
        next(window for window in QApplication.topLevelWidgets() if window.isVisible()).activateWindow()
        QApplication.processEvents()
    widget = QApplication.activePopupWidget() or QApplication.focusWidget()
    assert widget is not None
    return widget


def press(key: Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(focused(), key, held)


def then_type(text: str) -> None:
    """Types into the dialog that one of the next keys opens, as soon as it has the keyboard, and presses Return."""
    end = time.monotonic() + _PATIENCE_S

    def type_it() -> None:
        dialog = QApplication.activeModalWidget()
        if dialog is not None and dialog.isAncestorOf(QApplication.focusWidget()):
            QTest.keyClicks(focused(), text)
            press(Key.Key_Return)
        elif time.monotonic() < end:
            QTimer.singleShot(10, type_it)
        elif dialog is not None:
            dialog.close()

    QTimer.singleShot(0, type_it)


def _name(cell: Cell | None) -> tuple[str, str]:
    assert cell is not None
    return cell.ref.slide, cell.ref.path.name
