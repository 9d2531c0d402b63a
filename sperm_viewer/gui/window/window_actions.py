"""The Qt actions of the window, made from their declarations and kept up to date with the window's state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Generic

from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QWidget

from sperm_viewer.gui.widgets.action_spec import ActionId, ActionSpec, CommandsT, WindowState, with_keys
from sperm_viewer.gui.widgets.icons import tinted
from sperm_viewer.gui.widgets.key_bindings import KeyBindings
from sperm_viewer.gui.widgets.theme import Tones


class WindowActions(Mapping[ActionId, QAction], Generic[CommandsT]):
    """One QAction for each declaration, active in the whole window."""

    def __init__(self, specs: Sequence[ActionSpec[CommandsT]], window: QWidget) -> None:
        self.specs = specs
        self._icons: dict[str, QIcon] = {}
        self._state = WindowState()
        self._actions = {spec.id: _make(spec, window) for spec in specs}
        self.show_state(self._state)

    def __getitem__(self, action: ActionId) -> QAction:
        return self._actions[action]

    def __iter__(self) -> Iterator[ActionId]:
        return iter(self._actions)

    def __len__(self) -> int:
        return len(self._actions)

    def connect(self, commands: CommandsT) -> None:
        for spec in self.specs:
            self[spec.id].triggered.connect(lambda _=False, run=spec: self._run(run, commands))

    def _run(self, spec: ActionSpec[CommandsT], commands: CommandsT) -> None:
        spec.run(commands)
        if spec.checked:
            # Qt has switched it over, but the command may have changed nothing.
            self[spec.id].setChecked(spec.checked(self._state))

    def show_state(self, state: WindowState) -> None:
        """Enables, checks and names the actions as this state requires."""
        self._state = state
        for spec in self.specs:
            action = self[spec.id]
            action.setEnabled(spec.is_enabled(state))
            if spec.checked:
                action.setChecked(spec.checked(state))
            if spec.variant:
                text, icon = spec.shown_as(state)
                action.setText(text)
                if icon in self._icons:
                    action.setIcon(self._icons[icon])

    def bind_keys(self, bindings: KeyBindings) -> None:
        """Assigns the keys, and shows the first of them in the tooltip."""
        for spec in self.specs:
            keys = bindings.keys(spec.id)
            self[spec.id].setShortcuts(keys)
            self[spec.id].setToolTip(with_keys(spec.tip, keys))

    def paint_icons(self, tones: Tones) -> None:
        names = {spec.icon for spec in self.specs} | {spec.variant.icon for spec in self.specs if spec.variant}
        self._icons = {name: tinted(name, tones) for name in names if name}
        for spec in self.specs:
            _, icon = spec.shown_as(self._state)
            if icon:
                self[spec.id].setIcon(self._icons[icon])
                self[spec.id].setIconVisibleInMenu(False)


def _make(spec: ActionSpec[CommandsT], window: QWidget) -> QAction:
    action = QAction(spec.text, window)
    action.setObjectName(spec.id)
    action.setAutoRepeat(spec.repeats)
    action.setCheckable(spec.checked is not None)
    action.setMenuRole(spec.role)
    action.setStatusTip("")
    window.addAction(action)
    return action
