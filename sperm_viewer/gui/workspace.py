"""The three panes: slides, cells, the selected cell."""

from __future__ import annotations

import time

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from sperm_viewer.core.types import Heatmap
from sperm_viewer.gui.controller import Controller
from sperm_viewer.gui.results.pane import ResultsPane
from sperm_viewer.gui.review.cell_pane import CellPane
from sperm_viewer.gui.slides import SlidesPane
from sperm_viewer.gui.theme import Theme
from sperm_viewer.gui.thumbnails import Thumbnails

_COUNT_EVERY_MS = 300


class Workspace(QWidget):
    """Keeps the panes showing what the controller's session holds."""

    counted = Signal(object)

    def __init__(self, controller: Controller, theme: Theme) -> None:
        super().__init__()
        self._controller = controller
        self._settings = controller.settings
        self.thumbnails = Thumbnails(self._heatmap, self)
        self.slides = SlidesPane(theme)
        self.results = ResultsPane(self.thumbnails, theme)
        self.cell = CellPane(controller.settings, theme)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        for pane, stretch, least in ((self.slides, 1, 150), (self.results, 6, 320), (self.cell, 3, 320)):
            pane.setMinimumWidth(least)
            self.splitter.addWidget(pane)
            self.splitter.setStretchFactor(self.splitter.count() - 1, stretch)
        self.splitter.setSizes([220, 736, 444])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.splitter)
        # Counting a hundred thousand results takes a while, so it isn't done for each batch.
        self._counting = QTimer(self)
        self._counting.setSingleShot(True)
        self._counting.setInterval(_COUNT_EVERY_MS)
        self._counting.timeout.connect(self._count)
        controller.session_changed.connect(self._show_session)
        controller.slides_changed.connect(self._count)
        controller.cells_recorded.connect(self._append)
        controller.run_ended.connect(self._finish)
        self.slides.chosen.connect(self._show_slide)
        self.results.current_changed.connect(self.cell.show_cell)
        controller.settings.changed.connect(self._set_look)

    def layout_state(self) -> list[QByteArray]:
        return [self.splitter.saveState(), self.results.layout_state()]

    def restore_layout(self, splitter: QByteArray, columns: QByteArray) -> None:
        self.splitter.restoreState(splitter)
        self.splitter.setHandleWidth(1)
        self.results.restore_layout(columns)

    def show_everything(self) -> None:
        self.slides.choose_all()
        self.results.filters.clear()

    def close_tasks(self) -> None:
        self._counting.stop()
        self.thumbnails.close()
        self.cell.loader.close()

    def _heatmap(self, cell: int) -> Heatmap | None:
        session = self._controller.session
        return session.heatmap(cell) if session else None

    def _classes(self) -> tuple[str, ...]:
        model = self._controller.model
        return model.classes if model else ()

    def _show_session(self) -> None:
        self._set_look()
        self.cell.set_session(self._controller.session)
        self._count()
        self.results.show_session(self._controller.session, self._classes())

    def _show_slide(self, slide: str | None) -> None:
        self.results.show_slide(slide)
        self.results.show_slide_names(slide is None and self.slides.model.rowCount() > 2)

    def _append(self, ids: tuple[int, ...]) -> None:
        self.results.append(ids)
        if not self._counting.isActive():
            self._counting.start()

    def _finish(self) -> None:
        self.results.finish()
        self._count()

    def _count(self) -> None:
        session = self._controller.session
        start = time.monotonic()
        slides = session.slides() if session else []
        took_ms = (time.monotonic() - start) * 1000
        self._counting.stop()
        self._counting.setInterval(max(_COUNT_EVERY_MS, round(10 * took_ms)))
        self.slides.show_slides(slides, self._classes())
        self.results.show_slide_names(len(slides) > 1 and self.results.filters.value.slide is None)
        self.counted.emit(self.slides.model.total)

    def _set_look(self) -> None:
        self.thumbnails.set_look(self.devicePixelRatioF(), self._settings.value.colour_map)
        self.results.table.viewport().update()
