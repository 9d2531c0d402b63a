"""Small pictures of crops and heatmaps, made in the background for the rows that are looked at."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from sperm_viewer.core.errors import CropRefusedError
from sperm_viewer.core.types import Cell, CropRef, Heatmap, Status
from sperm_viewer.gui.pictures import thumbnail
from sperm_viewer.gui.tasks import Tasks
from sperm_viewer.imaging.read import read_crop

SIDE = 52
"""Logical pixels."""
_HEAT_OPACITY = 0.6
_THREADS = 2
_KEPT = 2000
_WANTED = 60
"""More rows than a screen shows: those that were scrolled past before their turn came are dropped."""


@dataclass(frozen=True, slots=True)
class ThumbnailPair:
    """None where the crop can't be shown, or where there is no heatmap."""

    crop: QImage | None
    heat: QImage | None


NONE = ThumbnailPair(None, None)


class Thumbnails(QObject):
    """Keeps the pictures looked at last; `of` answers at once and `ready` says when there is more to show."""

    ready = Signal(int)

    def __init__(self, heatmap_of: Callable[[int], Heatmap | None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._heatmap_of = heatmap_of
        self._tasks = Tasks(_THREADS, self)
        self._made: OrderedDict[int, ThumbnailPair] = OrderedDict()
        self._wanted: OrderedDict[int, Cell] = OrderedDict()
        self._making: set[int] = set()
        self._generation = 0
        self._ratio = 1.0
        self._colour_map = "cividis"

    def set_look(self, ratio: float, colour_map: str) -> None:
        """The screen's device pixel ratio and the heatmaps' colours."""
        if (ratio, colour_map) != (self._ratio, self._colour_map):
            self._ratio, self._colour_map = ratio, colour_map
            self.forget()

    def forget(self) -> None:
        """Another session or model: what is under way is of no use any more."""
        self._generation += 1
        self._made.clear()
        self._wanted.clear()
        self._making.clear()

    def close(self) -> None:
        self._wanted.clear()
        self._tasks.close()

    def of(self, cell: Cell) -> ThumbnailPair | None:
        """The pictures of a cell; None while they are being made."""
        if cell.status is Status.FAILED:
            return NONE
        made = self._made.get(cell.id)
        if made:
            self._made.move_to_end(cell.id)
            return made
        if cell.id not in self._making:
            self._wanted[cell.id] = cell
            self._wanted.move_to_end(cell.id)
            while len(self._wanted) > _WANTED:
                self._wanted.popitem(last=False)
            self._begin()
        return None

    def _begin(self) -> None:
        while self._wanted and len(self._making) < _THREADS:
            # The row that was asked for last is the one that is on screen now.
            number, cell = self._wanted.popitem()
            self._making.add(number)
            side = round(SIDE * self._ratio)
            work = partial(_make, cell.ref, self._heatmap_of(number), side, self._colour_map)
            self._tasks.start(
                work, partial(self._keep, self._generation, number), partial(self._failed, self._generation, number)
            )

    def _failed(self, generation: int, number: int, error: Exception) -> None:
        self._keep(generation, number, NONE)

    def _keep(self, generation: int, number: int, pair: ThumbnailPair) -> None:
        if generation != self._generation:
            return
        self._making.discard(number)
        self._made[number] = pair
        while len(self._made) > _KEPT:
            self._made.popitem(last=False)
        self.ready.emit(number)
        self._begin()


def _make(ref: CropRef, heatmap: Heatmap | None, side: int, colour_map: str) -> ThumbnailPair:
    try:
        rgb = read_crop(ref).rgb
    except CropRefusedError:
        return NONE
    heat = thumbnail(rgb, heatmap, side, colour_map, _HEAT_OPACITY) if heatmap else None
    return ThumbnailPair(thumbnail(rgb, None, side, colour_map, 0.0), heat)
