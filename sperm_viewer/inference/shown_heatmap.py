"""Which heatmap of a cell is shown: one rule for table, gallery, cell pane, report and export."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.prediction import Heatmap, ModelId
from sperm_viewer.imaging.heatmap_files import Refine
from sperm_viewer.inference.fine_heatmap import FineHeatmaps
from sperm_viewer.inference.model_folders import ModelFolder

NO_MODEL = "The model that scored this cell isn't installed, so its heatmap stays coarse."


@dataclass(frozen=True, slots=True)
class ShownHeatmap:
    """A heatmap to show. It is fine if `why_coarse` is empty, else that of the scoring, for this reason."""

    heatmap: Heatmap
    why_coarse: str = ""


class ShownHeatmaps:
    """The fine heatmap where the model that scored the cell is installed and can make it, else the coarse one.

    Keeps one model open, and its maps. Several threads may share it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opened: tuple[ModelId, FineHeatmaps | SpermViewerError] | None = None

    def of(self, cell: Cell, coarse: Heatmap, rgb: UInt8Array, model: ModelFolder | None) -> ShownHeatmap:
        """`rgb` is the cell's crop, uint8 (height, width, 3); `model` is the one that scored it, None if not here."""
        if model is None:
            return ShownHeatmap(coarse, NO_MODEL)
        try:
            return ShownHeatmap(self._fine(model).of(cell, coarse, rgb))
        except SpermViewerError as error:
            return ShownHeatmap(coarse, f"A finer heatmap can't be computed. {error}")

    def refine_with(self, model: ModelFolder | None) -> Refine:
        """What gives a cell's heatmap to draw, for cells of this model."""
        return lambda cell, coarse, rgb: self.of(cell, coarse, rgb, model).heatmap

    def kept(self, cell: Cell, model: ModelFolder) -> Heatmap | None:
        """The fine heatmap of a cell if it has been worked out."""
        with self._lock:
            opened = self._opened
        if opened is None or opened[0] != model.id or isinstance(opened[1], SpermViewerError):
            return None
        return opened[1].kept(cell)

    def _fine(self, model: ModelFolder) -> FineHeatmaps:
        """Opens a model once, also one that can't be opened. Raises SpermViewerError for that."""
        with self._lock:
            if self._opened is None or self._opened[0] != model.id:
                self._opened = model.id, _opened(model)
            found = self._opened[1]
        if isinstance(found, SpermViewerError):
            raise found
        return found


def _opened(model: ModelFolder) -> FineHeatmaps | SpermViewerError:
    try:
        return FineHeatmaps(model)
    except SpermViewerError as error:
        return error
