"""The left pane: the slides of the session with their progress, and the figures of the chosen one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QListView,
    QVBoxLayout,
    QWidget,
)

from sperm_viewer.gui.slides.figures_pane import FiguresPane
from sperm_viewer.gui.slides.slide_delegate import CLASSES_ROLE, COUNTS_ROLE, PAD, SlideDelegate, in_words
from sperm_viewer.gui.widgets.plain_tip import plain_tip
from sperm_viewer.gui.widgets.theme import Theme, quiet
from sperm_viewer.session.session import SlideCounts
from sperm_viewer.statistics.slide_figures import Tally

ALL = "All slides"
_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class SlidesModel(QAbstractListModel):
    """All slides together in the first row, then each slide in natural order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._slides: list[SlideCounts] = []
        self._classes: tuple[str, ...] = ()
        self._samples = 0

    def show(self, slides: Sequence[SlideCounts], classes: Sequence[str]) -> None:
        """Shows new counts; the rows stay if the slides are the same."""
        same = [_shown(slide) for slide in slides] == [_shown(slide) for slide in self._slides[1:]]
        if not same:
            self.beginResetModel()
        self._classes = tuple(classes)
        self._slides = [_sum(slides), *slides]
        self._samples = len({slide.sample_id for slide in slides})
        if same:
            self.dataChanged.emit(self.index(0), self.index(len(self._slides) - 1))
        else:
            self.endResetModel()

    @property
    def total(self) -> SlideCounts:
        return self._slides[0] if self._slides else _sum([])

    def slide_at(self, row: int) -> int | None:
        """The slide's id; None in the row of all slides."""
        return self._slides[row].id if 0 < row < len(self._slides) else None

    def sample_at(self, row: int) -> int | None:
        """The id of the slide's sample; in the row of all slides that of the only sample, None if there are several."""
        if 0 < row < len(self._slides):
            return self._slides[row].sample_id
        return self._slides[1].sample_id if self._samples == 1 else None

    def row_of(self, slide: int | None) -> int:
        return next((row for row, s in enumerate(self._slides) if row and s.id == slide), 0)

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._slides)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        counts = self._slides[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._name(counts)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self._name(counts)}, {counts.done} of {counts.crops}. {in_words(counts, self._classes)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            where = [str(counts.folder)] if index.row() else []
            return plain_tip("\n".join([*where, *in_words(counts, self._classes).split(", ")]))
        if role == COUNTS_ROLE:
            return counts
        if role == CLASSES_ROLE:
            return self._classes
        return None

    def _name(self, counts: SlideCounts) -> str:
        """With the sample if there are several: two samples may have slides of one name."""
        shown = self._samples > 1 and counts.sample not in ("", counts.name)
        return f"{counts.sample} / {counts.name}" if shown else counts.name


class SlidesPane(QWidget):
    """The list of slides, and the figures of the chosen one; None stands for all slides."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, context_menu: Sequence[QAction] = ()) -> None:
        super().__init__()
        self.model = SlidesModel(self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.figures = FiguresPane(theme)
        self._delegate = SlideDelegate(theme)
        self.list.setItemDelegate(self._delegate)
        self.list.setAccessibleName("Slides")
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.list.addActions(list(context_menu))
        self.list.setMouseTracking(True)
        self.list.setUniformItemSizes(True)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Room for one slide and the start of the next one.
        self.list.setMinimumHeight(120)
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

    def show_tallies(self, tallies: Sequence[Tally], classes: Sequence[str]) -> None:
        self.figures.show_tallies(tallies, classes)

    def show_slides(self, slides: Sequence[SlideCounts], classes: Sequence[str]) -> None:
        current = self.current
        self.model.show(slides, classes)
        if not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.model.index(self.model.row_of(current)))

    @property
    def current(self) -> int | None:
        """The chosen slide; None for all of them."""
        return self.model.slide_at(self.list.currentIndex().row())

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
            self.figures.show_slide(slide)
            self.chosen.emit(slide)


def _sum(slides: Sequence[SlideCounts]) -> SlideCounts:
    classes: dict[str, int] = {}
    for slide in slides:
        for name, count in slide.classes.items():
            classes[name] = classes.get(name, 0) + count
    return SlideCounts(
        id=0,
        sample_id=0,
        sample="",
        name=ALL,
        folder=Path(),
        crops=sum(slide.crops for slide in slides),
        done=sum(slide.done for slide in slides),
        scored=sum(slide.scored for slide in slides),
        referred=sum(slide.referred for slide in slides),
        not_counted=sum(slide.not_counted for slide in slides),
        failed=sum(slide.failed for slide in slides),
        flagged=sum(slide.flagged for slide in slides),
        classes=classes,
        reviewed=sum(slide.reviewed for slide in slides),
        to_read=sum(slide.to_read for slide in slides),
    )


def _shown(slide: SlideCounts) -> tuple[int, str, str]:
    return slide.id, slide.sample, slide.name
