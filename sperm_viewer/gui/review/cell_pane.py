"""The right pane: the current cell enlarged, the model's answer, and the evidence for it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.scale import scale_of
from sperm_viewer.gui.results.columns import file_text
from sperm_viewer.gui.review.evidence import Evidence
from sperm_viewer.gui.review.heat_controls import HeatControls
from sperm_viewer.gui.review.image_view import ImageView, Zoom
from sperm_viewer.gui.review.loader import CellPicture, Detail, PictureLoader, pictured
from sperm_viewer.gui.review.measurements import Measurements
from sperm_viewer.gui.review.probabilities import ProbabilityBars
from sperm_viewer.gui.review.similar import SimilarCells
from sperm_viewer.gui.review.verdict_panel import VerdictPanel
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.gui.widgets.elided_label import ElidedLabel
from sperm_viewer.gui.widgets.held_key import HeldKey
from sperm_viewer.gui.widgets.plain_tip import set_plain_tip
from sperm_viewer.gui.widgets.settings_store import SettingsStore
from sperm_viewer.gui.widgets.tall_scroll import TallScroll
from sperm_viewer.gui.widgets.theme import Theme, heading_font, quiet
from sperm_viewer.inference.model_folders import ModelFolder
from sperm_viewer.inference.model_shelf import ModelShelf
from sperm_viewer.inference.shown_heatmap import ShownHeatmaps
from sperm_viewer.session.session import Session

_HEAT_STEP = 10
_LEAST_IMAGE = 150
"""Pixels: so low that verdict and probabilities are in sight in a window of 720 px."""
_BLANK_AFTER_MS = 60
"""An image that arrives sooner replaces the earlier one without flicker."""
_KEPT = "The heatmap is stored. It will be drawn when the image file is back."
_NOT_SCORED = "No heatmap: this image was not scored."


class CellPane(QWidget):
    """Shows one cell, or nothing."""

    note_written = Signal(object, str)
    note_left = Signal()
    similar_chosen = Signal(int)
    similar_left = Signal()

    def __init__(
        self,
        settings: SettingsStore,
        theme: Theme,
        shelf: ModelShelf,
        actions: Mapping[ActionId, QAction],
        similar: SimilarCells,
        heatmaps: ShownHeatmaps,
    ) -> None:
        super().__init__()
        self._settings = settings
        self._shelf = shelf
        self._session: Session | None = None
        self._cell: Cell | None = None
        self.zoom = Zoom(self)
        self.loader = PictureLoader(self, heatmaps)
        self.crop_view = ImageView(self.zoom, theme, "Crop")
        self.heat_view = ImageView(self.zoom, theme, "Heatmap over the crop")
        self.controls = HeatControls(settings.value.opacity)
        self.verdict = VerdictPanel(actions)
        self.bars = ProbabilityBars(theme)
        self.similar = similar
        self.evidence = Evidence()
        self.measurements = Measurements(theme)
        self._title = ElidedLabel()
        self._subtitle = ElidedLabel()
        self._to_field = _link(actions[ActionId.FIELD])
        self._heat_name = quiet(QLabel("Heatmap"))
        self._heat_key = HeldKey(actions[ActionId.HEATMAP], self)
        self._detail: Detail | str = ""
        self._drawn: int | None = None
        self._nothing = QLabel("Select a cell to see it here.")
        self._blank = QTimer(self)
        self._blank.setSingleShot(True)
        self._blank.setInterval(_BLANK_AFTER_MS)
        self._build()
        self.heat_view.set_opacity(settings.value.opacity / 100)
        self._blank.timeout.connect(self._show_loading)
        self.loader.loaded.connect(self._show_image)
        self.controls.opacity_changed.connect(self._on_opacity)
        settings.changed.connect(self.refresh_measurements)
        self.verdict.note_written.connect(self.note_written)
        self.verdict.note_left.connect(self.note_left)
        similar.chosen.connect(self.similar_chosen)
        similar.left.connect(self.similar_left)

    def _build(self) -> None:
        self._title.setFont(heading_font(self.font()))
        quiet(self._subtitle)
        quiet(self._nothing)
        images = QGridLayout()
        images.setHorizontalSpacing(8)
        images.setVerticalSpacing(4)
        for column, (view, name) in enumerate(
            ((self.crop_view, quiet(QLabel("Crop"))), (self.heat_view, self._heat_name))
        ):
            images.addWidget(name, 0, column)
            images.addWidget(view, 1, column)
            images.setColumnStretch(column, 1)
        images.setRowStretch(1, 1)
        for view in (self.crop_view, self.heat_view):
            view.setMinimumHeight(_LEAST_IMAGE)
        page = QWidget()
        parts = QVBoxLayout(page)
        parts.setContentsMargins(14, 10, 14, 10)
        parts.setSpacing(8)
        parts.addWidget(self._title)
        below = QHBoxLayout()
        below.addWidget(self._subtitle, 1)
        below.addWidget(self._to_field)
        parts.addLayout(below)
        parts.addLayout(images, 1)
        parts.addWidget(self.controls)
        parts.addWidget(self.verdict)
        parts.addSpacing(6)
        parts.addWidget(self.bars)
        parts.addSpacing(6)
        parts.addWidget(self.verdict.anomalies)
        parts.addSpacing(6)
        parts.addWidget(self.evidence)
        parts.addSpacing(6)
        parts.addWidget(self.measurements)
        parts.addSpacing(6)
        parts.addWidget(self.similar)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._nothing)
        scroll = TallScroll(page)
        scroll.setAccessibleName("Current cell")
        self._stack.addWidget(scroll)

    def sizeHint(self) -> QSize:
        return QSize(450, 600)

    def show_classes(self) -> None:
        """Offers the classes of another model."""
        self.verdict.show_classes()

    def start_note(self) -> None:
        self.verdict.start_note()

    def finish_note(self) -> None:
        self.verdict.finish_note()

    def focus_similar(self) -> None:
        self.similar.take_focus()

    def close_tasks(self) -> None:
        self.loader.close()
        self.similar.close_tasks()

    def results_changed(self) -> None:
        """The session has new results, which may be more similar to the cell."""
        self.similar.results_changed()

    def set_session(self, session: Session | None) -> None:
        self.similar.set_session(session)
        if session is not self._session:
            self._cell = self._drawn = None
        self._session = session

    def show_cell(self, cell: Cell | None) -> None:
        """Shows a cell at once, and its image when it has been read."""
        before, self._cell = self._cell, cell
        self.similar.show_cell(cell)
        self._stack.setCurrentIndex(1 if cell else 0)
        if cell is None:
            self.loader.forget()
            self._blank.stop()
            return
        self._title.show_text(file_text(cell))
        set_plain_tip(self._title, str(cell.ref.path))
        size = f" · {cell.size[0]} × {cell.size[1]} px" if cell.size else ""
        self._subtitle.show_text(cell.slide_name + size)
        self._to_field.setVisible(cell.in_field)
        model = self._model_of(cell)
        self.bars.show_prediction(cell.prediction, model.spec.refer_below if model else None)
        self.evidence.show_cell(cell)
        self.refresh_measurements()
        self.verdict.show_cell(cell)
        if before is None or pictured(before) != pictured(cell):
            self._load(cell)

    def prepare(self, cell: Cell) -> None:
        """Reads the image of the cell that is likely to be shown next."""
        if self._session:
            heatmap = self._session.heatmap(cell.id)
            self.loader.prepare(cell, heatmap, self._model_of(cell))

    def toggle_heat(self) -> None:
        """Shows or hides the heatmap over the crop; if its key is held down, until it is released."""
        before = self.heat_view.layer_shown
        self._show_heat(not before)
        self._heat_key.wait(lambda: self._show_heat(before))

    def change_heat(self, steps: int) -> None:
        """Makes the heatmap this many steps more opaque, or more transparent if negative."""
        self._show_heat(True)
        self.controls.change(steps * _HEAT_STEP)

    def toggle_window(self) -> None:
        """Shows or hides the corners of what the network saw."""
        shown = not self.crop_view.window_shown
        for view in (self.crop_view, self.heat_view):
            view.show_window(shown)

    def _show_heat(self, shown: bool) -> None:
        self.heat_view.show_layer(shown)
        self._name_heat(self._detail)

    def refresh_measurements(self) -> None:
        """Shows them as the details of the slide and the settings are now."""
        if self._cell and self._session:
            slide = self._session.slide_details(self._cell.slide)
            self.measurements.show_cell(self._cell, slide, self._settings.ranges)
            for view in (self.crop_view, self.heat_view):
                view.show_scale(scale_of(self._cell, slide))

    def _load(self, cell: Cell) -> None:
        heatmap = self._session.heatmap(cell.id) if self._session else None
        self._blank.start()
        self.loader.load(cell, heatmap, self._model_of(cell))

    def _model_of(self, cell: Cell) -> ModelFolder | None:
        return self._shelf.with_id(cell.prediction.model) if cell.prediction else None

    def _show_loading(self) -> None:
        for view in (self.crop_view, self.heat_view):
            view.show_image(None, None, "Loading…")

    def _show_image(self, picture: CellPicture) -> None:
        if self._cell is None or picture.cell != self._cell.id:
            return
        self._blank.stop()
        if self._drawn != picture.cell:
            self._drawn = picture.cell
            self.zoom.show_head(QPointF(*picture.head))
        self.crop_view.show_image(picture.crop, None, picture.problem, picture.window)
        if picture.heat is not None:
            note = "Flat: no part of the head stands out." if picture.flat else ""
            self.heat_view.show_image(picture.crop, picture.heat, note, picture.window)
        else:
            self.heat_view.show_image(None, None, _KEPT if self._cell.prediction else _NOT_SCORED)
        self._name_heat(picture.detail)

    def _name_heat(self, detail: Detail | str) -> None:
        self._detail = detail
        if not self.heat_view.layer_shown:
            self._heat_name.setText("Heatmap (off)")
            return
        names = {Detail.REFINING: "Heatmap, refining…", Detail.FINE: "Heatmap", "": "Heatmap"}
        self._heat_name.setText(names.get(detail, "Heatmap, coarse"))
        set_plain_tip(self._heat_name, detail if isinstance(detail, str) else "")

    def _on_opacity(self, value: int) -> None:
        self.heat_view.set_opacity(value / 100)
        self._settings.update(opacity=value)


def _link(action: QAction) -> QToolButton:
    """A button that shows the field in which the cell lies, or the view before that."""
    button = QToolButton()
    button.setDefaultAction(action)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
