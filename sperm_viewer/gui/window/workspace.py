"""The three panes of an open session: slides, cells, the current cell."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.cell import Cell, Status
from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.gui.background.controller import Controller
from sperm_viewer.gui.background.counts_finder import Counts, CountsFinder, counts_of
from sperm_viewer.gui.background.headline_finder import HeadlineFinder
from sperm_viewer.gui.background.thumbnails import Thumbnails
from sperm_viewer.gui.field.field_pane import FieldPane
from sperm_viewer.gui.gallery.gallery_pane import GalleryPane
from sperm_viewer.gui.results.columns import Col
from sperm_viewer.gui.results.results_pane import ResultsPane
from sperm_viewer.gui.review.cell_pane import CellPane
from sperm_viewer.gui.review.similar import SimilarCells
from sperm_viewer.gui.slides.slides_pane import SlidesPane
from sperm_viewer.gui.widgets.action_spec import CLASS_ACTIONS, ActionId
from sperm_viewer.gui.widgets.drop_frame import DropFrame
from sperm_viewer.gui.widgets.theme import Theme
from sperm_viewer.inference.shown_heatmap import ShownHeatmaps
from sperm_viewer.run.counting import WHO_COUNT
from sperm_viewer.session.duplicates import marked_cells
from sperm_viewer.session.session import Session

_COUNT_EVERY_MS = 300
_OF_SLIDES = (
    ActionId.SLIDE_DETAILS,
    ActionId.SAMPLE_DETAILS,
    ActionId.MOVE_SLIDE,
    ActionId.RENAME_SLIDE,
    ActionId.RENAME_SAMPLE,
    ActionId.REMOVE_SLIDE,
    ActionId.UNDO_SLIDES,
    ActionId.REDO_SLIDES,
)
"""The context menu of the list of slides."""
_OF_CELLS = (
    (*CLASS_ACTIONS, ActionId.NON_SPERM, ActionId.NOT_ASSESSABLE, ActionId.ACCEPT, ActionId.TAKE_BACK),
    (ActionId.NOTE, ActionId.EXCLUDE),
    (ActionId.SHOW_IMAGE, ActionId.COPY_PATH, ActionId.SIMILAR),
)
"""The context menu of cells, in groups."""


class Workspace(QWidget):
    """Shows the controller's session in the panes, and passes on what the user does in them."""

    counted = Signal(object)
    selection_changed = Signal()
    order_changed = Signal(int, Qt.SortOrder)
    note_written = Signal(object, str)

    def __init__(self, controller: Controller, theme: Theme, actions: Mapping[ActionId, QAction]) -> None:
        super().__init__()
        self._controller = controller
        self._settings = controller.settings
        self._shown: Session | None = None
        self._slide_count = 0
        self._fine = ShownHeatmaps()
        self.thumbnails = Thumbnails(self._heatmap, self, self._refine)
        self.slides = SlidesPane(theme, [actions[action] for action in _OF_SLIDES])
        self.results = ResultsPane(self.thumbnails, theme)
        tiles = Thumbnails(self._heatmap, self, self._refine)
        self.gallery = GalleryPane(self.results, tiles, theme, controller.settings, actions)
        self.field = FieldPane(self.results, theme, actions)
        for view in (self.results.table, self.gallery.view, self.field.view):
            _give_menu(view, actions)
        similar = SimilarCells(self.thumbnails, theme)
        self.cell = CellPane(controller.settings, theme, controller.shelf, actions, similar, self._fine)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        for pane, stretch, least in ((self.slides, 1, 150), (self.results, 6, 320), (self.cell, 3, 320)):
            pane.setMinimumWidth(least)
            self.splitter.addWidget(pane)
            self.splitter.setStretchFactor(self.splitter.count() - 1, stretch)
        self.splitter.setSizes([218, 756, 426])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.splitter)
        self._drop_frame = DropFrame(theme, self)
        # Counting 100,000 results takes a while, so it isn't done for each batch.
        self._counting = QTimer(self)
        self._counting.setSingleShot(True)
        self._counting.setInterval(_COUNT_EVERY_MS)
        self._counts = CountsFinder(self)
        self._headlines = HeadlineFinder(self)
        self._connect()

    def _connect(self) -> None:
        controller = self._controller
        self._counting.timeout.connect(self._count_behind)
        self._counts.found.connect(self._show_counts)
        self._headlines.found.connect(self.slides.figures.show_headline)
        controller.session_changed.connect(self._show_session)
        controller.slides_changed.connect(self._count)
        controller.cells_recorded.connect(self._append)
        controller.run_ended.connect(self._finish)
        controller.leaving.connect(self.cell.finish_note)
        self.slides.chosen.connect(self._show_slide)
        self.results.current_changed.connect(self._show_cell)
        self.results.selection_changed.connect(self.selection_changed)
        self.results.sorting.changed.connect(self.order_changed)
        self.cell.similar_chosen.connect(self._go_to_similar)
        self.cell.similar_left.connect(lambda: self.results.setFocus())
        self.cell.note_left.connect(lambda: self.results.setFocus())
        self.cell.note_written.connect(self.note_written)
        controller.settings.changed.connect(self._set_look)
        controller.settings.changed.connect(self._show_view)
        self.results.filters.switch.chosen.connect(lambda name: self._settings.update(view=name))
        self.field.cell_chosen.connect(self._choose_head)
        self._show_view()
        self.results.table.side_changed.connect(self._set_look)

    def layout_state(self) -> list[QByteArray]:
        return [self.splitter.saveState(), self.results.layout_state()]

    def restore_layout(self, splitter: QByteArray, columns: QByteArray) -> None:
        self.splitter.restoreState(splitter)
        self.splitter.setHandleWidth(1)
        self.results.restore_layout(columns)

    def show_only(self, status: Status | None = None, flagged: bool = False, reviewed: bool | None = None) -> None:
        """Replaces all filters: shows the cells with this status or any flag in all slides; by default every cell."""
        self.slides.choose_all_silently()
        self.results.filters.show_only(status, flagged, reviewed)
        self._show_slide_names()

    def sort_by(self, column: int, direction: Qt.SortOrder) -> None:
        self.results.sorting.by(column, direction)

    def start_search(self) -> None:
        self.results.start_search()

    def focus_cells(self) -> None:
        """Gives the keyboard back to the cells."""
        self.results.setFocus()

    @property
    def has_selection(self) -> bool:
        return self.results.has_selection

    @property
    def has_results(self) -> bool:
        return self.results.model.rowCount() > 0 or self.slides.total.done > 0

    @property
    def chosen_slide(self) -> int | None:
        """None for all slides."""
        return self.slides.current

    # The cells, for review

    def current_cell(self) -> Cell | None:
        return self.results.current_cell()

    def selected_ids(self) -> Sequence[int]:
        return self.results.selected_ids()

    def selected_cells(self) -> Sequence[Cell]:
        session = self._controller.session
        return session.cells(self.selected_ids()) if session else ()

    def shown_ids(self) -> Sequence[int]:
        return self.gallery.ids() if self.gallery.shown else self.results.model.ids()

    def go_to(self, cell: int) -> None:
        if self.results.model.row_of(cell) is None:
            self.show_only()
        self.results.select(cell)

    def go_back_to(self, cell: int) -> bool:
        if self.results.model.row_of(cell) is None:
            # The cell may pass the filters again now.
            self.results.filter_again()
        seen = self.results.model.row_of(cell) is not None
        if seen:
            self.results.select(cell)
        return seen

    def refresh(self, cells: Collection[int]) -> None:
        self.results.refresh(cells)
        if not self._counting.isActive():
            self._counting.start()

    def show_scales(self) -> None:
        """Measurements, scale bars and the gallery follow the scales of the slides."""
        self.cell.refresh_measurements()
        self.gallery.show_scale()

    def heads_changed(self, show: int | None) -> None:
        self.cell.results_changed()
        self.results.filter_again()
        if show is not None:
            self.go_to(show)
        self.refresh(())

    def keep_order(self) -> None:
        self.results.keep_order()

    def highlight(self, on: bool) -> None:
        """Shows that files can be dropped anywhere on the panes."""
        self._drop_frame.highlight(on)

    def close_tasks(self) -> None:
        self._counting.stop()
        self._headlines.close()
        self._counts.close()
        self.thumbnails.close()
        self.gallery.close_tasks()
        self.field.close_tasks()
        self.cell.close_tasks()

    def _heatmap(self, cell: int) -> Heatmap | None:
        session = self._controller.session
        return session.heatmap(cell) if session else None

    def _refine(self, cell: Cell, coarse: Heatmap, rgb: UInt8Array) -> Heatmap:
        """The heatmap that the cell pane shows; runs in other threads."""
        model = self._controller.shelf.with_id(cell.prediction.model) if cell.prediction else None
        return self._fine.of(cell, coarse, rgb, model).heatmap

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
        self.field.set_session(session, self._classes())
        # The table first: the slides' signals make it query the session that is open now.
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
        return next(iter(session.cells(order[place : place + 1])), None) if session else None

    def _show_slide(self, slide: int | None) -> None:
        self.results.show_slide(slide, self.slides.current_heading)
        self._show_slide_names()
        self._find_headline()

    def _find_headline(self) -> None:
        session = self._controller.session
        self._headlines.find(session.path if session else None, self.slides.current_sample)

    def _show_slide_names(self) -> None:
        """Shows the column of slides only if it differs between rows."""
        every_slide = self.results.filters.value.slide is None
        several = self._slide_count > 1
        self.results.show_column(Col.SLIDE, every_slide and several)

    def _go_to_similar(self, cell: int) -> None:
        self.go_to(cell)
        self.results.setFocus()

    def _append(self, ids: tuple[int, ...]) -> None:
        self.cell.results_changed()
        self.results.append(ids)
        if not self._counting.isActive():
            self._counting.start()

    def _finish(self) -> None:
        # Which images are there twice is known at the end of a run.
        session = self._controller.session
        self.results.refresh(marked_cells(session) if session else [])
        self.results.finish()
        if not self.results.order_kept:
            self.gallery.regroup()
        self._count()

    def _count(self) -> None:
        """Counts at once."""
        self._counting.stop()
        self._counts.drop()
        session = self._controller.session
        self._show_counts(session.path if session else None, counts_of(session) if session else Counts())

    def _count_behind(self) -> None:
        """Counts in the background: counting 100,000 cells takes longer than the window may keep a key waiting."""
        if session := self._controller.session:
            self._counts.find(session.path)

    def _show_counts(self, path: Path | None, counts: Counts) -> None:
        session = self._controller.session
        if path != (session.path if session else None):
            return
        self._slide_count = len(counts.slides)
        self.slides.show_slides(counts.slides, self._classes(), self._settings.value.stop_at or WHO_COUNT)
        self.slides.show_tallies(counts.tallies, self._classes(), counts.apart)
        self._find_headline()
        self.results.filters.set_reviewers(counts.readers)
        # One reviewer would be the same in every row.
        self.results.show_column(Col.REVIEWER, len(counts.readers) > 1)
        self.results.show_column(Col.ANOMALIES, counts.any_anomaly)
        self._show_slide_names()
        self.counted.emit(self.slides.total)

    def _show_view(self) -> None:
        self.results.show_view(self._settings.value.view)

    def _choose_head(self, cell: int) -> None:
        self.go_to(cell)
        self.results.setFocus()

    def _set_look(self) -> None:
        self.thumbnails.set_look(self.devicePixelRatioF(), self.results.table.side)
        self.results.table.viewport().update()


def _give_menu(view: QWidget, actions: Mapping[ActionId, QAction]) -> None:
    """A right click on a cell selects it, and shows what can be done with it."""
    view.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
    for group in _OF_CELLS:
        if view.actions():
            separator = QAction(view)
            separator.setSeparator(True)
            view.addAction(separator)
        view.addActions([actions[action] for action in group])
