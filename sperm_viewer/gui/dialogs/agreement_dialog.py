"""The agreement of each two readings, and the cells behind each number with the class from each reader."""

from __future__ import annotations

import html
from collections.abc import Collection, Mapping, Sequence

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtWidgets import QAbstractItemView, QSplitter, QTableWidget, QTableWidgetItem, QTextBrowser, QWidget

from sperm_viewer.domain.progress import counted
from sperm_viewer.gui.dialogs.close_dialog import CloseDialog
from sperm_viewer.session.agreements import Outcome, ReadingsCompared, ReadingsSideBySide
from sperm_viewer.statistics.agreement import Agreement

Compared = Mapping[str, Sequence[ReadingsCompared]]
"""The readings that were compared, by the identifier of their sample."""
_ALL = "all"


class AgreementDialog(CloseDialog):
    cell_chosen = Signal(int)
    """The id of a cell to show in the window."""

    def __init__(self, compared: Compared, readings: ReadingsSideBySide, parent: QWidget | None) -> None:
        super().__init__("Agreement of the readings", 860, 780, parent)
        self.pairs = [pair for pairs in compared.values() for pair in pairs]
        self._readings = readings
        self.page = QTextBrowser()
        self.page.setAccessibleName("Agreement of the readings")
        self.page.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.page.document().setDocumentMargin(18)
        self.page.setOpenLinks(False)
        self.page.setHtml(agreement_html(compared, readings))
        self.page.anchorClicked.connect(self._show_cells_of)
        self.table = _table_of(readings)
        self.table.cellActivated.connect(self._choose)
        self.table.setVisible(bool(readings.rows))
        both = QSplitter(Qt.Orientation.Vertical)
        both.setChildrenCollapsible(False)
        both.addWidget(self.page)
        both.addWidget(self.table)
        both.setStretchFactor(0, 3)
        both.setStretchFactor(1, 2)
        self.stack(both)

    def _show_cells_of(self, link: QUrl) -> None:
        """Leaves the cells behind one number of a confusion table in the list, or all cells."""
        wanted = None if link.toString() == _ALL else _cells_behind(self.pairs, link.toString())
        for row, read in enumerate(self._readings.rows):
            self.table.setRowHidden(row, wanted is not None and read.cell.id not in wanted)

    def _choose(self, row: int) -> None:
        self.cell_chosen.emit(self._readings.rows[row].cell.id)
        self.accept()


def agreement_html(compared: Compared, readings: ReadingsSideBySide) -> str:
    """A page about the agreement. Class names are escaped, since anyone can write a model folder."""
    if not any(compared.values()):
        return "<p>No cell has been read twice yet.</p>"
    several, parts, number = len(compared) > 1, [], 0
    for sample, pairs in compared.items():
        if several and pairs:
            parts.append(f"<h2>Sample {html.escape(sample)}</h2>")
        for pair in pairs:
            names = f"{pair.one.capitalize()} and {pair.other}"
            parts.append(f"<h3>{names}</h3><p>{_in_words(pair.agreement)}</p>{_confusion_html(pair, number)}")
            number += 1
    outcomes = [f"{outcome}: {readings.count(outcome):,}" for outcome in Outcome if readings.count(outcome)]
    parts.append(
        "<p>Kappa is Cohen's; the intervals are at 95%. Answers accepted in bulk are no reading. The model and the "
        "first reader don't judge independently: the first reader saw the model's answer.</p>"
        f"<p>Cells read twice or more: {'; '.join(outcomes)}. A number of a table shows its cells below;"
        f' <a href="{_ALL}">show all</a>. Double click a cell to go to it.</p>'
    )
    return "".join(parts)


def _in_words(found: Agreement) -> str:
    parts = []
    if found.percent is not None:
        parts.append(
            f"The same class for {found.agreed:,} of {counted(found.cells, 'cell')}: <b>{found.percent:.1f}%</b> "
            f"({found.low:.1f} to {found.high:.1f}%)."
        )
    if found.kappa is not None:
        interval = "" if found.kappa_low is None else f" ({found.kappa_low:.2f} to {found.kappa_high:.2f})"
        parts.append(f"Kappa <b>{found.kappa:.2f}</b>{interval}.")
    return " ".join([*parts, html.escape(found.note)])


def _confusion_html(pair: ReadingsCompared, number: int) -> str:
    """Rows are one reading, columns the other; classes that neither used are left out."""
    table = pair.agreement.confusion
    places = [
        place
        for place in range(len(table.classes))
        if sum(table.counts[place]) + sum(row[place] for row in table.counts) > 0
    ]
    if not places:
        return ""
    cell = '<td align="right" style="padding: 2px 10px">'
    heads = "".join(f"{cell}{html.escape(table.classes[place])}</td>" for place in places)
    rows = []
    for row in places:
        counts = [(table.counts[row][column], f"{number}/{row}/{column}") for column in places]
        cells = "".join(
            f'{cell}<a href="{link}">{count:g}</a></td>' if count else f"{cell}0</td>" for count, link in counts
        )
        rows.append(f'<tr><td style="padding: 2px 10px 2px 0">{html.escape(table.classes[row])}</td>{cells}</tr>')
    caption = f"<p>Rows: {pair.one}. Columns: {pair.other}.</p>"
    return f"{caption}<table><tr><td></td>{heads}</tr>{''.join(rows)}</table>"


def _cells_behind(pairs: Sequence[ReadingsCompared], link: str) -> Collection[int]:
    number, row, column = (int(part) for part in link.split("/"))
    pair = pairs[number]
    classes = pair.agreement.confusion.classes
    return pair.cells(classes[row], classes[column])


def _table_of(readings: ReadingsSideBySide) -> QTableWidget:
    """A row for each cell, a column for each reader."""
    named = zip(readings.columns, readings.readers, strict=True)
    heads = ["Sample", "Slide", "File", *(f"{name}\n{reader}" for name, reader in named), "Consensus", "Outcome"]
    table = QTableWidget(len(readings.rows), len(heads))
    table.setAccessibleName("Cells that were read twice or more")
    table.setHorizontalHeaderLabels(heads)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.verticalHeader().hide()
    for row, read in enumerate(readings.rows):
        place = (read.cell.sample, read.cell.slide_name, read.cell.ref.path.name)
        for column, text in enumerate((*place, *read.classes, read.consensus, str(read.outcome))):
            table.setItem(row, column, QTableWidgetItem(text))
    table.resizeColumnsToContents()
    return table
