"""The gallery's actions: each is checked as the settings say, and its key stands in the tooltip of what it presses."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton

from sperm_viewer.gui.gallery.gallery_pane import GALLERY, GalleryPane
from sperm_viewer.gui.widgets.actions import Act
from sperm_viewer.gui.widgets.settings_store import SettingsStore


def connect_gallery(actions: Mapping[Act, QAction], pane: GalleryPane, settings: SettingsStore) -> None:
    showing, groups, heat = (actions[act] for act in (Act.GALLERY, Act.GALLERY_GROUPS, Act.GALLERY_HEAT))

    def follow() -> None:
        value = settings.value
        showing.setChecked(value.view == GALLERY)
        groups.setChecked(value.gallery_grouped)
        heat.setChecked(value.gallery_heat)

    for action in (showing, groups, heat):
        action.setCheckable(True)
    showing.triggered.connect(pane.show_gallery)
    groups.triggered.connect(lambda on: settings.update(gallery_grouped=on))
    heat.triggered.connect(lambda on: settings.update(gallery_heat=on))
    settings.changed.connect(follow)
    follow()
    for action, button in ((showing, pane.switch.gallery), (groups, pane.grouped), (heat, pane.heat)):
        _take_tip(action, button)


def _take_tip(action: QAction, button: QAbstractButton) -> None:
    button.setToolTip(action.toolTip())
    action.changed.connect(lambda: button.setToolTip(action.toolTip()))
