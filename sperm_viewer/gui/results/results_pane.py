"""The middle pane: filters above the table of cells."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from PySide6.QtCore import QByteArray, QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from sperm_viewer.domain.cell import Cell
from sperm_viewer.gui.background.thumbnails import Thumbnails
from sperm_viewer.gui.results.columns import Col
from sperm_viewer.gui.results.delegates import CellDelegate
from sperm_viewer.gui.results.filter_bar import FilterBar
from sperm_viewer.gui.results.selection import rows_as_selection
from sperm_viewer.gui.results.sorting import Sorting
from sperm_viewer.gui.results.table import CellTable
from sperm_viewer.gui.results.table_model import CellTableModel
from sperm_viewer.gui.results.view_switch import TABLE
from sperm_viewer.gui.widgets.theme import Theme
from sperm_viewer.session.session import Session

_Select = QItemSelectionModel.SelectionFlag
_SLOW = 20_000
"""Number of rows from which sorting and filtering show a wait cursor."""


class ResultsPane(QWidget):
    """Shows the cells of a session and announces the current one. Cells are identified by id, never by row."""

    current_changed = Signal(object)
    selection_changed = Signal()
    row_wanted = Signal(int)
    """A row that must become visible."""

    def __init__(self, thumbnails: Thumbnails, theme: Theme) -> None:
        super().__init__()
        self._thumbnails = thumbnails
        self._session: Session | None = None
        self.filters = FilterBar()
        self.model = CellTableModel(thumbnails, self)
        self.table = CellTable()
        self.table.setModel(self.model)
        self.table.set_up_columns()
        self.sorting = Sorting(self.table, self.model)
        self._delegate = CellDelegate(theme)
        self.table.setItemDelegate(self._delegate)
        self.views = QStackedWidget()
        """The table, and other views of the same cells."""
        self._named: dict[str, tuple[QWidget, QWidget]] = {}
        self._empty = QLabel(self.table.viewport())
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._current: int | None = None
        self._wanted: int | None = None
        self._preselected: int | None = None
        self._waiting = False
        self.order_kept = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.filters)
        column.addWidget(self.views, 1)
        self.add_view(TABLE, self.table, self.table)
        self.setFocusProxy(self.table)
        self.filters.changed.connect(self._reload)
        self.filters.left.connect(lambda: self.setFocus())
        self.row_wanted.connect(self.table.show_row)
        self.sorting.sorted_rows.connect(self._show_current)
        self.sorting.changed.connect(self._release_order)
        self.table.selectionModel().currentRowChanged.connect(self._announce)
        self.table.selectionModel().selectionChanged.connect(self.selection_changed)
        for signal in (self.model.modelReset, self.model.rowsInserted):
            signal.connect(self._count)
        self.model.layoutAboutToBeChanged.connect(self._show_busy)
        self.model.modelAboutToBeReset.connect(self._show_busy)
        self.model.layoutChanged.connect(self._show_ready)
        self.model.modelReset.connect(self._show_ready)
        theme.changed.connect(lambda: self.filters.set_tones(theme.tones))
        self.filters.set_tones(theme.tones)
        self._count()

    # What is shown

    def show_session(self, session: Session | None, classes: Sequence[str]) -> None:
        """Shows another session without filters in natural order, or the same session under another model.

        After a change of model, the current cell becomes current again when its row arrives.
        """
        if session is not self._session:
            self.filters.forget()
            self.sorting.forget()
            self._current = None
        self._session = session
        self._thumbnails.forget()
        self.filters.set_classes(classes)
        before = self._current
        self._reload()
        self._wanted = before if before != self._current else None

    def append(self, ids: Sequence[int]) -> None:
        """Adds new results below the others; nothing moves, and only the very first row is selected."""
        self.model.append(ids)
        self._select_first()
        self._go_back()

    def finish(self) -> None:
        """Ends a run: sorts the rows that were added below into the table."""
        self.model.append_missed()
        self._select_first()
        self._go_back()
        if not self.order_kept:
            self.sorting.again()

    def filter_again(self) -> None:
        """Applies the filters to the cells as they are now; the selected cells that pass stay selected."""
        self._reload()

    def keep_order(self) -> None:
        """Keeps the rows in place until the user sorts or filters again."""
        self.order_kept = True

    def refresh(self, cells: Collection[int]) -> None:
        """Reads cells again after their verdicts changed; no row is added, removed or moved."""
        self.model.refresh(cells)
        if self._current in cells:
            self._announce()

    def show_slide(self, slide: int | None, sample: int | None = None) -> None:
        self.filters.set_slide(slide, sample)

    def current_cell(self) -> Cell | None:
        row = self.table.currentIndex().row()
        return self.model.cell_at(row) if row >= 0 else None

    def cell_after_current(self) -> Cell | None:
        row = self.table.currentIndex().row() + 1
        return self.model.cell_at(row) if 0 < row < self.model.rowCount() else None

    @property
    def empty_text(self) -> str:
        """The text shown instead of cells if there are none."""
        return "No cell passes this filter." if self.filters.narrows else "Cells appear here as they are scored."

    def selected_ids(self) -> list[int]:
        """The selected cells, in the order of the table."""
        return [self.model.id_at(row) for row in sorted(self._selected_rows())]

    @property
    def has_selection(self) -> bool:
        return bool(self.table.selectionModel().hasSelection())

    def add_view(self, name: str, page: QWidget, cells: QWidget) -> None:
        """A view of the same cells; `cells` is the part of `page` that takes the keyboard."""
        self.views.addWidget(page)
        self._named[name] = (page, cells)

    def show_view(self, name: str) -> None:
        """Shows a view, or the table if there is none of that name; the keyboard stays with the cells."""
        page, cells = self._named.get(name, self._named[TABLE])
        self.filters.switch.show_view(name)
        if page is self.views.currentWidget():
            return
        had_focus = any(widget.hasFocus() for _, widget in self._named.values())
        self.views.setCurrentWidget(page)
        self.setFocusProxy(cells)
        row = self.table.currentIndex().row()
        if row >= 0:
            self.row_wanted.emit(row)
        if had_focus:
            cells.setFocus()

    def start_search(self) -> None:
        self.filters.start_search()

    def show_column(self, column: Col, shown: bool) -> None:
        self.table.setColumnHidden(column, not shown)

    def select(self, cell: int) -> None:
        """Makes a cell the current and only selected one, and shows it."""
        row = self.model.row_of(cell)
        if row is not None:
            self.table.make_current(row)
            self.row_wanted.emit(row)

    # Layout

    def layout_state(self) -> QByteArray:
        return self.table.horizontalHeader().saveState()

    def restore_layout(self, state: QByteArray) -> None:
        """Restores the column widths, but not the sort order."""
        self.table.horizontalHeader().restoreState(state)
        self.sorting.forget()
        self.table.show_pictures()
        self.table.fit_file_column()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._empty.setGeometry(self.table.viewport().rect())

    # Internals

    def _reload(self) -> None:
        kept = [self.model.id_at(row) for row in self._selected_rows()]
        current = self._current
        self._release_order()
        self.model.show(self._session, self.filters.value)
        rows = sorted(row for row in map(self.model.row_of, kept) if row is not None)
        selection = self.table.selectionModel()
        selection.select(rows_as_selection(self.model, rows), _Select.ClearAndSelect | _Select.Rows)
        row = self.model.row_of(current) if current is not None else None
        if row is not None:
            selection.setCurrentIndex(self.model.index(row, Col.CROP), _Select.NoUpdate)
            self.row_wanted.emit(row)
        else:
            self._select_first()
        self._announce()

    def _release_order(self) -> None:
        self.order_kept = False

    def _show_current(self) -> None:
        row = self.table.currentIndex().row()
        if row >= 0:
            self.row_wanted.emit(row)
        else:
            self.table.scrollToTop()

    def _select_first(self) -> None:
        if self.model.rowCount() and not self.table.currentIndex().isValid():
            self._preselected = self.model.id_at(0)
            self.table.make_current(0)

    def _go_back(self) -> None:
        """Returns to the cell that was current under another model, unless the user has selected another one."""
        if self._wanted is not None and self.model.row_of(self._wanted) is not None:
            if self._current == self._preselected:
                self.select(self._wanted)
            self._wanted = None

    def _selected_rows(self) -> Iterable[int]:
        selection = self.table.selectionModel().selection()
        for number in range(selection.size()):
            part = selection.at(number)
            yield from range(part.top(), part.bottom() + 1)

    def _announce(self) -> None:
        cell = self.current_cell()
        self._current = cell.id if cell else None
        self.current_changed.emit(cell)

    def _show_busy(self) -> None:
        if self.model.rowCount() > _SLOW and not self._waiting:
            self._waiting = True
            QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)

    def _show_ready(self) -> None:
        if self._waiting:
            self._waiting = False
            QGuiApplication.restoreOverrideCursor()

    def _count(self) -> None:
        count = self.model.rowCount()
        self.filters.show_count(count)
        self._empty.setText(self.empty_text)
        self._empty.setVisible(count == 0)
        self._empty.setGeometry(self.table.viewport().rect())
