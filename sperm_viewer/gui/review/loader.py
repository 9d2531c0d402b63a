"""Reads the selected cell's picture and heat in the background; only the answer for the latest cell counts.

The heat of the scoring comes at once, a finer one as soon as it is worked out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from sperm_viewer.core.errors import CropRefusedError
from sperm_viewer.core.types import Cell, Heatmap, UInt8Array
from sperm_viewer.gui.pictures import heat_layer, to_image
from sperm_viewer.gui.tasks import Tasks
from sperm_viewer.imaging.overlay import is_flat
from sperm_viewer.imaging.read import read_crop
from sperm_viewer.inference.fine_heatmap import FineHeatmaps
from sperm_viewer.inference.registry import ModelFolder

_HEAT_SIDE = 1024
"""How large the heat is drawn at most; it is smooth, so it may be enlarged."""
_NO_MODEL = "The model that scored this cell isn't installed, so a finer heatmap can't be worked out."


class Detail(Enum):
    REFINING = "refining"
    FINE = "fine"


@dataclass(frozen=True, slots=True)
class CellPicture:
    """A cell's crop and the heat in colour to lay over it; `problem` says in words why there is no crop.

    `detail` says whether the heat is fine, about to be, or why it stays as coarse as the scoring made it.
    """

    cell: int
    crop: QImage | None
    heat: QImage | None
    flat: bool = False
    problem: str = ""
    detail: Detail | str = ""


class PictureLoader(QObject):
    loaded = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = Tasks(1, self)
        self._refining = Tasks(1, self)
        self._fine: FineHeatmaps | None = None
        self._wanted = 0

    def load(self, cell: Cell, heatmap: Heatmap | None, colour_map: str, model: ModelFolder | None) -> None:
        """Loads a cell; `model` is the one that scored it, None where it isn't here any more."""
        self._wanted += 1
        detail = Detail.REFINING if model else _NO_MODEL
        work = partial(_load, cell, heatmap, colour_map, detail)
        finer = partial(self._refine, self._wanted, cell, heatmap, colour_map, model) if heatmap and model else None
        then = partial(self._show, self._wanted, finer)
        self._tasks.start(work, then, partial(self._fail, self._wanted, cell.id))

    def forget(self) -> None:
        self._wanted += 1

    def close(self) -> None:
        self._tasks.close()
        self._refining.close()

    def _show(self, number: int, finer: Callable[[], CellPicture | None] | None, picture: CellPicture) -> None:
        self._deliver(number, picture)
        if number == self._wanted and finer and picture.heat:
            failed = partial(self._stay_coarse, number, picture)
            self._refining.start(finer, partial(self._deliver, number), failed)

    def _refine(
        self, number: int, cell: Cell, coarse: Heatmap, colour_map: str, model: ModelFolder
    ) -> CellPicture | None:
        """In a thread of its own, the only one that uses `_fine`; a cell that was passed by is left out."""
        if number != self._wanted:
            return None
        if self._fine is None or self._fine.model != model.id:
            self._fine = FineHeatmaps(model)
        rgb = read_crop(cell.ref).rgb
        return _picture(cell, rgb, self._fine.of(cell, coarse, rgb), colour_map, Detail.FINE)

    def _deliver(self, number: int, picture: CellPicture | None) -> None:
        if picture and number == self._wanted:
            self.loaded.emit(picture)

    def _stay_coarse(self, number: int, coarse: CellPicture, error: Exception) -> None:
        self._deliver(number, replace(coarse, detail=f"A finer heatmap can't be worked out. {error}"))

    def _fail(self, number: int, cell: int, error: Exception) -> None:
        self._deliver(number, CellPicture(cell, None, None, problem=f"The picture can't be drawn ({error})."))


def _load(cell: Cell, heatmap: Heatmap | None, colour_map: str, detail: Detail | str) -> CellPicture:
    try:
        rgb = read_crop(cell.ref).rgb
    except CropRefusedError as error:
        return CellPicture(cell.id, None, None, problem=str(error))
    if heatmap is None:
        return CellPicture(cell.id, to_image(rgb), None)
    return _picture(cell, rgb, heatmap, colour_map, detail)


def _picture(cell: Cell, rgb: UInt8Array, heatmap: Heatmap, colour_map: str, detail: Detail | str) -> CellPicture:
    height, width = rgb.shape[:2]
    zoom = min(4.0, _HEAT_SIDE / max(height, width))
    heat = heat_layer(heatmap, height, width, zoom, colour_map)
    return CellPicture(cell.id, to_image(rgb), heat, is_flat(heatmap), detail=detail)
