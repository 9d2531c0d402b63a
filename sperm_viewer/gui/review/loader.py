"""Reads the selected cell's picture and heat in the background; only the answer for the latest cell counts.

The heat of the scoring comes at once, a finer one as soon as it is worked out. The cell that is likely to come next is
read ahead.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.gui.background.tasks import Tasks
from sperm_viewer.gui.widgets.qt_images import heat_layer, to_image
from sperm_viewer.imaging.cell_part import cell_part
from sperm_viewer.imaging.overlay import Corners, is_flat, window_corners
from sperm_viewer.imaging.recall import recall
from sperm_viewer.inference.model_folders import ModelFolder
from sperm_viewer.inference.shown_heatmap import NO_MODEL, ShownHeatmaps

_HEAT_SIDE = 1024
"""How large the heat is drawn at most; it is smooth, so it may be enlarged."""
_KEPT = 4
"""Pictures that were read ahead and not yet asked for."""
_MOVED = " File > Find Moved Images finds images by their content."
_Key = tuple[object, ...]


class Detail(Enum):
    REFINING = "refining"
    FINE = "fine"


@dataclass(frozen=True, slots=True)
class CellPicture:
    """A cell's crop and the heat in colour to lay over it; `problem` says in words why there is no crop.

    `detail` says whether the heat is fine, about to be, or why it stays as coarse as the scoring made it. `window` are
    the corners of the part that the network saw, `head` is the middle of the head, in shares of the crop's width and
    height.
    """

    cell: int
    crop: QImage | None
    heat: QImage | None
    flat: bool = False
    problem: str = ""
    detail: Detail | str = ""
    window: Corners = ()
    head: tuple[float, float] = (0.5, 0.5)


class PictureLoader(QObject):
    loaded = Signal(object)

    def __init__(self, parent: QObject | None = None, shown: ShownHeatmaps | None = None) -> None:
        """`shown` are the fine heatmaps that other views work out too."""
        super().__init__(parent)
        self._tasks = Tasks(1, self)
        self._refining = Tasks(1, self)
        self._shown = shown or ShownHeatmaps()
        self._wanted = 0
        self._ahead: OrderedDict[_Key, CellPicture] = OrderedDict()

    def prepare(self, cell: Cell, heatmap: Heatmap | None, model: ModelFolder | None) -> None:
        """Reads a cell's picture before it is asked for."""
        key, work = self._work(cell, heatmap, model)
        if key not in self._ahead:
            # One that can't be read now is read again when it is asked for, and says why then.
            self._tasks.start(
                partial(self._unless_passed, self._wanted, work), partial(self._keep, key), lambda error: None
            )

    def load(self, cell: Cell, heatmap: Heatmap | None, model: ModelFolder | None) -> None:
        """Loads a cell; `model` is the one that scored it, None where it isn't here any more."""
        self._wanted += 1
        key, work = self._work(cell, heatmap, model)
        finer = partial(self._refine, self._wanted, cell, heatmap, model) if heatmap and model else None
        then = partial(self._show, self._wanted, finer)
        ready = self._ahead.pop(key, None)
        if ready:
            then(ready)
        else:
            failed = partial(self._fail, self._wanted, cell.id)
            self._tasks.start(partial(self._unless_passed, self._wanted, work), then, failed)

    def forget(self) -> None:
        self._wanted += 1

    def close(self) -> None:
        self._tasks.close()
        self._refining.close()

    def _unless_passed(self, number: int, work: Callable[[], CellPicture]) -> CellPicture | None:
        """In the background: nothing for a cell that was passed by, so that the one that is wanted needn't wait."""
        return work() if number == self._wanted else None

    def _work(
        self, cell: Cell, heatmap: Heatmap | None, model: ModelFolder | None
    ) -> tuple[_Key, Callable[[], CellPicture]]:
        """What makes a cell's picture, and what it depends on."""
        kept = self._shown.kept(cell, model) if model else None
        detail = Detail.FINE if kept else Detail.REFINING if model else NO_MODEL
        return (*pictured(cell), detail), partial(_load, cell, kept or heatmap, detail)

    def _keep(self, key: _Key, picture: CellPicture | None) -> None:
        if picture and not picture.problem:
            self._ahead[key] = picture
        while len(self._ahead) > _KEPT:
            self._ahead.popitem(last=False)

    def _show(self, number: int, finer: Callable[[], CellPicture | None] | None, picture: CellPicture | None) -> None:
        self._deliver(number, picture)
        unrefined = picture is not None and picture.heat is not None and picture.detail is Detail.REFINING
        if number == self._wanted and finer and picture and unrefined:
            failed = partial(self._stay_coarse, number, picture)
            self._refining.start(finer, partial(self._deliver, number), failed)

    def _refine(self, number: int, cell: Cell, coarse: Heatmap, model: ModelFolder) -> CellPicture | None:
        """In a thread of its own; a cell that was passed by is left out."""
        if number != self._wanted:
            return None
        rgb = recall(cell)
        shown = self._shown.of(cell, coarse, rgb, model)
        return _picture(cell, rgb, shown.heatmap, shown.why_coarse or Detail.FINE)

    def _deliver(self, number: int, picture: CellPicture | None) -> None:
        if picture and number == self._wanted:
            self.loaded.emit(picture)

    def _stay_coarse(self, number: int, coarse: CellPicture, error: Exception) -> None:
        self._deliver(number, replace(coarse, detail=f"A finer heatmap can't be computed. {error}"))

    def _fail(self, number: int, cell: int, error: Exception) -> None:
        self._deliver(number, CellPicture(cell, None, None, problem=f"The picture can't be drawn ({error})."))


def pictured(cell: Cell) -> tuple[object, ...]:
    """What a cell's picture depends on."""
    return cell.id, cell.ref, cell.prediction


def _load(cell: Cell, heatmap: Heatmap | None, detail: Detail | str) -> CellPicture:
    try:
        rgb = recall(cell)
    except ImageRefusedError as error:
        moved = "" if cell.ref.path.is_file() else _MOVED
        return CellPicture(cell.id, None, None, problem=f"{error}{moved}")
    if heatmap is None:
        return CellPicture(cell.id, to_image(rgb), None, head=_head(cell))
    return _picture(cell, rgb, heatmap, detail)


def _picture(cell: Cell, rgb: UInt8Array, heatmap: Heatmap, detail: Detail | str) -> CellPicture:
    height, width = rgb.shape[:2]
    zoom = min(4.0, _HEAT_SIDE / max(height, width))
    heat = heat_layer(heatmap, height, width, zoom, dashed=detail is not Detail.FINE)
    corners = window_corners(heatmap, height, width)
    return CellPicture(cell.id, to_image(rgb), heat, is_flat(heatmap), detail=detail, window=corners, head=_head(cell))


def _head(cell: Cell) -> tuple[float, float]:
    """The middle of the head's box in the cell's crop; the middle of the crop if no head was found."""
    if cell.place is None or cell.size is None:
        return 0.5, 0.5
    width, height = cell.size
    left, top, right, bottom = cell_part(cell.place, width, height) if cell.in_field else (0, 0, width, height)
    x, y = cell.place.x + cell.place.width / 2, cell.place.y + cell.place.height / 2
    return (x - left) / (right - left), (y - top) / (bottom - top)
