"""The toolbar: open, score, model and device, what needs a look, export."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QComboBox, QLabel, QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from sperm_viewer.gui.widgets.actions import Act
from sperm_viewer.gui.widgets.icons import tinted
from sperm_viewer.gui.widgets.models import ModelShelf, device_name
from sperm_viewer.gui.widgets.plain_tip import plain_tip
from sperm_viewer.gui.widgets.theme import Tones

_WITH_WORDS = 1120
"""Pixels."""


class Toolbar(QToolBar):
    model_chosen = Signal(str)
    device_chosen = Signal(str)
    referred_wanted = Signal()
    flagged_wanted = Signal()
    failed_wanted = Signal()

    def __init__(self, actions: dict[Act, QAction], shelf: ModelShelf, recent_folders: QMenu) -> None:
        super().__init__("Toolbar")
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        opening = QMenu(self)
        opening.addActions([actions[act] for act in (Act.OPEN_FOLDER, Act.OPEN_IMAGES, Act.OPEN_SESSION)])
        opening.addMenu(recent_folders)
        exporting = QMenu(self)
        exporting.addActions([actions[act] for act in (Act.EXPORT_REPORT, Act.EXPORT_CSV, Act.EXPORT_HEATMAPS)])
        self._open = _menu_button("Open", "Open slides, images or an earlier session", opening)
        self._export = _menu_button("Export", "Take the results away", exporting)
        self._models = _chooser("Model", "The model whose results are shown, and that scores what comes")
        self._devices = _chooser("Device", "What the next scoring runs on")
        for folder in shelf.folders:
            self._models.addItem(folder.spec.name, folder.spec.name)
            self._models.setItemData(
                self._models.count() - 1, plain_tip(folder.spec.in_short), Qt.ItemDataRole.ToolTipRole
            )
        for device in shelf.devices:
            self._devices.addItem(device_name(device), device)
        self._referred = _counter("Show only the cells that need a person")
        self._flagged = _counter("Show only the cells with a flag")
        self._failed = _counter("Show only the files that failed")
        self._any_flagged = False
        self._arrange(actions)
        self._models.activated.connect(lambda row: self.model_chosen.emit(self._models.itemData(row)))
        self._devices.activated.connect(lambda row: self.device_chosen.emit(self._devices.itemData(row)))
        self._referred.clicked.connect(self.referred_wanted)
        self._flagged.clicked.connect(self.flagged_wanted)
        self._failed.clicked.connect(self.failed_wanted)
        # Buttons without a word on them must not be stops of the Tab key.
        self.show_counts(0, 0, 0)

    def _arrange(self, actions: dict[Act, QAction]) -> None:
        self.addWidget(self._open)
        self.addSeparator()
        for act in (Act.SCORE, Act.PAUSE, Act.CANCEL):
            self.addAction(actions[act])
            button = self.widgetForAction(actions[act])
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.addSeparator()
        for text, box in (("&Model", self._models), ("&Device", self._devices)):
            label = QLabel(text)
            label.setBuddy(box)
            label.setContentsMargins(8, 0, 2, 0)
            self.addWidget(label)
            self.addWidget(box)
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(space)
        self._referred_action = self.addWidget(self._referred)
        self._flagged_action = self.addWidget(self._flagged)
        self._failed_action = self.addWidget(self._failed)
        self.addWidget(self._export)

    def show_model(self, name: str, device: str, busy: bool) -> None:
        """The model in use, by name even where it isn't installed here; neither can be changed during a run."""
        row = self._models.findData(name)
        if row < 0:
            self._models.addItem(f"{name} (not installed)", name)
            row = self._models.count() - 1
        self._models.setCurrentIndex(row)
        self._devices.setCurrentIndex(max(0, self._devices.findData(device)))
        self._models.setEnabled(not busy)
        self._devices.setEnabled(not busy)

    def show_counts(self, referred: int, flagged: int, failed: int) -> None:
        self._referred.setText(f"Referred {referred:,}")
        self._flagged.setText(f"Flagged {flagged:,}")
        self._failed.setText(f"Failed {failed:,}")
        self._referred_action.setVisible(referred > 0)
        self._any_flagged = flagged > 0
        self._show_flagged()
        self._failed_action.setVisible(failed > 0)

    def _show_flagged(self) -> None:
        """In a narrow window the flags are left to the filter below."""
        self._flagged_action.setVisible(self._any_flagged and self.width() >= _WITH_WORDS)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Icons alone where words would push the last buttons off the window."""
        super().resizeEvent(event)
        words = self.width() >= _WITH_WORDS
        self._show_flagged()
        style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if words else Qt.ToolButtonStyle.ToolButtonIconOnly
        if style != self.toolButtonStyle():
            self.setToolButtonStyle(style)
            for button in (self._open, self._export):
                button.setToolButtonStyle(style)

    def show_export(self, possible: bool) -> None:
        self._export.setEnabled(possible)

    def set_tones(self, tones: Tones) -> None:
        self._open.setIcon(tinted("open", tones))
        self._export.setIcon(tinted("export", tones))


def _menu_button(text: str, tip: str, menu: QMenu) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(text)
    button.setMenu(menu)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def _counter(tip: str) -> QToolButton:
    button = QToolButton()
    button.setToolTip(tip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def _chooser(name: str, tip: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(tip)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return box
