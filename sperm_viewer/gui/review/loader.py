"""Reads the selected cell's picture and heat in the background; only the answer for the latest cell counts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from sperm_viewer.core.errors import CropRefusedError
from sperm_viewer.core.types import Cell, Heatmap
from sperm_viewer.gui.pictures import heat_layer, to_image
from sperm_viewer.gui.tasks import Tasks
from sperm_viewer.imaging.overlay import is_flat
from sperm_viewer.imaging.read import read_crop

_HEAT_SIDE = 1024
"""How large the heat is drawn at most; it is smooth, so it may be enlarged."""


@dataclass(frozen=True, slots=True)
class CellPicture:
    """A cell's crop and the heat in colour to lay over it; `problem` says in words why there is no crop."""

    cell: int
    crop: QImage | None
    heat: QImage | None
    flat: bool = False
    problem: str = ""


class PictureLoader(QObject):
    loaded = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = Tasks(1, self)
        self._wanted = 0

    def load(self, cell: Cell, heatmap: Heatmap | None, colour_map: str) -> None:
        self._wanted += 1
        work = partial(_load, cell, heatmap, colour_map)
        self._tasks.start(work, partial(self._deliver, self._wanted), partial(self._fail, self._wanted, cell.id))

    def forget(self) -> None:
        self._wanted += 1

    def close(self) -> None:
        self._tasks.close()

    def _deliver(self, number: int, picture: CellPicture) -> None:
        if number == self._wanted:
            self.loaded.emit(picture)

    def _fail(self, number: int, cell: int, error: Exception) -> None:
        self._deliver(number, CellPicture(cell, None, None, problem=f"The picture can't be drawn ({error})."))


def _load(cell: Cell, heatmap: Heatmap | None, colour_map: str) -> CellPicture:
    try:
        rgb = read_crop(cell.ref).rgb
    except CropRefusedError as error:
        return CellPicture(cell.id, None, None, problem=str(error))
    if heatmap is None:
        return CellPicture(cell.id, to_image(rgb), None)
    height, width = rgb.shape[:2]
    zoom = min(4.0, _HEAT_SIDE / max(height, width))
    return CellPicture(cell.id, to_image(rgb), heat_layer(heatmap, height, width, zoom, colour_map), is_flat(heatmap))
