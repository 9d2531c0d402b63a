"""The whole tree of widgets: names for screen readers, contrast in both themes, and the order of the Tab key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise, product
from pathlib import Path

import pytest
from made_up import fill
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QColor
from PySide6.QtWidgets import QApplication, QCheckBox, QDialog, QLineEdit, QScrollBar, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.gui.widgets.theme import DARK, LIGHT, Theme, Tones

_DIALOGS = (
    ActionId.SETTINGS,
    ActionId.KEYS,
    ActionId.ABOUT,
    ActionId.HEATMAP_HELP,
    ActionId.SLIDE_DETAILS,
    ActionId.SAMPLE_DETAILS,
    ActionId.GUIDE,
)
_TEXT, _SHAPE = 4.5, 3.0
"""WCAG 2.1: the least contrast of text, and of what tells a control from its surroundings."""


@pytest.fixture
def opened(open_desktop, qapp: QApplication, tmp_path: Path) -> Desktop:
    desktop: Desktop = open_desktop()
    desktop.window.resize(1280, 720)
    desktop.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 12, "B": 5}, tmp_path)])
    qapp.processEvents()
    return desktop


def contrast(one: QColor, other: QColor) -> float:
    """WCAG 2.1: from 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: QColor) -> float:
    parts = [v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in colour.getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _shown(root: QWidget) -> Iterator[QWidget]:
    for widget in (root, *root.findChildren(QWidget)):
        if widget.isVisible() and widget.isEnabled():
            yield widget


def _faults(root: QWidget) -> list[str]:
    """What a screen reader or weak eyes would stumble over."""
    found = []
    for widget in _shown(root):
        spoken = QAccessible.queryAccessibleInterface(widget)
        name, more = (spoken.text(kind) for kind in (QAccessible.Text.Name, QAccessible.Text.Description))
        what = f"{type(widget).__name__} '{name}'"
        if "<" in name or "<" in more:
            found.append(f"{what}: markup would be read out: {more}")
        reached = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not widget.objectName().startswith("qt_")
        if reached and not name.strip():
            found.append(f"{what} in {type(widget.parent()).__name__}: the Tab key stops here, and it has no name")
        palette = widget.palette()
        against = contrast(palette.color(widget.foregroundRole()), palette.color(widget.backgroundRole()))
        if against < _TEXT and not isinstance(widget, QScrollBar):
            found.append(f"{what}: contrast {against:.1f}")
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_that_is_shown_can_be_read_out_and_read(opened: Desktop, qapp: QApplication, theme: str) -> None:
    window = opened.window
    opened.settings.update(theme=theme)
    qapp.processEvents()
    assert _faults(window) == []
    window.action(ActionId.GALLERY).trigger()
    qapp.processEvents()
    assert _faults(window) == []
    window.action(ActionId.GALLERY).trigger()
    window.workspace.slides.list.setCurrentIndex(window.workspace.slides.model.index(1))
    for action in _DIALOGS:
        window.action(action).trigger()
        qapp.processEvents()
        dialogs = [widget for widget in qapp.topLevelWidgets() if isinstance(widget, QDialog) and widget.isVisible()]
        assert dialogs, action
        for dialog in dialogs:
            assert _faults(dialog) == [], action
            dialog.close()
    opened.controller.close_session()
    qapp.processEvents()
    assert _faults(window) == []


@pytest.mark.parametrize("tones", [LIGHT, DARK])
def test_what_is_painted_by_hand_has_contrast_too(tones: Tones) -> None:
    grounds = (tones.window, tones.base, tones.hover, tones.selected)
    for text, ground in product((tones.text, tones.muted), grounds):
        assert contrast(QColor(text), QColor(ground)) >= _TEXT, (text, ground)
    assert contrast(QColor(tones.muted), QColor(tones.image_background)) >= _TEXT
    assert contrast(QColor(tones.on_accent), QColor(tones.accent)) >= _TEXT
    for ground in grounds:
        assert contrast(QColor(tones.accent), QColor(ground)) >= _SHAPE, ground


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("make", [lambda: QCheckBox("Group by class"), QLineEdit])
def test_an_unticked_box_and_an_empty_field_are_seen_in_both_themes(
    qapp: QApplication, qtbot: QtBot, theme: str, make: Callable[[], QWidget]
) -> None:
    applied = Theme(qapp, theme)
    control = make()
    qtbot.addWidget(control)
    control.show()
    picture = control.grab().toImage()
    row = picture.height() // 2
    ground = QColor(applied.tones.window)
    edge = max(contrast(picture.pixelColor(x, row), ground) for x in range(picture.height() // 2))
    Theme(qapp, "light")
    assert edge >= _SHAPE


def test_the_tab_key_goes_through_the_window_as_it_is_read(opened: Desktop) -> None:
    window, workspace = opened.window, opened.window.workspace
    order, widget = [], window.nextInFocusChain()
    while widget is not window:
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            order.append(widget)
        widget = widget.nextInFocusChain()
    parts = (window.toolbar, workspace.slides, workspace.results.filters, workspace.results.table, workspace.cell)
    places = [
        [n for n, widget in enumerate(order) if part is widget or part.isAncestorOf(widget)]
        for part in (*parts, window.status)
    ]
    assert all(places)
    for before, after in pairwise(places):
        assert max(before) < min(after)
    verdict = workspace.cell.verdict
    buttons = [order.index(button) for button in verdict._shown]
    assert buttons == sorted(buttons)
    assert buttons[-1] < order.index(verdict.note) < order.index(verdict.anomalies.findChild(QToolButton))
