"""The right pane: the selected cell large, what the model said of it, and why."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from sperm_viewer.domain.cell import Cell
from sperm_viewer.gui.results.columns import file_text
from sperm_viewer.gui.review.evidence import Evidence
from sperm_viewer.gui.review.heat_controls import HeatControls
from sperm_viewer.gui.review.image_view import ImageView, Zoom
from sperm_viewer.gui.review.loader import CellPicture, Detail, PictureLoader, pictured
from sperm_viewer.gui.review.probabilities import ProbabilityBars
from sperm_viewer.gui.review.similar import SimilarCells
from sperm_viewer.gui.review.verdict_panel import VerdictPanel
from sperm_viewer.gui.widgets.actions import Act
from sperm_viewer.gui.widgets.elided_label import ElidedLabel
from sperm_viewer.gui.widgets.models import ModelShelf
from sperm_viewer.gui.widgets.plain_tip import plain_tip
from sperm_viewer.gui.widgets.settings_store import SettingsStore
from sperm_viewer.gui.widgets.theme import Theme, heading_font, quiet
from sperm_viewer.inference.model_folders import ModelFolder
from sperm_viewer.session.session import Session

_HEAT_STEP = 10
_BLANK_AFTER_MS = 60
"""A picture that comes sooner replaces the one before it without a flicker."""
_KEPT = "The heatmap is kept; it is drawn over the image when the file is back."
_NOT_SCORED = "No heatmap: this image was not scored."


class CellPane(QWidget):
    """Shows one cell, or nothing."""

    def __init__(
        self,
        settings: SettingsStore,
        theme: Theme,
        shelf: ModelShelf,
        actions: Mapping[Act, QAction],
        similar: SimilarCells,
    ) -> None:
        super().__init__()
        self._settings = settings
        self._shelf = shelf
        self._session: Session | None = None
        self._cell: Cell | None = None
        self.zoom = Zoom(self)
        self.loader = PictureLoader(self)
        self.crop_view = ImageView(self.zoom, theme, "Crop")
        self.heat_view = ImageView(self.zoom, theme, "Heatmap over the crop")
        self.controls = HeatControls(settings.value.opacity, settings.value.colour_map)
        self.verdict = VerdictPanel(actions)
        self.bars = ProbabilityBars(theme)
        self.similar = similar
        self.evidence = Evidence()
        self._title = ElidedLabel()
        self._subtitle = ElidedLabel()
        self._heat_name = quiet(QLabel("Heatmap"))
        self._detail: Detail | str = ""
        self._nothing = QLabel("Select a cell to see it here.")
        self._blank = QTimer(self)
        self._blank.setSingleShot(True)
        self._blank.setInterval(_BLANK_AFTER_MS)
        self._build()
        self.heat_view.set_opacity(settings.value.opacity / 100)
        self._blank.timeout.connect(self._show_loading)
        self.loader.loaded.connect(self._show_picture)
        self.controls.opacity_changed.connect(self._on_opacity)
        self.controls.map_changed.connect(self._on_map)

    def _build(self) -> None:
        self._title.setFont(heading_font(self.font()))
        quiet(self._subtitle)
        quiet(self._nothing)
        pictures = QGridLayout()
        pictures.setHorizontalSpacing(8)
        pictures.setVerticalSpacing(4)
        for column, (view, name) in enumerate(
            ((self.crop_view, quiet(QLabel("Crop"))), (self.heat_view, self._heat_name))
        ):
            pictures.addWidget(name, 0, column)
            pictures.addWidget(view, 1, column)
            pictures.setColumnStretch(column, 1)
        pictures.setRowStretch(1, 1)
        words = QWidget()
        under = QVBoxLayout(words)
        under.setContentsMargins(0, 4, 0, 0)
        under.setSpacing(14)
        under.addWidget(self.bars)
        under.addWidget(self.similar)
        under.addWidget(self.evidence)
        under.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(words)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setMinimumHeight(120)
        # A stop of the Tab key only where there is something to scroll.
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.verticalScrollBar().rangeChanged.connect(
            lambda low, high: scroll.setFocusPolicy(Qt.FocusPolicy.TabFocus if high > low else Qt.FocusPolicy.NoFocus)
        )
        page = QWidget()
        column_layout = QVBoxLayout(page)
        column_layout.setContentsMargins(14, 10, 14, 10)
        column_layout.setSpacing(8)
        column_layout.addWidget(self._title)
        column_layout.addWidget(self._subtitle)
        column_layout.addLayout(pictures, 3)
        column_layout.addWidget(self.controls)
        column_layout.addWidget(self.verdict)
        column_layout.addWidget(scroll, 2)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._nothing)
        self._stack.addWidget(page)

    def sizeHint(self) -> QSize:
        return QSize(450, 600)

    def set_session(self, session: Session | None) -> None:
        self.similar.set_session(session)
        if session is not self._session:
            self._cell = None
        self._session = session

    def show_cell(self, cell: Cell | None) -> None:
        """Shows a cell at once, its picture as soon as it is read."""
        before, self._cell = self._cell, cell
        self.similar.show_cell(cell)
        self._stack.setCurrentIndex(1 if cell else 0)
        if cell is None:
            self.loader.forget()
            self._blank.stop()
            return
        self._title.show_text(file_text(cell))
        self._title.setToolTip(plain_tip(str(cell.ref.path)))
        size = f" · {cell.size[0]} × {cell.size[1]} px" if cell.size else ""
        self._subtitle.show_text(cell.ref.slide + size)
        model = self._model_of(cell)
        self.bars.show_prediction(cell.prediction, model.spec.refer_below if model else None)
        self.evidence.show_cell(cell)
        self.verdict.show_cell(cell)
        if before is None or pictured(before) != pictured(cell):
            self._load(cell)

    def prepare(self, cell: Cell) -> None:
        """Reads ahead what is likely to be shown next."""
        if self._session:
            heatmap = self._session.heatmap(cell.id)
            self.loader.prepare(cell, heatmap, self._settings.value.colour_map, self._model_of(cell))

    def switch_heat(self) -> None:
        """Lays the heat over the crop, or takes it off."""
        self._show_heat(not self.heat_view.layer_shown)

    def change_heat(self, steps: int) -> None:
        """Shows the heat so many steps more strongly, or more faintly where they are negative."""
        self._show_heat(True)
        self.controls.change(steps * _HEAT_STEP)

    def _show_heat(self, shown: bool) -> None:
        self.heat_view.show_layer(shown)
        self._name_heat(self._detail)

    def _load(self, cell: Cell) -> None:
        heatmap = self._session.heatmap(cell.id) if self._session else None
        self._blank.start()
        self.loader.load(cell, heatmap, self._settings.value.colour_map, self._model_of(cell))

    def _model_of(self, cell: Cell) -> ModelFolder | None:
        return self._shelf.with_id(cell.prediction.model) if cell.prediction else None

    def _show_loading(self) -> None:
        for view in (self.crop_view, self.heat_view):
            view.show_image(None, None, "Loading…")

    def _show_picture(self, picture: CellPicture) -> None:
        if self._cell is None or picture.cell != self._cell.id:
            return
        self._blank.stop()
        self.crop_view.show_image(picture.crop, None, picture.problem)
        if picture.heat is not None:
            note = "Flat: no part of the head stood out." if picture.flat else ""
            self.heat_view.show_image(picture.crop, picture.heat, note)
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
        self._heat_name.setToolTip(plain_tip(detail) if isinstance(detail, str) else "")

    def _on_opacity(self, value: int) -> None:
        self.heat_view.set_opacity(value / 100)
        self._settings.update(opacity=value)

    def _on_map(self, name: str) -> None:
        self._settings.update(colour_map=name)
        if self._cell:
            self._load(self._cell)
