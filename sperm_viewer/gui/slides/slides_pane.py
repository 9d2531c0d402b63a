"""The left pane: the slides of the session with their progress, and the figures of the chosen one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QAbstractItemView, QLabel, QListView, QMenu, QVBoxLayout, QWidget

from sperm_viewer.gui.slides.figures_pane import FiguresPane
from sperm_viewer.gui.slides.slide_delegate import PAD, SlideDelegate
from sperm_viewer.gui.slides.slides_model import SlidesModel
from sperm_viewer.gui.widgets.theme import Theme, quiet
from sperm_viewer.run.counting import WHO_COUNT
from sperm_viewer.session.session import SlideCounts
from sperm_viewer.statistics.slide_figures import Tally


class SlideList(QListView):
    """Its context menu is about the slide under the pointer; over a sample's heading, about its first slide."""

    def __init__(self, model: SlidesModel) -> None:
        super().__init__()
        self._slides = model
        self.setModel(model)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        row = self._slides.first_slide_from(self.indexAt(event.pos()).row())
        if row >= 0:
            self.setCurrentIndex(self._slides.index(row))
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(self.actions())
        menu.popup(event.globalPos())


class SlidesPane(QWidget):
    """The list of slides, and the figures of the chosen one; None stands for all slides, or all of a sample."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, context_menu: Sequence[QAction] = ()) -> None:
        super().__init__()
        self.model = SlidesModel(self)
        self.list = SlideList(self.model)
        self.figures = FiguresPane(theme)
        self._delegate = SlideDelegate(theme)
        self.list.setItemDelegate(self._delegate)
        self.list.setAccessibleName("Slides")
        self.list.addActions(list(context_menu))
        self.list.setMouseTracking(True)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Room for two slides and the start of the next one.
        self.list.setMinimumHeight(180)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        title = quiet(QLabel("Slides"))
        title.setContentsMargins(PAD, 12, PAD, 10)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(title)
        column.addWidget(self.list, 1)
        column.addWidget(self.figures)
        self.list.selectionModel().currentRowChanged.connect(self._announce)

    @property
    def total(self) -> SlideCounts:
        """The counts of all slides together."""
        return self.model.total

    def show_tallies(self, tallies: Sequence[Tally], classes: Sequence[str], apart: Mapping[int, str]) -> None:
        """As `FiguresPane.show_tallies`, below the slides."""
        self.figures.show_tallies(tallies, classes, apart)

    def show_slides(self, slides: Sequence[SlideCounts], classes: Sequence[str], aim: int = WHO_COUNT) -> None:
        chosen = self.current, self.current_heading
        self.model.show(slides, classes, aim)
        if not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.model.index(self.model.row_of(*chosen)))

    @property
    def current(self) -> int | None:
        """The chosen slide; None for all of them, or all of a sample."""
        return self.model.slide_at(self.list.currentIndex().row())

    @property
    def current_heading(self) -> int | None:
        """The sample that is chosen with all of its slides; None for a slide, or all slides."""
        return self.model.heading_at(self.list.currentIndex().row())

    @property
    def current_sample(self) -> int | None:
        """The sample of the chosen slide, or of all slides if they are of one; None for slides of several."""
        return self.model.sample_at(self.list.currentIndex().row())

    def choose_all_silently(self) -> None:
        """Chooses all slides without emitting `chosen`."""
        self.blockSignals(True)
        self.list.setCurrentIndex(self.model.index(0))
        self.blockSignals(False)

    def _announce(self, current: QModelIndex) -> None:
        if current.isValid():
            slide = self.model.slide_at(current.row())
            self.figures.show_slide(slide, self.current_heading)
            self.chosen.emit(slide)
