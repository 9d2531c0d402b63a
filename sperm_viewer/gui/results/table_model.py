"""The table's model: stores ids only, and reads a row when the view needs it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from sperm_viewer.domain.cell import Cell
from sperm_viewer.gui.background.thumbnails import Thumbnails
from sperm_viewer.gui.results.columns import COLUMNS, Col
from sperm_viewer.gui.widgets.plain_tip import plain_tip
from sperm_viewer.session.session import CellFilter, Order, Session

CELL_ROLE = Qt.ItemDataRole.UserRole + 1
THUMBNAILS_ROLE = Qt.ItemDataRole.UserRole + 2
_PAGE = 64
_CACHED = 64 * _PAGE
_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class CellTableModel(QAbstractTableModel):
    """The cells of a session that pass a filter, sorted, with newly scored cells at the end."""

    loaded = Signal()
    """The rows have changed: selections must be restored by id."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._session: Session | None = None
        self._ids: list[int] = []
        self._rows: dict[int, int] = {}
        self._cells: OrderedDict[int, Cell] = OrderedDict()
        self._order = Order.NATURAL
        self._descending = False
        self._where = CellFilter()
        thumbnails.ready.connect(self._repaint_thumbnails)

    # What is shown

    def show(self, session: Session | None, where: CellFilter) -> None:
        """Reads the ids of a session's cells; rows are read when the view needs them.

        Another session starts in natural order.
        """
        if session is not self._session:
            self._order, self._descending = Order.NATURAL, False
        self._session = session
        self._where = where
        # Queried before the reset begins: an error must not leave the views between two states.
        ids = self._query()
        self.beginResetModel()
        self._cells.clear()
        self._take(ids)
        self.endResetModel()
        self.loaded.emit()

    def append(self, ids: Sequence[int]) -> None:
        """Adds rows for new cells at the end; reads the others again."""
        if self._session is None or not ids:
            return
        for known in (i for i in ids if i in self._rows):
            self._cells.pop(known, None)
            self._repaint(known)
        new = [i for i in self._session.cell_ids(where=self._where, among=ids) if i not in self._rows]
        if new:
            first = len(self._ids)
            self.beginInsertRows(QModelIndex(), first, first + len(new) - 1)
            self._rows.update((cell, first + number) for number, cell in enumerate(new))
            self._ids.extend(new)
            self.endInsertRows()

    def refresh(self, cells: Collection[int]) -> None:
        """Reads these cells again; their rows stay even if filter or order would now differ."""
        if len(cells) > _PAGE:
            # Those in sight are read when they are drawn.
            for cell in cells:
                self._cells.pop(cell, None)
            self.dataChanged.emit(self.index(0, Col.CROP), self.index(len(self._ids) - 1, Col.REVIEWER))
            return
        self._fetch([cell for cell in cells if cell in self._cells])
        for cell in cells:
            self._repaint(cell)

    def append_missed(self) -> None:
        """Adds rows for cells that are stored but were not announced, as after a cancelled run."""
        self.append([i for i in self._query() if i not in self._rows])

    def ids(self) -> Sequence[int]:
        return self._ids

    def id_at(self, row: int) -> int:
        return self._ids[row]

    def row_of(self, cell: int) -> int | None:
        return self._rows.get(cell)

    def cell_at(self, row: int) -> Cell | None:
        """The cell in a row; also reads the rows around it, which are likely to be needed next."""
        wanted = self._ids[row]
        if wanted not in self._cells:
            start = row - row % _PAGE
            self._fetch(self._ids[start : start + _PAGE])
        cell = self._cells.get(wanted)
        if cell:
            self._cells.move_to_end(wanted)
        return cell

    def read(self, rows: Sequence[int], around: Sequence[int]) -> None:
        """Reads the cells `around` at once if one of `rows` has not been read."""
        if any(self._ids[row] not in self._cells for row in rows):
            self._fetch([self._ids[row] for row in around if self._ids[row] not in self._cells])

    def _fetch(self, ids: Sequence[int]) -> None:
        if self._session:
            self._cells.update((cell.id, cell) for cell in self._session.cells(ids))
        while len(self._cells) > _CACHED:
            self._cells.popitem(last=False)

    def _query(self) -> list[int]:
        return self._session.cell_ids(self._order, self._descending, self._where) if self._session else []

    def _take(self, ids: Iterable[int]) -> None:
        self._ids = list(ids)
        self._rows = {cell: row for row, cell in enumerate(self._ids)}

    def _repaint_thumbnails(self, cell: int) -> None:
        self._repaint(cell, Col.HEAT)

    def _repaint(self, cell: int, last: Col = Col.REVIEWER) -> None:
        row = self._rows.get(cell)
        if row is not None:
            self.dataChanged.emit(self.index(row, Col.CROP), self.index(row, last))

    # Qt overrides

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or role not in _ANSWERED:
            return None
        cell = self.cell_at(index.row())
        if cell is None or role == CELL_ROLE:
            return cell
        column = COLUMNS[index.column()]
        if role == THUMBNAILS_ROLE:
            return self._thumbnails.of(cell)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(column.more(cell)) or None
        if role == Qt.ItemDataRole.DisplayRole and index.column() in (Col.CROP, Col.HEAT):
            return None
        return column.text(cell)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | int | None:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section].title
        if role == Qt.ItemDataRole.ToolTipRole:
            sortable = ". Click to sort." if COLUMNS[section].order else ""
            return COLUMNS[section].tip + sortable
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sorts by native values, ties in natural order; selected cells stay selected."""
        wanted = COLUMNS[column].order if 0 <= column < len(COLUMNS) else None
        self._order = wanted or Order.NATURAL
        self._descending = wanted is not None and order == Qt.SortOrder.DescendingOrder
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        marked = [(self._ids[index.row()], index.column()) for index in before]
        known = self._rows
        self._take(i for i in self._query() if i in known)
        after = [self.index(self._rows.get(cell, -1), place) for cell, place in marked]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()


_ANSWERED = {
    int(Qt.ItemDataRole.DisplayRole),
    int(Qt.ItemDataRole.ToolTipRole),
    int(Qt.ItemDataRole.AccessibleTextRole),
    CELL_ROLE,
    THUMBNAILS_ROLE,
}
