"""Which heatmap of a cell is shown: one rule for the cell pane and the export."""

from __future__ import annotations

from dataclasses import dataclass

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.prediction import Heatmap
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

    Keeps one model open. For one thread.
    """

    def __init__(self) -> None:
        self._fine: FineHeatmaps | None = None

    def of(self, cell: Cell, coarse: Heatmap, rgb: UInt8Array, model: ModelFolder | None) -> ShownHeatmap:
        """`rgb` is the cell's crop, uint8 (height, width, 3); `model` is the one that scored it, None if not here."""
        if model is None:
            return ShownHeatmap(coarse, NO_MODEL)
        try:
            if self._fine is None or self._fine.model != model.id:
                self._fine = FineHeatmaps(model)
            return ShownHeatmap(self._fine.of(cell, coarse, rgb))
        except SpermViewerError as error:
            return ShownHeatmap(coarse, f"A finer heatmap can't be computed. {error}")
