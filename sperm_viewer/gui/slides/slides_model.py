"""The rows of the list of slides: all slides together, then each slide, under its sample if that has several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from sperm_viewer.domain.progress import counted
from sperm_viewer.gui.slides.slide_delegate import (
    AIM_ROLE,
    CLASSES_ROLE,
    COUNTS_ROLE,
    INDENTED_ROLE,
    in_words,
    sperm_in_words,
)
from sperm_viewer.gui.widgets.plain_tip import plain_tip
from sperm_viewer.run.counting import WHO_COUNT
from sperm_viewer.session.session import SlideCounts

ALL = "All slides"
_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


@dataclass(frozen=True, slots=True)
class _Heading:
    """A sample that has several slides."""

    sample: int
    identifier: str
    slides: int


class SlidesModel(QAbstractListModel):
    """A sample with one slide has no heading: its identifier is in the slide's row."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[SlideCounts | _Heading] = []
        self._classes: tuple[str, ...] = ()
        self._samples = 0
        self._aim = WHO_COUNT

    def show(self, slides: Sequence[SlideCounts], classes: Sequence[str], aim: int = WHO_COUNT) -> None:
        """Shows new counts; the rows stay if the slides are the same. `aim` is how many sperm a slide is to have."""
        self._aim = aim
        rows = [_sum(slides), *_under_samples(slides)]
        same = [_shown(row) for row in rows] == [_shown(row) for row in self._rows]
        if not same:
            self.beginResetModel()
        self._classes = tuple(classes)
        self._rows = rows
        self._samples = len({slide.sample_id for slide in slides})
        if same:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))
        else:
            self.endResetModel()

    @property
    def total(self) -> SlideCounts:
        first = self._rows[0] if self._rows else None
        return first if isinstance(first, SlideCounts) else _sum([])

    def slide_at(self, row: int) -> int | None:
        """The slide's id; None in the row of all slides and in a heading."""
        slide = self._slide(row)
        return slide.id if slide else None

    def heading_at(self, row: int) -> int | None:
        """The id of the sample whose heading this is; None for another row."""
        found = self._rows[row] if 0 <= row < len(self._rows) else None
        return found.sample if isinstance(found, _Heading) else None

    def sample_at(self, row: int) -> int | None:
        """The id of a heading's or a slide's sample; in the row of all slides that of the only sample, if it is one."""
        slide, sample = self._slide(row), self.heading_at(row)
        if slide or sample:
            return slide.sample_id if slide else sample
        only = self._slide(1) or self._slide(2)
        return only.sample_id if only and self._samples == 1 else None

    def row_of(self, slide: int | None, heading: int | None = None) -> int:
        """The row of a slide, or of a sample's heading; that of all slides if it isn't there."""
        wanted = (slide, heading)
        rows = range(1, len(self._rows))
        return next((row for row in rows if (self.slide_at(row), self.heading_at(row)) == wanted), 0)

    def first_slide_from(self, row: int) -> int:
        """The row itself, or for a heading that of its first slide."""
        return row if self.heading_at(row) is None else row + 1

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if isinstance(row, _Heading):
            return _heading_data(row, role)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._name(row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            whole = f"{row.sample} / {row.name}" if self._has_heading(row) else self._name(row)
            sperm = f"{sperm_in_words(row, self._aim)}. " if index.row() and row.sperm else ""
            return f"{whole}, {row.done} of {row.crops}. {sperm}{in_words(row, self._classes)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            where = [str(row.folder)] if index.row() else []
            return plain_tip("\n".join([*where, *in_words(row, self._classes).split(", ")]))
        return {
            COUNTS_ROLE: row,
            CLASSES_ROLE: self._classes,
            INDENTED_ROLE: self._has_heading(row),
            AIM_ROLE: self._aim,
        }.get(role)

    def _slide(self, row: int) -> SlideCounts | None:
        found = self._rows[row] if 0 < row < len(self._rows) else None
        return found if isinstance(found, SlideCounts) else None

    def _has_heading(self, slide: SlideCounts) -> bool:
        return any(isinstance(row, _Heading) and row.sample == slide.sample_id for row in self._rows)

    def _name(self, slide: SlideCounts) -> str:
        """With the sample if there are several: two samples may have slides of one name."""
        shown = self._samples > 1 and slide.sample not in ("", slide.name) and not self._has_heading(slide)
        return f"{slide.sample} / {slide.name}" if shown else slide.name


def _heading_data(heading: _Heading, role: int) -> Any:
    if role == Qt.ItemDataRole.DisplayRole:
        return heading.identifier
    if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
        text = f"Sample {heading.identifier}, {counted(heading.slides, 'slide')}"
        return plain_tip(text) if role == Qt.ItemDataRole.ToolTipRole else text
    return None


def _under_samples(slides: Sequence[SlideCounts]) -> Iterator[SlideCounts | _Heading]:
    """`slides` come sample by sample."""
    of_sample = Counter(slide.sample_id for slide in slides)
    begun: set[int] = set()
    for slide in slides:
        several = of_sample[slide.sample_id] > 1 and len(of_sample) > 1
        if several and slide.sample_id not in begun:
            begun.add(slide.sample_id)
            yield _Heading(slide.sample_id, slide.sample, of_sample[slide.sample_id])
        yield slide


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
        sperm=sum(slide.sperm for slide in slides),
    )


def _shown(row: SlideCounts | _Heading) -> object:
    return (row.id, row.sample, row.name) if isinstance(row, SlideCounts) else row
