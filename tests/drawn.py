"""Watches when a cell's picture and heatmap have been painted in the cell pane."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QObject, Signal

from sperm_viewer.app import Desktop
from sperm_viewer.gui.review.loader import CellPicture


class Drawn(QObject):
    """Which cell's picture was painted last, in both views."""

    done = Signal(int, float)
    """A cell was painted, by its id, and when (`time.perf_counter`)."""

    def __init__(self, desktop: Desktop) -> None:
        super().__init__()
        pane = desktop.window.workspace.cell
        self._views = (pane.crop_view, pane.heat_view)
        self._loaded = -1
        self._painted: set[QObject] = set()
        pane.loader.loaded.connect(self._take)
        for view in self._views:
            view.installEventFilter(self)

    def is_drawn(self, cell: int) -> bool:
        return cell == self._loaded and len(self._painted) == len(self._views)

    def _take(self, picture: CellPicture) -> None:
        self._loaded = picture.cell
        self._painted.clear()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and watched not in self._painted:
            self._painted.add(watched)
            if len(self._painted) == len(self._views):
                self.done.emit(self._loaded, time.perf_counter())
        return False
