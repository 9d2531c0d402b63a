"""The toolbar: open, score, model and device, cells that need attention, export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QLabel, QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from sperm_viewer.gui.widgets.action_spec import ActionId, ActionSpec, ToolbarPlace, WindowState
from sperm_viewer.gui.widgets.icons import tinted
from sperm_viewer.gui.widgets.model_chooser import ModelChooser, named_chooser
from sperm_viewer.gui.widgets.theme import Tones
from sperm_viewer.inference.model_shelf import ModelShelf, device_name
from sperm_viewer.inference.model_spec import ModelSpec

_TEXT_FROM_WIDTH = 1120
"""Pixels from which buttons show their text."""


class Toolbar(QToolBar):
    model_chosen = Signal(str)
    device_chosen = Signal(str)
    referred_wanted = Signal()
    flagged_wanted = Signal()
    failed_wanted = Signal()

    def __init__(
        self,
        specs: Sequence[ActionSpec[Any]],
        actions: Mapping[ActionId, QAction],
        shelf: ModelShelf,
        recent_folders: QMenu,
    ) -> None:
        super().__init__("Toolbar")
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        placed = {place: [actions[spec.id] for spec in specs if spec.toolbar is place] for place in ToolbarPlace}
        opening = QMenu(self)
        opening.addActions(placed[ToolbarPlace.OPEN_MENU])
        opening.addMenu(recent_folders)
        exporting = QMenu(self)
        exporting.addActions(placed[ToolbarPlace.EXPORT_MENU])
        self._open = _menu_button("Open", "Open slides, images or an earlier session", opening)
        self._export = _menu_button("Export", "Save the results to files", exporting)
        self._models = ModelChooser()
        self._devices = named_chooser("Device", "The device that the next run uses")
        for folder in shelf.folders:
            self._models.add_model(folder.spec)
        for device in shelf.devices:
            self._devices.addItem(device_name(device), device)
        self._referred = _counter("Show only the referred cells that wait for a person")
        self._flagged = _counter("Show only the cells with a flag")
        self._failed = _counter("Show only the files that failed")
        self._any_flagged = False
        self._arrange(placed[ToolbarPlace.BUTTON])
        self._models.activated.connect(lambda row: self.model_chosen.emit(self._models.itemData(row)))
        self._devices.activated.connect(lambda row: self.device_chosen.emit(self._devices.itemData(row)))
        self._referred.clicked.connect(self.referred_wanted)
        self._flagged.clicked.connect(self.flagged_wanted)
        self._failed.clicked.connect(self.failed_wanted)
        # The Tab key must not stop at buttons without text.
        self.show_counts(0, 0, 0)

    def _arrange(self, buttons: Sequence[QAction]) -> None:
        self.addWidget(self._open)
        self.addSeparator()
        for action in buttons:
            self.addAction(action)
            self.widgetForAction(action).setFocusPolicy(Qt.FocusPolicy.TabFocus)
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

    def add_model(self, spec: ModelSpec) -> None:
        self._models.add_model(spec)

    def show_model(self, name: str, device: str, busy: bool) -> None:
        """Shows the model in use, also if it isn't installed. Model and device can't be changed during a run."""
        row = self._models.findData(name)
        if row < 0:
            self._models.addItem(f"{name} (not installed)", name)
            row = self._models.count() - 1
        self._models.setCurrentIndex(row)
        self._devices.setCurrentIndex(max(0, self._devices.findData(device)))
        self._models.setEnabled(not busy)
        self._devices.setEnabled(not busy)

    def show_counts(self, referred: int, flagged: int, failed: int, to_read: int = 0) -> None:
        """`to_read` are the referred cells that wait for a person: the number on their button."""
        self._referred.setText(f"Referred {to_read:,}")
        self._referred.setEnabled(to_read > 0)
        self._flagged.setText(f"Flagged {flagged:,}")
        self._failed.setText(f"Failed {failed:,}")
        self._referred_action.setVisible(referred > 0)
        self._any_flagged = flagged > 0
        self._show_flagged()
        self._failed_action.setVisible(failed > 0)

    def _show_flagged(self) -> None:
        """A narrow window has no room for it; the filter bar offers the same."""
        self._flagged_action.setVisible(self._any_flagged and self.width() >= _TEXT_FROM_WIDTH)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hides the text of buttons if it would push the last ones out of the window."""
        super().resizeEvent(event)
        with_text = self.width() >= _TEXT_FROM_WIDTH
        self._show_flagged()
        style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if with_text else Qt.ToolButtonStyle.ToolButtonIconOnly
        if style != self.toolButtonStyle():
            self.setToolButtonStyle(style)
            for button in (self._open, self._export):
                button.setToolButtonStyle(style)

    def show_state(self, state: WindowState) -> None:
        self._export.setEnabled(state.has_results)
        self.setVisible(not state.blind_reading)

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
