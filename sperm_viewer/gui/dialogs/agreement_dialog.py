"""How far the model, the first and the second reader agree, on a page of its own."""

from __future__ import annotations

import html
from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from sperm_viewer.domain.progress import counted
from sperm_viewer.gui.dialogs.close_dialog import PageDialog
from sperm_viewer.session.readings import ReadingsCompared
from sperm_viewer.statistics.agreement import Agreement


class AgreementDialog(PageDialog):
    def __init__(self, compared: Sequence[ReadingsCompared], parent: QWidget | None) -> None:
        super().__init__("Agreement of the readings", parent)
        self.page.setHtml(agreement_html(compared))


def agreement_html(compared: Sequence[ReadingsCompared]) -> str:
    """Names of classes come from model folders, which may be anyone's: nothing in them is markup."""
    if not compared:
        return "<p>No cell was read a second time yet.</p>"
    parts = [
        f"<h3>{pair.one.capitalize()} and {pair.other}</h3><p>{_in_words(pair.agreement)}</p>{_table(pair)}"
        for pair in compared
    ]
    return "".join(parts) + "<p>Kappa is Cohen's; the intervals are at 95%.</p>"


def _in_words(found: Agreement) -> str:
    said = []
    if found.percent is not None:
        said.append(
            f"The same class for {found.agreed:,} of {counted(found.cells, 'cell')}: <b>{found.percent:.1f}%</b> "
            f"({found.low:.1f} to {found.high:.1f}%)."
        )
    if found.kappa is not None:
        interval = "" if found.kappa_low is None else f" ({found.kappa_low:.2f} to {found.kappa_high:.2f})"
        said.append(f"Kappa <b>{found.kappa:.2f}</b>{interval}.")
    return " ".join([*said, html.escape(found.note)])


def _table(pair: ReadingsCompared) -> str:
    """Rows are the one reading, columns the other; classes that neither gave are left out."""
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
    rows = "".join(
        f'<tr><td style="padding: 2px 10px 2px 0">{html.escape(table.classes[row])}</td>'
        + "".join(
            f"{cell}{'<b>' if row == column else ''}{table.counts[row][column]:g}{'</b>' if row == column else ''}</td>"
            for column in places
        )
        + "</tr>"
        for row in places
    )
    caption = f"<p>Rows: {pair.one}. Columns: {pair.other}.</p>"
    return f"{caption}<table><tr><td></td>{heads}</tr>{rows}</table>"
