"""The three panes: slides, cells, the selected cell."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from sperm_viewer.domain.cell import Cell, Status
from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.gui.background.controller import Controller
from sperm_viewer.gui.background.thumbnails import Thumbnails
from sperm_viewer.gui.gallery.gallery_pane import GalleryPane
from sperm_viewer.gui.results.columns import Col
from sperm_viewer.gui.results.results_pane import ResultsPane
from sperm_viewer.gui.review.cell_pane import CellPane
from sperm_viewer.gui.review.similar import SimilarCells
from sperm_viewer.gui.slides.slides_pane import SlidesPane
from sperm_viewer.gui.widgets.actions import Act
from sperm_viewer.gui.widgets.theme import Theme
from sperm_viewer.gui.window.drop_frame import DropFrame
from sperm_viewer.session.session import Session

_COUNT_EVERY_MS = 300


class Workspace(QWidget):
    """Keeps the panes showing what the controller's session holds."""

    counted = Signal(object)

    def __init__(self, controller: Controller, theme: Theme, actions: Mapping[Act, QAction]) -> None:
        super().__init__()
        self._controller = controller
        self._settings = controller.settings
        self._shown: Session | None = None
        self.thumbnails = Thumbnails(self._heatmap, self)
        self.slides = SlidesPane(theme)
        self.results = ResultsPane(self.thumbnails, theme)
        self.gallery = GalleryPane(self.results, Thumbnails(self._heatmap, self), theme, controller.settings)
        similar = SimilarCells(self.thumbnails, theme)
        self.cell = CellPane(controller.settings, theme, controller.shelf, actions, similar)
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
        self._drop_frame = DropFrame(theme, self)
        # Counting a hundred thousand results takes a while, so it isn't done for each batch.
        self._counting = QTimer(self)
        self._counting.setSingleShot(True)
        self._counting.setInterval(_COUNT_EVERY_MS)
        self._counting.timeout.connect(self._count)
        controller.session_changed.connect(self._show_session)
        controller.slides_changed.connect(self._count)
        controller.cells_recorded.connect(self._append)
        controller.run_ended.connect(self._finish)
        controller.leaving.connect(self.cell.verdict.note.finish)
        self.slides.chosen.connect(self._show_slide)
        self.results.current_changed.connect(self._show_cell)
        similar.chosen.connect(self._go_to_similar)
        similar.left.connect(lambda: self.results.setFocus())
        self.cell.verdict.note.left.connect(lambda: self.results.setFocus())
        controller.settings.changed.connect(self._set_look)

    def layout_state(self) -> list[QByteArray]:
        return [self.splitter.saveState(), self.results.layout_state()]

    def restore_layout(self, splitter: QByteArray, columns: QByteArray) -> None:
        self.splitter.restoreState(splitter)
        self.splitter.setHandleWidth(1)
        self.results.restore_layout(columns)

    def show_only(self, status: Status | None = None, flagged: bool = False) -> None:
        """The cells of this status, or with any flag, in every slide, whatever was filtered before; else every cell."""
        self.slides.choose_all_silently()
        self.results.filters.show_only(status, flagged)
        self._show_slide_names()

    # The cells, for review

    def current_cell(self) -> Cell | None:
        return self.results.current_cell()

    def selected_ids(self) -> Sequence[int]:
        return self.results.selected_ids()

    def shown_ids(self) -> Sequence[int]:
        return self.gallery.ids() if self.gallery.shown else self.results.model.ids()

    def go_to(self, cell: int) -> None:
        if self.results.model.row_of(cell) is None:
            self.show_only()
        self.results.select(cell)

    def refresh(self, cells: Collection[int]) -> None:
        self.results.refresh(cells)
        if not self._counting.isActive():
            self._counting.start()

    def keep_order(self) -> None:
        self.results.keep_order()

    def highlight(self, on: bool) -> None:
        """Says that what is dragged over the panes can be dropped."""
        self._drop_frame.highlight(on)

    def close_tasks(self) -> None:
        self._counting.stop()
        self.thumbnails.close()
        self.gallery.close_tasks()
        self.cell.loader.close()
        self.cell.similar.finder.close()

    def _heatmap(self, cell: int) -> Heatmap | None:
        session = self._controller.session
        return session.heatmap(cell) if session else None

    def _classes(self) -> tuple[str, ...]:
        model = self._controller.model
        return model.classes if model else ()

    def _show_session(self) -> None:
        session = self._controller.session
        self._set_look()
        self.cell.set_session(session)
        if session is not self._shown:
            self._shown = session
            self.slides.choose_all_silently()
        self.gallery.set_session(session, self._classes())
        # The table first: whatever the slides say next is asked of the session that is open now.
        self.results.show_session(session, self._classes())
        self._count()

    def _show_cell(self, cell: Cell | None) -> None:
        self.cell.show_cell(cell)
        following = self._cell_after(cell) if cell else None
        if following:
            self.cell.prepare(following)

    def _cell_after(self, cell: Cell) -> Cell | None:
        if not self.gallery.shown:
            return self.results.cell_after_current()
        order, session = self.gallery.ids(), self._controller.session
        place = order.index(cell.id) + 1 if cell.id in order else len(order)
        return session.cells([order[place]])[0] if session and place < len(order) else None

    def _show_slide(self, slide: str | None) -> None:
        self.results.show_slide(slide)
        self._show_slide_names()

    def _show_slide_names(self) -> None:
        """A column that says the same in every row isn't worth its width."""
        every_slide = self.results.filters.value.slide is None
        self.results.table.setColumnHidden(Col.SLIDE, not every_slide or self.slides.model.rowCount() <= 2)

    def _go_to_similar(self, cell: int) -> None:
        self.go_to(cell)
        self.results.setFocus()

    def _append(self, ids: tuple[int, ...]) -> None:
        self.cell.similar.finder.outdate()
        self.results.append(ids)
        if not self._counting.isActive():
            self._counting.start()

    def _finish(self) -> None:
        self.results.finish()
        if not self.results.order_kept:
            self.gallery.regroup()
        self._count()

    def _count(self) -> None:
        session = self._controller.session
        start = time.monotonic()
        slides = session.slides() if session else []
        tallies = session.tallies() if session else []
        took_ms = (time.monotonic() - start) * 1000
        self._counting.stop()
        self._counting.setInterval(max(_COUNT_EVERY_MS, round(10 * took_ms)))
        self.slides.show_slides(slides, self._classes())
        self.slides.figures.show_tallies(tallies, self._classes())
        reviewers = session.reviewers() if session else []
        self.results.filters.set_reviewers(reviewers)
        # Nor is one that says the same in every row that says anything.
        self.results.table.setColumnHidden(Col.REVIEWER, len(reviewers) < 2)
        self._show_slide_names()
        self.counted.emit(self.slides.model.total)

    def _set_look(self) -> None:
        self.thumbnails.set_look(self.devicePixelRatioF(), self._settings.value.colour_map)
        self.results.table.viewport().update()
