"""The app's own icons, drawn in the colour of the text beside them."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from sperm_viewer.gui.widgets.theme import Tones
from sperm_viewer.system import paths

_SIZES = (16, 20, 24, 32, 40, 48, 64, 72, 96)
"""Enough of them that an icon is sharp at every scale from 100% to 300%."""


def app_icon() -> QIcon:
    icon = QIcon()
    for size in (16, 32, 48, 64, 128, 256, 512):
        icon.addPixmap(_drawn(_source("app"), size))
    return icon


def tinted(name: str, tones: Tones) -> QIcon:
    """A monochrome icon in the theme's text colour, and paler where its action is disabled."""
    icon = QIcon()
    source = _source(name)
    for mode, colour in ((QIcon.Mode.Normal, tones.text), (QIcon.Mode.Disabled, tones.faint)):
        coloured = source.replace("currentColor", colour)
        for size in _SIZES:
            icon.addPixmap(_drawn(coloured, size), mode)
    return icon


def pixmap(name: str, tones: Tones, size: int, ratio: float) -> QPixmap:
    """An icon `size` logical pixels large, for a screen of that device pixel ratio."""
    drawn = _drawn(_source(name).replace("currentColor", tones.faint), round(size * ratio))
    drawn.setDevicePixelRatio(ratio)
    return drawn


def _source(name: str) -> str:
    return (paths.resources() / "icons" / f"{name}.svg").read_text("utf-8")


def _drawn(source: str, size: int) -> QPixmap:
    picture = QPixmap(size, size)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(source.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return picture
