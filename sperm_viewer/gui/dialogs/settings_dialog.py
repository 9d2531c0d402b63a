"""The settings; each change takes effect at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLineEdit,
    QSpinBox,
    QTabWidget,
    QWidget,
)

from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.dialogs.close_dialog import CloseDialog
from sperm_viewer.gui.dialogs.keys_page import KeysPage
from sperm_viewer.gui.dialogs.logo_field import LogoField
from sperm_viewer.gui.dialogs.objectives_page import ObjectivesPage
from sperm_viewer.gui.dialogs.ranges_page import RangesPage
from sperm_viewer.gui.dialogs.sessions_field import SessionsField
from sperm_viewer.gui.widgets.action_spec import ActionSpec
from sperm_viewer.gui.widgets.model_chooser import ModelChooser
from sperm_viewer.gui.widgets.settings_store import SettingsStore
from sperm_viewer.inference.model_spec import ModelSpec

_THEMES = (("Follow the system", "system"), ("Light", "light"), ("Dark", "dark"))


class SettingsDialog(CloseDialog):
    def __init__(
        self, settings: SettingsStore, specs: Sequence[ActionSpec[Any]], ask: Ask, parent: QWidget | None
    ) -> None:
        super().__init__("Settings", 520, 560, parent)
        self._settings = settings
        self.theme = QComboBox()
        for text, name in _THEMES:
            self.theme.addItem(text, name)
        self.theme.setCurrentIndex(max(0, self.theme.findData(settings.value.theme)))
        self.at_once = QCheckBox("Score immediately when images are dropped")
        self.at_once.setToolTip("Otherwise, choose Score to start")
        self.at_once.setChecked(settings.value.score_at_once)
        self.stop_at = _stop_field(settings.value.stop_at)
        self.stay = QCheckBox("Stay on an abnormal cell until its anomalies are ticked")
        self.stay.setToolTip("Otherwise, each verdict goes to the next cell at once")
        self.stay.setChecked(settings.value.stay_until_ticked)
        self.laboratory = QLineEdit(settings.value.laboratory)
        self.laboratory.setToolTip("Printed at the top of reports")
        self.logo = LogoField(settings, ask)
        self.sessions = SessionsField(settings, ask)
        self.model = ModelChooser()
        self.model.setToolTip("The model that scores new sessions; each session keeps its own")
        general = QWidget()
        form = QFormLayout(general)
        form.setVerticalSpacing(12)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.addRow("&Appearance", self.theme)
        form.addRow("Scoring", self.at_once)
        form.addRow("&Stop at", self.stop_at)
        form.addRow("Review", self.stay)
        form.addRow("&Model of new sessions", self.model)
        form.addRow("Folder of new sessions", self.sessions)
        form.addRow("&Laboratory", self.laboratory)
        form.addRow("Logo", self.logo)
        self.keys = KeysPage(settings, specs)
        self.pages = QTabWidget()
        self.pages.setAccessibleName("Settings")
        self.pages.addTab(general, "&General")
        self.objectives, self.ranges = ObjectivesPage(settings, ask), RangesPage(settings)
        self.pages.addTab(self.keys, "&Keys")
        self.pages.addTab(self.objectives, "&Objectives")
        self.pages.addTab(self.ranges, "&Reference Ranges")
        self.column.setSpacing(12)
        self.stack(self.pages)
        self.theme.activated.connect(lambda: settings.update(theme=self.theme.currentData()))
        self.laboratory.textChanged.connect(lambda text: settings.update(laboratory=text.strip()))
        self.stay.toggled.connect(lambda on: settings.update(stay_until_ticked=on))
        self.stop_at.valueChanged.connect(lambda number: settings.update(stop_at=number))
        self.at_once.toggled.connect(lambda on: settings.update(score_at_once=on))

    def offer_models(self, models: Sequence[ModelSpec], choose: Callable[[str], object]) -> None:
        """Offers the models that are installed; `choose` takes the name of one."""
        for spec in models:
            self.model.add_model(spec)
        self.model.setCurrentIndex(self.model.findData(self._settings.value.model))
        self.model.activated.connect(lambda row: choose(self.model.itemData(row)))


def _stop_field(number: int) -> QSpinBox:
    """The number of sperm at which scoring a slide stops; 0 for never."""
    field = QSpinBox()
    field.setRange(0, 10_000)
    field.setSingleStep(50)
    field.setValue(number)
    field.setSuffix(" sperm on a slide")
    field.setSpecialValueText("Score all images")
    field.setToolTip(
        "Scoring a slide stops at this number, always after a whole field. Fields then come in an order that their "
        "content decides, or as they arrive in a watched folder"
    )
    return field
