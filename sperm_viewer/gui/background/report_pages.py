"""Makes the pages of a report for a preview and for a printer, in the background."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QBuffer, QByteArray, QObject, Signal
from PySide6.QtGui import QImageWriter
from PySide6.QtPrintSupport import QPrinter

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.gui.background.tasks import Tasks, telling
from sperm_viewer.reports.request import Paper, ReportFormat, ReportRequest, Section

if TYPE_CHECKING:
    from sperm_viewer.reports.pdf.write import SheetPicture
    from sperm_viewer.reports.write import Content

PAGE_WIDTH = 1240
"""Pixels of a page of the preview, so that it is sharp on a screen of twice the usual density."""


_Say = Callable[[threading.Event, object], None]


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """Page `number` of `of`, from 1, as a PNG file."""

    number: int
    of: int
    png: bytes


class ReportPages(QObject):
    """Every request takes the place of the one before. `ready` says whether the page can be printed."""

    progressed = Signal(str)
    drawn = Signal(object)
    """A PreviewPage."""
    finished = Signal()
    printed = Signal(str)
    failed = Signal(str)
    _made = Signal(object, object)
    """What stops the work, and a PreviewPage or a sentence on its progress."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = Tasks(1, self)
        self._fail = telling(self.failed.emit)
        self._stop = threading.Event()
        self._request: ReportRequest | None = None
        self._content: Content | None = None
        self._content_of: ReportRequest | None = None
        self._made.connect(self._pass_on)

    @property
    def ready(self) -> bool:
        return self._content is not None

    def show(self, request: ReportRequest) -> None:
        """Draws the pages of this report; what it shows is read again only if the samples have changed."""
        self._stop.set()
        self._stop = threading.Event()
        self._request = request
        if self._content and self._content_of == _read_for(request):
            self._draw()
            return
        self._content = None
        self._start(partial(_read, _read_for(request), self._stop, self._made.emit), self._have_content)

    def print_on(self, printer: QPrinter) -> None:
        """Prints the report that is shown."""
        if self._content and self._request:
            work = partial(_print, self._content, self._request.sections, printer)
            self._tasks.start(work, self.printed.emit, self._fail)

    def forget(self) -> None:
        """Stops, and drops what was read; the next request reads the session anew."""
        self._stop.set()
        self._request = self._content = self._content_of = None

    def close(self) -> None:
        self.forget()
        self._tasks.close()

    def _pass_on(self, stop: threading.Event, made: PreviewPage | str) -> None:
        # A page of an earlier request may still be under way when the next one comes.
        if not stop.is_set():
            (self.progressed if isinstance(made, str) else self.drawn).emit(made)

    def _start(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        stop = self._stop

        def unless_stopped(then: Callable[[Any], None], answer: Any) -> None:
            if not stop.is_set():
                then(answer)

        self._tasks.start(work, partial(unless_stopped, done), partial(unless_stopped, self._fail))

    def _have_content(self, content: Content | None) -> None:
        if content and self._request:
            self._content, self._content_of = content, _read_for(self._request)
            self._draw()

    def _draw(self) -> None:
        if self._content and self._request:
            work = partial(_draw, self._content, self._request, self._stop, self._made.emit)
            self._start(work, lambda _: self.finished.emit())


def _read_for(request: ReportRequest) -> ReportRequest:
    """The request that reads enough for this one whatever its sections and its paper."""
    return replace(request, format=ReportFormat.PDF, sections=frozenset(Section), paper=Paper.A4)


def _read(request: ReportRequest, stop: threading.Event, say: _Say) -> Content | None:
    """None if it was stopped."""
    # What reports need is imported when one is wanted: the window opens sooner.
    from sperm_viewer.reports.write import read_content

    steps = read_content(request)
    while not stop.is_set():
        try:
            step = next(steps)
        except StopIteration as end:
            found: Content = end.value
            return found
        say(stop, f"Reading the cells… {step.done:,} of {step.total:,}" if step.done else "Reading the session…")
    steps.close()
    return None


def _draw(content: Content, request: ReportRequest, stop: threading.Event, show: _Say) -> None:
    from sperm_viewer.reports.pdf.write import pictures

    for picture in pictures(content.page(request.sections), request.paper, PAGE_WIDTH):
        if stop.is_set():
            return
        show(stop, preview_page(picture))


def preview_page(picture: SheetPicture) -> PreviewPage:
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(picture.image)
    return PreviewPage(picture.number, picture.of, bytes(buffer.data().data()))


def _print(content: Content, sections: frozenset[Section], printer: QPrinter) -> str:
    from sperm_viewer.reports.pdf.write import paint

    first, last = printer.fromPage() or 1, printer.toPage() or None
    target = printer.outputFileName() or printer.printerName()
    if not paint(content.page(sections), printer, first, last):
        raise SpermViewerError(f"{target}: the report was not printed. Check the printer, or save the report as PDF.")
    return f"Sent the report to {target}."
