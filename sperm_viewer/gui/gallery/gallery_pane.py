"""The gallery and its controls: order, groups, heatmaps, size. It shares a results pane with the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sperm_viewer.gui.background.thumbnails import Thumbnails
from sperm_viewer.gui.gallery.gallery_view import GalleryView
from sperm_viewer.gui.results.results_pane import ResultsPane
from sperm_viewer.gui.results.sort_menu import SortMenu
from sperm_viewer.gui.results.view_switch import GALLERY
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.gui.widgets.settings_store import SettingsStore
from sperm_viewer.gui.widgets.theme import Theme
from sperm_viewer.imaging.equal_scale import SIDE_UM, equal_scale
from sperm_viewer.session.session import Session

_WIDE = 460
"""Pixels that all controls need."""
_EQUAL = (
    f"Pictures of {SIDE_UM:g} µm on slides whose scale is known, else of one size in pixels on each slide: large heads "
    "look large. Off: each picture is as large as its frame"
)
_SIDES = (64, 88, 112, 144, 184, 240)


class GalleryPane(QWidget):
    """Shows the cells of a results pane as images, with the same model, selection and current cell.

    The settings store how the gallery looks.
    """

    def __init__(
        self,
        results: ResultsPane,
        thumbnails: Thumbnails,
        theme: Theme,
        settings: SettingsStore,
        actions: Mapping[ActionId, QAction],
    ) -> None:
        super().__init__()
        self.results = results
        self._thumbnails = thumbnails
        self._settings = settings
        self._session: Session | None = None
        self._classes: tuple[str, ...] = ()
        self.view = GalleryView(results.model, results.table.selectionModel(), thumbnails, theme)
        self.sort = SortMenu(self)
        self.grouped = QCheckBox("Group by class")
        self.heat = QCheckBox("Heatmaps")
        self.equal = QCheckBox("Equal scale")
        self.equal.setToolTip(_EQUAL)
        self.sizes = QSlider(Qt.Orientation.Horizontal)
        self._build()
        results.add_view(GALLERY, self, self.view)
        self._apply_settings()
        results.row_wanted.connect(self.view.show_row)
        results.sorting.changed.connect(self.sort.show_order)
        results.model.modelReset.connect(self._explain_empty)
        self.sort.chosen.connect(results.sorting.by)
        self.grouped.toggled.connect(lambda on: settings.update(gallery_grouped=on))
        self.heat.toggled.connect(lambda on: settings.update(gallery_heat=on))
        self.equal.toggled.connect(lambda on: settings.update(gallery_equal=on))
        self.sizes.valueChanged.connect(lambda step: settings.update(gallery_side=_SIDES[step]))
        self.view.size_wanted.connect(lambda steps: self.sizes.setValue(self.sizes.value() + steps))
        settings.changed.connect(self._apply_settings)
        _use_tip(results.filters.switch.button(GALLERY), actions[ActionId.GALLERY])
        _use_tip(self.grouped, actions[ActionId.GALLERY_GROUPS])
        _use_tip(self.heat, actions[ActionId.GALLERY_HEAT])

    def _build(self) -> None:
        self.sizes.setRange(0, len(_SIDES) - 1)
        self.sizes.setPageStep(1)
        self.sizes.setAccessibleName("Size of the images")
        self.sizes.setToolTip("Size of the images (Ctrl+wheel)")
        self.sizes.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._order = QToolButton()
        self._order.setText("Sort")
        self._order.setToolTip("The order of the cells, here and in the table")
        self._order.setMenu(self.sort)
        self._order.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._order.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._size_name = QLabel("Si&ze")
        self._size_name.setBuddy(self.sizes)
        row = QHBoxLayout()
        row.setContentsMargins(10, 0, 10, 8)
        row.setSpacing(12)
        for widget in (self._order, self.grouped, self.heat, self.equal):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self._size_name)
        row.addWidget(self.sizes)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.view, 1)

    @property
    def shown(self) -> bool:
        return self.results.views.currentWidget() is self

    def set_session(self, session: Session | None, classes: tuple[str, ...]) -> None:
        """Groups cells by their final classes in this session; the results pane supplies the cells."""
        self._session, self._classes = session, classes
        self._thumbnails.forget()
        self._group()
        self.show_scale()

    def show_scale(self) -> None:
        """Draws the pictures at the scales of the slides as they are now, or each as large as it can be."""
        equal = self._session is not None and self._settings.value.gallery_equal
        self.view.set_scale(equal_scale(self._session) if equal and self._session else None)

    def ids(self) -> Sequence[int]:
        """All cells in the order on screen, which depends on the groups."""
        return self.view.ids()

    def regroup(self) -> None:
        """Moves cells to their current groups; the current cell keeps its place on screen."""
        if self._settings.value.gallery_grouped:
            self._group()

    def close_tasks(self) -> None:
        self._thumbnails.close()

    def minimumSizeHint(self) -> QSize:
        # A narrow window hides some of the controls.
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        wide = self.width() >= _WIDE
        self._size_name.setVisible(wide)
        self._order.setVisible(wide)
        self.sizes.setFixedWidth(110 if wide else 56)

    def _apply_settings(self) -> None:
        """Applies the settings."""
        value = self._settings.value
        side = min(_SIDES, key=lambda one: abs(one - value.gallery_side))
        for widget, state in (
            (self.grouped, value.gallery_grouped),
            (self.heat, value.gallery_heat),
            (self.equal, value.gallery_equal),
        ):
            widget.setChecked(state)
        self.sizes.setValue(_SIDES.index(side))
        self.view.set_look(side, value.gallery_heat)
        self.show_scale()
        if value.gallery_grouped != self.view.grouped:
            self._group()

    def _group(self) -> None:
        session = self._session if self._settings.value.gallery_grouped else None
        self.view.set_groups(session.final_classes if session else None, self._classes)

    def _explain_empty(self) -> None:
        self.view.empty_text = self.results.empty_text


def _use_tip(button: QAbstractButton, action: QAction) -> None:
    """The button shows the action's tooltip, which contains its key."""
    button.setToolTip(action.toolTip())
    action.changed.connect(lambda: button.setToolTip(action.toolTip()))
