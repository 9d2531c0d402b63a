"""Shows the pages of a report below one another, each as wide as the view."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from sperm_viewer.gui.background.report_pages import PreviewPage

_GAP = 16
_WIDEST = 900
_KEPT = 6
"""Decoded pages; more than are in view at a time."""


class PagesView(QAbstractScrollArea):
    """A page that is not drawn yet is blank."""

    def __init__(self, name: str = "Preview of the report", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Mid)
        self.viewport().setAutoFillBackground(True)
        self._pages: list[bytes | None] = []
        self._decoded: dict[int, QImage] = {}
        self._aspect = 1.414

    @property
    def count(self) -> int:
        """The number of pages, drawn or not."""
        return len(self._pages)

    def clear(self) -> None:
        self._pages, self._decoded = [], {}
        self._lay_out()

    def put(self, page: PreviewPage) -> None:
        """Shows a page; the first page of another report takes the place of all of them."""
        if page.number == 1 or page.of != len(self._pages):
            self._pages, self._decoded = [None] * page.of, {}
        self._pages[page.number - 1] = page.png
        self._decoded.pop(page.number, None)
        if page.number == 1:
            image = self.page(1)
            self._aspect = image.height() / image.width()
            self._lay_out()
        self.viewport().update()

    def page(self, number: int) -> QImage:
        """The picture of a page, from 1; a null image while it isn't drawn."""
        if number in self._decoded:
            return self._decoded[number]
        png = self._pages[number - 1]
        if png is None:
            return QImage()
        image = QImage.fromData(png)
        self._decoded[number] = image
        if len(self._decoded) > _KEPT:
            del self._decoded[next(iter(self._decoded))]
        return image

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for number in range(1, self.count + 1):
            where = self._where(number)
            if where.intersects(event.rect()):
                painter.fillRect(where, Qt.GlobalColor.white)
                image = self.page(number)
                if not image.isNull():
                    painter.drawImage(where, image)

    def _width(self) -> int:
        return max(1, min(_WIDEST, self.viewport().width() - 2 * _GAP))

    def _step(self) -> int:
        return round(self._width() * self._aspect) + _GAP

    def _where(self, number: int) -> QRect:
        wide = self._width()
        top = _GAP + (number - 1) * self._step() - self.verticalScrollBar().value()
        return QRect((self.viewport().width() - wide) // 2, top, wide, self._step() - _GAP)

    def _lay_out(self) -> None:
        bar = self.verticalScrollBar()
        share = bar.value() / bar.maximum() if bar.maximum() else 0.0
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(60)
        bar.setRange(0, max(0, _GAP + self.count * self._step() - self.viewport().height()))
        bar.setValue(round(share * bar.maximum()))
        self.viewport().update()
