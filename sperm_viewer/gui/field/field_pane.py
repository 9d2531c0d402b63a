"""The image of the current cell: its heads with their classes, linked with table and gallery."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.progress import counted
from sperm_viewer.domain.scale import scale_of
from sperm_viewer.gui.field.field_images import FieldImage, FieldImages, ImageKey, image_key
from sperm_viewer.gui.field.field_view import FieldView
from sperm_viewer.gui.field.head_shape import needs_person, shapes_of, shown_class
from sperm_viewer.gui.field.tool import FieldTool
from sperm_viewer.gui.field.tool_row import ToolRow
from sperm_viewer.gui.results.results_pane import ResultsPane
from sperm_viewer.gui.results.view_switch import FIELD
from sperm_viewer.gui.review.image_view import Zoom
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.gui.widgets.class_qcolours import class_colour
from sperm_viewer.gui.widgets.elided_label import ElidedLabel
from sperm_viewer.gui.widgets.theme import Theme, quiet
from sperm_viewer.session.field_heads import FieldHead, heads_beside
from sperm_viewer.session.session import Session

_NOTHING = "Select a cell to see its image here."


class FieldPane(QWidget):
    """Shows the image of the current cell of a results pane. It reads nothing while another view is shown."""

    cell_chosen = Signal(int)
    pointed = Signal(QPointF)
    """A point of the image, where a head is to be added."""
    drawn = Signal(object)
    """A list of points of the image: a line that was drawn."""

    def __init__(self, results: ResultsPane, theme: Theme, actions: Mapping[ActionId, QAction]) -> None:
        super().__init__()
        self._results = results
        self._session: Session | None = None
        self._classes: Sequence[str] = ()
        self._heads: list[FieldHead] = []
        self._key: ImageKey | None = None
        self._marks: list[QPointF] = []
        self.tool = FieldTool.SELECT
        self.image: FieldImage | None = None
        self.tools = ToolRow(actions)
        self.zoom = Zoom(self)
        self.images = FieldImages(self)
        self.view = FieldView(self.zoom, theme)
        self._title = ElidedLabel()
        self._legend = quiet(QLabel())
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        # One reading for the many signals of one change.
        self._following = QTimer(self)
        self._following.setSingleShot(True)
        self._following.setInterval(0)
        self._build()
        results.add_view(FIELD, self, self.view)
        self._following.timeout.connect(self.follow)
        self.images.loaded.connect(self._show_image)
        self.view.head_chosen.connect(self.cell_chosen)
        self.view.pointed.connect(self.pointed)
        self.view.drawn.connect(self.drawn)
        self.view.left.connect(lambda: self.choose(FieldTool.SELECT))
        for signal in (results.current_changed, results.selection_changed):
            signal.connect(self._change)
        for signal in (results.model.dataChanged, results.model.rowsInserted, results.model.modelReset):
            signal.connect(self._change)

    def _build(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(10, 0, 10, 8)
        row.setSpacing(12)
        row.addWidget(self._title, 1)
        row.addWidget(self._legend)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.tools)
        column.addWidget(self.view, 1)

    @property
    def shown(self) -> bool:
        return self._results.views.currentWidget() is self

    @property
    def heads(self) -> Sequence[FieldHead]:
        """The heads of the image that is shown."""
        return self._heads

    def choose(self, tool: FieldTool) -> None:
        """Takes a tool in hand."""
        self.tool = tool
        self.tools.show_tool(tool)
        self.view.take_tool(tool)

    def outlined_at(self, point: QPointF) -> int | None:
        """The cell whose outline is around a point of the image."""
        shapes = shapes_of(self._heads, self._classes)
        return next((shape.cell for shape in shapes if shape.path.contains(point)), None)

    def mark(self, point: QPointF) -> None:
        """Shows that a head is being looked for at a point of the image."""
        self._marks.append(point)
        self.view.show_marks(self._marks)

    def unmark(self, point: QPointF) -> None:
        if point in self._marks:
            self._marks.remove(point)
        self.view.show_marks(self._marks)

    def set_session(self, session: Session | None, classes: Sequence[str]) -> None:
        self._session, self._classes = session, classes
        self._heads, self._key, self.image = [], None, None
        self._marks.clear()
        self.images.forget()
        self._change()

    def close_tasks(self) -> None:
        self._following.stop()
        self.images.close()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.follow()

    def _change(self) -> None:
        if self.isVisible():
            self._following.start()

    def follow(self) -> None:
        """Shows the image and the heads as they are now."""
        self._following.stop()
        cell = self._results.current_cell()
        if self._session is None or cell is None:
            self._heads, self._key, self.image = [], None, None
            self._title.show_text("")
            self._legend.clear()
            self.view.show_shapes((), None, ())
            self.view.show_image((), _NOTHING)
            return
        self._heads = heads_beside(self._session, cell.id)
        self.view.show_shapes(shapes_of(self._heads, self._classes), cell.id, self._results.selected_ids())
        self.view.um_per_px = scale_of(cell, self._session.slide_details(cell.slide))
        self._describe(cell)
        if image_key(cell) != self._key:
            self._key, self.image = image_key(cell), None
            self._marks.clear()
            self.view.show_marks(())
            self.view.show_image((), "Loading…")
            self.images.load(cell)
        else:
            self.view.bring_into_view(cell.id)

    def _show_image(self, image: FieldImage) -> None:
        if image.key != self._key:
            return
        self.image = image
        self.view.show_image(image.copies, image.problem)
        if self.view.current is not None:
            self.view.bring_into_view(self.view.current)

    def _describe(self, cell: Cell) -> None:
        waiting = sum(needs_person(head.cell) for head in self._heads)
        needs = "needs" if waiting == 1 else "need"
        left = f" · {counted(waiting, 'head')} {needs} a person (dashed)" if waiting else ""
        self._title.show_text(f"{cell.ref.path.name} · {counted(len(self._heads), 'head')}{left}")
        classes = Counter(shown_class(head.cell) for head in self._heads)
        self._legend.setText(
            "&nbsp;&nbsp; ".join(
                f'<span style="color:{class_colour(name, self._classes).name()}">■</span> {escape(name)} {count}'
                for name, count in sorted(classes.items())
                if name
            )
        )
