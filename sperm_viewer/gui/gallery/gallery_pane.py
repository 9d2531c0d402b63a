"""The gallery and what it is set with: order, groups, heat, size. It stands beside the table of a results pane."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSizePolicy, QSlider, QToolButton, QVBoxLayout, QWidget

from sperm_viewer.gui.background.thumbnails import Thumbnails
from sperm_viewer.gui.gallery.view import GalleryView
from sperm_viewer.gui.results.results_pane import ResultsPane
from sperm_viewer.gui.widgets.settings_store import SettingsStore
from sperm_viewer.gui.widgets.theme import Theme
from sperm_viewer.gui.window.sort_menu import SortMenu
from sperm_viewer.session.session import Session

GALLERY = "gallery"
_TABLE = "table"
_WIDE = 460
"""Pixels that all controls take."""
_SIDES = (64, 88, 112, 144, 184, 240)


class GalleryPane(QWidget):
    """Shows the cells of a results pane as pictures: the same model, selection and current cell.

    Which of the two views is shown, and how the gallery looks, is kept in the settings.
    """

    def __init__(self, results: ResultsPane, thumbnails: Thumbnails, theme: Theme, settings: SettingsStore) -> None:
        super().__init__()
        self.results = results
        self.switch = results.filters.switch
        self._thumbnails = thumbnails
        self._settings = settings
        self._session: Session | None = None
        self._classes: tuple[str, ...] = ()
        self._blind = False
        self.view = GalleryView(results.model, results.table.selectionModel(), thumbnails, theme)
        self.sort = SortMenu(self)
        self.grouped = QCheckBox("Group by class")
        self.grouped.setToolTip("Put cells of the same final class together")
        self.heat = QCheckBox("Heatmaps")
        self.heat.setToolTip("Show where the model looked on every cell; else on the one under the pointer")
        self.sizes = QSlider(Qt.Orientation.Horizontal)
        self._build()
        results.views.addWidget(self)
        self._follow()
        self.switch.chosen.connect(self.show_gallery)
        results.row_wanted.connect(self.view.show_row)
        results.sorting.changed.connect(self.sort.show_order)
        results.model.modelReset.connect(self._say_why_empty)
        self.sort.chosen.connect(results.sorting.by)
        self.grouped.toggled.connect(lambda on: settings.update(gallery_grouped=on))
        self.heat.toggled.connect(lambda on: settings.update(gallery_heat=on))
        self.sizes.valueChanged.connect(lambda step: settings.update(gallery_side=_SIDES[step]))
        self.view.size_wanted.connect(lambda steps: self.sizes.setValue(self.sizes.value() + steps))
        settings.changed.connect(self._follow)

    def _build(self) -> None:
        self.sizes.setRange(0, len(_SIDES) - 1)
        self.sizes.setPageStep(1)
        self.sizes.setAccessibleName("Size of the pictures")
        self.sizes.setToolTip("Size of the pictures (Ctrl+wheel)")
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
        for widget in (self._order, self.grouped, self.heat):
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

    def show_gallery(self, shown: bool) -> None:
        """The gallery, or the table."""
        self._settings.update(view=GALLERY if shown else _TABLE)

    def set_session(self, session: Session | None, classes: tuple[str, ...]) -> None:
        """What cells are grouped by is asked of this session; the cells come with the results pane's."""
        self._session, self._classes = session, classes
        self._thumbnails.forget()
        self._group()

    def set_blind(self, blind: bool) -> None:
        """Shows nothing that the model or a reader said, and offers nothing that would tell."""
        self._blind = blind
        self.view.set_blind(blind)
        for widget in (self.grouped, self.heat):
            widget.setVisible(not blind)
        self._fit()

    def ids(self) -> Sequence[int]:
        """All cells in the order on screen, which groups change."""
        return self.view.ids()

    def regroup(self) -> None:
        """Puts cells where they belong by now; the one that is looked at stays where it is."""
        if self._settings.value.gallery_grouped:
            self._group()

    def close_tasks(self) -> None:
        self._thumbnails.close()

    def minimumSizeHint(self) -> QSize:
        # In a narrow window some of the controls go.
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        wide = self.width() >= _WIDE
        self._size_name.setVisible(wide)
        self._order.setVisible(wide and not self._blind)
        self.sizes.setFixedWidth(110 if wide else 56)

    def _follow(self) -> None:
        """The settings say how it is now."""
        value = self._settings.value
        shown = value.view == GALLERY
        side = min(_SIDES, key=lambda one: abs(one - value.gallery_side))
        for widget, state in ((self.grouped, value.gallery_grouped), (self.heat, value.gallery_heat)):
            widget.setChecked(state)
        self.sizes.setValue(_SIDES.index(side))
        self.view.set_look(side, value.colour_map, value.gallery_heat)
        if value.gallery_grouped != self.view.grouped:
            self._group()
        self.switch.show_view(shown)
        if shown != self.shown:
            self._switch(shown)

    def _switch(self, shown: bool) -> None:
        results = self.results
        before, after = (results.table, self.view) if shown else (self.view, results.table)
        had_focus = before.hasFocus()
        results.views.setCurrentWidget(self if shown else results.table)
        results.setFocusProxy(after)
        row = results.table.currentIndex().row()
        if row >= 0:
            results.row_wanted.emit(row)
        if had_focus:
            after.setFocus()

    def _group(self) -> None:
        session = self._session if self._settings.value.gallery_grouped else None
        self.view.set_groups(session.final_classes if session else None, self._classes)

    def _say_why_empty(self) -> None:
        self.view.empty_text = self.results.empty_text
