"""Report: choose its samples and sections, see its pages, print it and save it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QLocale, Qt, QTimer
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from sperm_viewer.domain.progress import counted
from sperm_viewer.gui.background.report_pages import PreviewPage, ReportPages
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.report.pages_view import PagesView
from sperm_viewer.gui.widgets.on_screen import fit_to_screen
from sperm_viewer.gui.widgets.theme import quiet
from sperm_viewer.reports.request import Paper, ReportFormat, ReportRequest, Section

FORMATS = {
    ReportFormat.PDF: "PDF",
    ReportFormat.HTML: "Web page (HTML)",
    ReportFormat.XLSX: "Excel workbook (XLSX)",
    ReportFormat.CSV: "Tables (CSV)",
}
_PAPERS = {Paper.A4: "A4", Paper.LETTER: "US Letter"}
_SECTIONS = {
    Section.SLIDES: "Sample and &slides",
    Section.MEASUREMENTS: "&Measurements",
    Section.REPLICATES: "&Replicates",
    Section.DEFECTS: "&Defects",
    Section.AGREEMENT: "&Agreement",
    Section.GALLERY: "Cells of each &class",
    Section.CELLS: "Referred and &overruled cells",
}
_TABLES = {ReportFormat.XLSX, ReportFormat.CSV}
_WAIT_MS = 300


class ReportDialog(QDialog):
    """Begins with `request`, whose `out` is the suggested file; `save` writes the report that it is given."""

    def __init__(
        self,
        request: ReportRequest,
        samples: Sequence[str],
        pages: ReportPages,
        ask: Ask,
        save: Callable[[ReportRequest], None],
        parent: QWidget | None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Report")
        self._request, self._pages, self._ask, self._save = request, pages, ask, save
        self.samples = QListWidget()
        self.sections = {section: QCheckBox(text) for section, text in _SECTIONS.items()}
        self.format, self.paper = QComboBox(), QComboBox()
        self.preview = PagesView()
        self._told = False
        self.status = QLabel()
        self.print_button, self.save_button = QPushButton("&Print…"), QPushButton("Sa&ve…")
        self._later = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._fill(samples)
        self._build()
        self._connect()
        self._follow()
        self._show()

    def _fill(self, samples: Sequence[str]) -> None:
        for identifier in samples:
            item = QListWidgetItem(identifier, self.samples)
            item.setFlags(Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            chosen = not self._request.samples or identifier in self._request.samples
            item.setCheckState(Qt.CheckState.Checked if chosen else Qt.CheckState.Unchecked)
        for section, box in self.sections.items():
            box.setChecked(section in self._request.sections)
        for form, text in FORMATS.items():
            self.format.addItem(text, form)
        for paper, text in _PAPERS.items():
            self.paper.addItem(text, paper)
        self.paper.setCurrentIndex(self.paper.findData(self._request.paper))

    def _build(self) -> None:
        self.samples.setAccessibleName("Samples")
        self.status.setWordWrap(True)
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        self.print_button.setToolTip("Print the pages (Ctrl+P)")
        self.print_button.setShortcut(QKeySequence(QKeySequence.StandardKey.Print))
        self.save_button.setToolTip("Save the report in the chosen format (Ctrl+S)")
        self.save_button.setShortcut(QKeySequence(QKeySequence.StandardKey.Save))
        left = QVBoxLayout()
        left.setSpacing(12)
        left.addLayout(_under("Samples", self.samples), 1)
        left.addLayout(_under("Sections", *self.sections.values()))
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.addRow("&Format", self.format)
        form.addRow("Pap&er", self.paper)
        left.addLayout(form)
        left.addWidget(self.status)
        side = QWidget()
        side.setFixedWidth(260)
        side.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        beside = QHBoxLayout()
        beside.setSpacing(16)
        beside.addWidget(side)
        beside.addWidget(self.preview, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.print_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.save_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(16)
        column.addLayout(beside, 1)
        column.addWidget(buttons)
        self.save_button.setDefault(True)
        self.resize(1100, 900)
        fit_to_screen(self)

    def _connect(self) -> None:
        self._later.timeout.connect(self._show)
        self.samples.itemChanged.connect(self._follow)
        for box in self.sections.values():
            box.toggled.connect(self._follow)
        self.format.currentIndexChanged.connect(self._follow)
        self.paper.currentIndexChanged.connect(self._follow)
        self.print_button.clicked.connect(self._print)
        self.save_button.clicked.connect(self._choose_file)
        self._pages.progressed.connect(self._say)
        self._pages.drawn.connect(self._put)
        self._pages.finished.connect(self._tell_pages)
        for signal in (self._pages.printed, self._pages.failed):
            signal.connect(self.tell)

    def tell(self, outcome: str) -> None:
        """Says what became of saving or printing, until something else is chosen."""
        self._told = True
        self.status.setText(outcome)

    def _say(self, text: str) -> None:
        """Says how far the pages are, unless that would hide an outcome."""
        if not self._told:
            self.status.setText(text)

    def request(self) -> ReportRequest:
        """The report as it is chosen."""
        items = [self.samples.item(row) for row in range(self.samples.count())]
        return replace(
            self._request,
            format=ReportFormat(self.format.currentData()),
            samples=tuple(item.text() for item in items if item.checkState() is Qt.CheckState.Checked),
            sections=frozenset(section for section, box in self.sections.items() if box.isChecked()),
            paper=Paper(self.paper.currentData()),
        )

    def done(self, result: int) -> None:
        self._pages.forget()
        super().done(result)

    def _follow(self) -> None:
        """Offers what can be done with the choice, and shows its pages soon."""
        self._told = False
        request = self.request()
        tables = request.format in _TABLES
        for box in self.sections.values():
            box.setEnabled(not tables)
            box.setToolTip("Tables always have all figures" if tables else "")
        self.paper.setEnabled(request.format is not ReportFormat.HTML and not tables)
        self.save_button.setEnabled(bool(request.samples))
        self.print_button.setEnabled(bool(request.samples) and self._pages.ready)
        self._later.start()

    def _show(self) -> None:
        self._later.stop()
        request = self.request()
        if not request.samples:
            self._pages.forget()
            self.preview.clear()
            self.status.setText("Choose a sample.")
            return
        self._pages.show(request)

    def _put(self, page: PreviewPage) -> None:
        self.preview.put(page)
        self.print_button.setEnabled(True)

    def _tell_pages(self) -> None:
        self._say(counted(self.preview.count, "page"))

    def _print(self) -> None:
        printer = self._ask.printer(self.request().paper)
        if printer:
            self.status.setText("Printing…")
            self._pages.print_on(printer)

    def _choose_file(self) -> None:
        request = self.request()
        suggested = request.out.with_suffix(f".{request.format}")
        target = self._ask.save("Save the report", suggested, f"{FORMATS[request.format]} (*.{request.format})")
        if target:
            self._save(replace(request, out=target))


def usual_paper() -> Paper:
    """US Letter where inches are in use, otherwise A4."""
    metric = QLocale.system().measurementSystem() is QLocale.MeasurementSystem.MetricSystem
    return Paper.A4 if metric else Paper.LETTER


def _under(title: str, *widgets: QWidget) -> QVBoxLayout:
    """Widgets below a title that leads to the first of them."""
    heading = quiet(QLabel(title))
    heading.setBuddy(widgets[0])
    column = QVBoxLayout()
    column.setSpacing(6)
    for widget in (heading, *widgets):
        column.addWidget(widget)
    return column
