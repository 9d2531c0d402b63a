"""Small pictures of crops and heatmaps, made in the background for the cells that are in view.

The heat of the scoring comes first, with dashed lines; the finer map, the one of the cell pane, takes its place when it
has been worked out.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from sperm_viewer.domain.cell import Cell, Status
from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.gui.background.tasks import Tasks
from sperm_viewer.gui.widgets.qt_images import thumbnail
from sperm_viewer.imaging.heatmap_files import Refine
from sperm_viewer.imaging.recall import recall

SIDE = 52
"""Logical pixels: the table's."""
_THREADS = 2
_KEPT = 2000
_KEPT_BYTES = 160 << 20
_ON_SCREEN = 60
"""More rows than the table shows; those that were scrolled past before their turn came are dropped."""


@dataclass(frozen=True, slots=True)
class ThumbnailPair:
    """None where the image can't be read or isn't the one that was scored, or where there is no heatmap."""

    crop: QImage | None
    heat: QImage | None


NONE = ThumbnailPair(None, None)


@dataclass(frozen=True, slots=True)
class _Look:
    """`side` is in the screen's pixels."""

    side: int


@dataclass(frozen=True, slots=True)
class _Made:
    """`refined`: the finer heatmap was asked for, so that the pair stays as it is."""

    pair: ThumbnailPair
    look: _Look
    refined: bool


class Thumbnails(QObject):
    """Keeps the pictures looked at last; `of` answers at once and `ready` says when there is more to show."""

    ready = Signal(int)

    def __init__(
        self,
        heatmap_of: Callable[[int], Heatmap | None],
        parent: QObject | None = None,
        refine: Refine | None = None,
    ) -> None:
        """`heatmap_of` gives the heatmap of the scoring, which stays without `refine`; that runs in another thread."""
        super().__init__(parent)
        self._heatmap_of = heatmap_of
        self._refine = refine
        self._tasks = Tasks(_THREADS, self)
        self._refining = Tasks(1, self)
        self._made: OrderedDict[int, _Made] = OrderedDict()
        self._wanted: OrderedDict[int, Cell] = OrderedDict()
        self._to_refine: OrderedDict[int, Cell] = OrderedDict()
        self._making: set[int] = set()
        self._generation = 0
        self._look = _Look(SIDE)
        self._on_screen = _ON_SCREEN

    def set_look(self, ratio: float, side: int = SIDE) -> None:
        """The screen's device pixel ratio, the heatmaps' colours, and how large the pictures are.

        Pictures of another look are shown until theirs come.
        """
        self._look = _Look(round(side * ratio))

    def set_on_screen(self, count: int) -> None:
        """How many cells are seen at once."""
        self._on_screen = max(_ON_SCREEN, count)

    def forget(self) -> None:
        """Another session or model: what is under way is of no use any more."""
        self._generation += 1
        self._made.clear()
        self._wanted.clear()
        self._to_refine.clear()
        self._making.clear()

    def close(self) -> None:
        self._wanted.clear()
        self._to_refine.clear()
        self._tasks.close()
        self._refining.close()

    def of(self, cell: Cell) -> ThumbnailPair | None:
        """The pictures of a cell; None while they are being made."""
        if cell.status is Status.FAILED:
            return NONE
        made = self._made.get(cell.id)
        if made:
            self._made.move_to_end(cell.id)
        if cell.id not in self._making:
            if made is None or made.look != self._look:
                self._queue(self._wanted, cell)
            elif not made.refined:
                self._queue(self._to_refine, cell)
            self._begin()
        return made.pair if made else None

    def _queue(self, queue: OrderedDict[int, Cell], cell: Cell) -> None:
        queue[cell.id] = cell
        queue.move_to_end(cell.id)
        while len(queue) > self._on_screen:
            queue.popitem(last=False)

    def _begin(self) -> None:
        while self._wanted and len(self._making) < _THREADS:
            # The row that was asked for last is the one that is on screen now.
            number, cell = self._wanted.popitem()
            before = self._made.get(number)
            # A finer map that was worked out before is at hand.
            self._start(self._tasks, cell, self._refine if before and before.refined else None)
        while self._to_refine and not self._wanted and not self._refining.running:
            self._start(self._refining, self._to_refine.popitem()[1], self._refine)

    def _start(self, tasks: Tasks, cell: Cell, refine: Refine | None) -> None:
        self._making.add(cell.id)
        work = partial(_make, cell, self._heatmap_of(cell.id), self._look, refine)
        refined = refine is not None or self._refine is None
        asked = (self._generation, cell.id, self._look, refined)
        tasks.start(work, partial(self._keep, *asked), partial(self._failed, *asked))

    def _failed(self, generation: int, number: int, look: _Look, refined: bool, error: Exception) -> None:
        self._keep(generation, number, look, True, NONE)

    def _keep(self, generation: int, number: int, look: _Look, refined: bool, pair: ThumbnailPair) -> None:
        if generation != self._generation:
            return
        self._making.discard(number)
        self._made[number] = _Made(pair, look, refined or pair.heat is None)
        # Two pictures of three bytes a pixel, square at most; fewer than are seen would be made over and over.
        room = max(min(_KEPT, _KEPT_BYTES // (6 * self._look.side**2)), 2 * self._on_screen)
        while len(self._made) > room:
            self._made.popitem(last=False)
        self.ready.emit(number)
        self._begin()


def _make(cell: Cell, heatmap: Heatmap | None, look: _Look, refine: Refine | None) -> ThumbnailPair:
    try:
        rgb = recall(cell)
    except ImageRefusedError:
        return NONE
    crop = thumbnail(rgb, None, look.side)
    if heatmap is None:
        return ThumbnailPair(crop, None)
    shown = refine(cell, heatmap, rgb) if refine else heatmap
    return ThumbnailPair(crop, thumbnail(rgb, shown, look.side, dashed=shown is heatmap))
