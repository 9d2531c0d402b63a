"""The light and the dark theme: one accent and neutral greys, since colour beside a stain misleads the eye."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QLabel

_SCHEMES = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}


@dataclass(frozen=True, slots=True)
class Tones:
    """All greys of the window, and its accent. `image_background` is behind crops; `selected` is a selected row."""

    window: str
    base: str
    line: str
    text: str
    muted: str
    faint: str
    image_background: str
    selected: str
    hover: str
    accent: str
    on_accent: str


LIGHT = Tones(
    window="#f2f2f2",
    base="#fcfcfc",
    line="#d6d6d6",
    text="#1d1d1d",
    muted="#5c5c5c",
    faint="#a3a3a3",
    image_background="#e2e2e2",
    selected="#dedede",
    hover="#e6e6e6",
    accent="#3f57b0",
    on_accent="#ffffff",
)
DARK = Tones(
    window="#262626",
    base="#1e1e1e",
    line="#3d3d3d",
    text="#e6e6e6",
    muted="#b0b0b0",
    faint="#6e6e6e",
    image_background="#303030",
    selected="#3c3c3c",
    hover="#333333",
    accent="#93a7f0",
    on_accent="#15182a",
)


class Theme(QObject):
    """Follows the system's colour scheme unless the settings name one; `changed` comes after the palette is set."""

    changed = Signal()

    def __init__(self, app: QApplication, chosen: str = "system") -> None:
        super().__init__()
        self._app = app
        self._chosen = ""
        self.tones = LIGHT
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(self._apply)
        self.choose(chosen)

    def choose(self, name: str) -> None:
        """Sets `light` or `dark`; any other name follows the system. Nothing happens if it is chosen already."""
        if name == self._chosen:
            return
        self._chosen = name
        hints = self._app.styleHints()
        if name in _SCHEMES:
            hints.setColorScheme(_SCHEMES[name])
        else:
            hints.unsetColorScheme()
        self._apply()

    @property
    def is_dark(self) -> bool:
        # A platform without colour schemes may report nothing, so the user's choice comes first.
        if self._chosen in _SCHEMES:
            return self._chosen == "dark"
        return self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark

    def _apply(self) -> None:
        self.tones = DARK if self.is_dark else LIGHT
        self._app.setPalette(_palette(self.tones))
        self._app.setStyleSheet(_style(self.tones))
        self.changed.emit()


def heading_font(font: QFont) -> QFont:
    """The font of headings, derived from the font of the text."""
    larger = QFont(font)
    larger.setPointSizeF(font.pointSizeF() * 1.25)
    larger.setWeight(QFont.Weight.DemiBold)
    return larger


def quiet(label: QLabel) -> QLabel:
    """Gives a label the muted colour of secondary text."""
    label.setProperty("quiet", True)
    return label


def _palette(tones: Tones) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    colours = {
        role.Window: tones.window,
        role.WindowText: tones.text,
        role.Base: tones.base,
        role.AlternateBase: tones.window,
        role.Text: tones.text,
        role.Button: tones.window,
        role.ButtonText: tones.text,
        role.BrightText: tones.text,
        role.ToolTipBase: tones.base,
        role.ToolTipText: tones.text,
        role.PlaceholderText: tones.muted,
        role.Highlight: tones.accent,
        role.HighlightedText: tones.on_accent,
        role.Accent: tones.accent,
        role.Link: tones.accent,
        role.LinkVisited: tones.accent,
        role.Mid: tones.line,
        role.Midlight: tones.hover,
        role.Dark: tones.faint,
        role.Light: tones.base,
    }
    for which, colour in colours.items():
        palette.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(tones.faint))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(tones.line))
    return palette


def _style(tones: Tones) -> str:
    """The style that a palette can't express: flat bars, spacing, and a visible focus."""
    return f"""
    QToolBar {{ border: none; padding: 6px 8px; spacing: 4px; background: {tones.window}; }}
    QToolBar QToolButton {{ padding: 5px 9px; border: 1px solid transparent; border-radius: 5px; }}
    QToolBar QToolButton:hover {{ background: {tones.hover}; }}
    QToolBar QToolButton:checked {{ background: {tones.selected}; }}
    QToolBar QToolButton:focus {{ border: 1px solid {tones.accent}; }}
    QToolBar QToolButton[popupMode="2"] {{ padding-right: 20px; }}
    QToolBar QToolButton::menu-indicator {{ subcontrol-position: right center; right: 5px; }}
    QToolBar QToolButton#qt_toolbar_ext_button {{ padding: 0; min-width: 16px; }}
    QToolButton[assigning="true"] {{ padding: 4px 8px; border: 1px solid {tones.line}; border-radius: 5px;
        background: {tones.base}; }}
    QToolButton[assigning="true"]:hover {{ background: {tones.hover}; }}
    QToolButton[assigning="true"]:checked {{ border: 2px solid {tones.accent}; padding: 3px 7px; }}
    QToolButton[assigning="true"]:focus {{ border-color: {tones.accent}; }}
    QToolButton[assigning="true"]:disabled {{ color: {tones.faint}; }}
    QToolButton[switch="true"] {{ padding: 4px 9px; border: 1px solid transparent; border-radius: 5px;
        color: {tones.muted}; }}
    QToolButton[switch="true"]:hover {{ background: {tones.hover}; }}
    QToolButton[switch="true"]:checked {{ background: {tones.selected}; color: {tones.text}; }}
    QToolButton[switch="true"]:focus {{ border: 1px solid {tones.accent}; }}
    QStatusBar {{ border-top: 1px solid {tones.line}; }}
    QStatusBar::item {{ border: none; }}
    QSplitter::handle {{ background: {tones.line}; }}
    QAbstractItemView {{ border: none; outline: none; background: {tones.base};
        selection-background-color: {tones.selected}; selection-color: {tones.text}; }}
    QComboBox QAbstractItemView {{ border: 1px solid {tones.line}; }}
    QHeaderView {{ background: {tones.base}; border: none; }}
    QHeaderView::section {{ background: {tones.base}; color: {tones.muted}; padding: 6px 8px; border: none;
        border-bottom: 1px solid {tones.line}; }}
    QHeaderView::section:hover {{ color: {tones.text}; }}
    QCheckBox::indicator:unchecked, QAbstractItemView::indicator:unchecked {{ border: 1px solid {tones.muted};
        border-radius: 2px; background: {tones.base}; }}
    QLineEdit {{ border: 1px solid {tones.muted}; border-radius: 3px; padding: 3px 4px; background: {tones.base}; }}
    QLineEdit:focus {{ border-color: {tones.accent}; }}
    QComboBox QLineEdit, QAbstractSpinBox QLineEdit {{ border: none; padding: 0; background: transparent; }}
    QTableWidget::item {{ padding: 2px 8px; }}
    QScrollArea {{ border: 1px solid transparent; }}
    QAbstractScrollArea::corner {{ background: {tones.base}; border: none; }}
    QScrollArea:focus {{ border: 1px solid {tones.accent}; }}
    * {{ dialogbuttonbox-buttons-have-icons: 0; }} QLabel[quiet="true"] {{ color: {tones.muted}; }}
    {_scroll_bars(tones)}
    QToolTip {{ color: {tones.text}; background: {tones.base}; border: 1px solid {tones.line}; padding: 4px; }}
    QProgressBar {{ border: none; background: {tones.line}; border-radius: 3px; }}
    QProgressBar::chunk {{ background: {tones.accent}; border-radius: 3px; }}
    """


def _scroll_bars(tones: Tones) -> str:
    return f"""
    QScrollBar {{ background: transparent; border: none; margin: 0; }}
    QScrollBar:vertical {{ width: 11px; }}
    QScrollBar:horizontal {{ height: 11px; }}
    QScrollBar::handle {{ background: {tones.line}; border-radius: 4px; margin: 2px; }}
    QScrollBar::handle:vertical {{ min-height: 28px; }}
    QScrollBar::handle:horizontal {{ min-width: 28px; }}
    QScrollBar::handle:hover {{ background: {tones.faint}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    """
