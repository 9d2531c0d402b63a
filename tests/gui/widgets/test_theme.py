"""Both themes can be read: text, boxes, and what a screen reader says."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from made_up import fill
from PySide6.QtGui import QAccessible, QColor, QPixmap
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QComboBox, QLabel, QLineEdit, QWidget

from sperm_viewer.app import Desktop
from sperm_viewer.gui.widgets.theme import DARK, LIGHT, Theme, Tones

_READABLE = 4.5
"""WCAG 2.2, criterion 1.4.3: the contrast of text."""
_SEEN = 3.0
"""WCAG 2.2, criterion 1.4.11: the contrast of a control."""


def contrast(one: QColor, other: QColor) -> float:
    """WCAG 2.2: (lighter + 0.05) / (darker + 0.05), of relative luminances."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: QColor) -> float:
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("tones", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_tone_can_be_read_on_every_ground(tones: Tones) -> None:
    grounds = (tones.window, tones.base, tones.selected, tones.hover, tones.image_background)
    for text, ground in product((tones.text, tones.muted, tones.accent), grounds):
        assert contrast(QColor(text), QColor(ground)) >= _READABLE, (text, ground)
    assert contrast(QColor(tones.on_accent), QColor(tones.accent)) >= _READABLE


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_frame_of_an_unticked_box_is_seen(qapp: QApplication, name: str) -> None:
    theme = Theme(qapp, name)
    box = QCheckBox("Group")
    box.resize(box.sizeHint())
    picture = QPixmap(box.size())
    box.ensurePolished()
    box.render(picture)
    image, ground = picture.toImage(), QColor(theme.tones.window)
    middle = image.height() // 2
    best = max(contrast(image.pixelColor(x, middle), ground) for x in range(6))
    theme.choose("system")
    assert best >= _SEEN


@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_text_in_the_window_can_be_read_and_has_a_plain_name(
    open_desktop: Callable[..., Desktop], tmp_path: Path, name: str
) -> None:
    desktop = open_desktop()
    desktop.controller.settings.update(theme=name)
    desktop.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 12, "B": 5}, tmp_path)])
    QApplication.processEvents()
    shown = [widget for widget in desktop.window.findChildren(QWidget) if widget.isVisible() and widget.isEnabled()]
    texts = [widget for widget in shown if isinstance(widget, QLabel | QAbstractButton | QComboBox | QLineEdit)]
    assert len(texts) > 20
    for widget in texts:
        palette = widget.palette()
        ratio = contrast(palette.color(widget.foregroundRole()), palette.color(widget.backgroundRole()))
        assert ratio >= _READABLE, widget
        said = QAccessible.queryAccessibleInterface(widget)
        for part in (QAccessible.Text.Name, QAccessible.Text.Description):
            assert "<" not in said.text(part), said.text(part)
    desktop.controller.settings.update(theme="system")
