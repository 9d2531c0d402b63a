"""The content of a report: figures and cells, without text and pixels. Nothing is pooled over samples."""

from __future__ import annotations

from dataclasses import dataclass

from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.sample import SampleDetails, SlideDetails
from sperm_viewer.inference.model_spec import ModelSpec
from sperm_viewer.reports.csv_tables import SampleShare
from sperm_viewer.reports.measured_spread import MeasuredSpread
from sperm_viewer.session.agreements import ReadingsCompared, ReadingsSideBySide
from sperm_viewer.session.authorise import Authorisation
from sperm_viewer.session.field_heads import EditedHeads
from sperm_viewer.session.laboratory_audit import LaboratoryAudit
from sperm_viewer.session.session import SessionModel
from sperm_viewer.session.spot_check import SpotCheckFigures
from sperm_viewer.session.verify import Verification
from sperm_viewer.statistics.headline import Headline
from sperm_viewer.statistics.indices import Defects
from sperm_viewer.statistics.replicates import ReplicateComparison
from sperm_viewer.statistics.slide_figures import SlideFigures


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a slide, or of all slides of a sample together. `crops` are the cells, and
    one for each image that was not scored yet. `defects` is None if nobody ticked an anomaly.
    """

    crops: int
    counts: SlideFigures
    defects: Defects | None

    @property
    def waiting(self) -> int:
        """Images that were not scored yet."""
        return self.crops - self.counts.cells - self.counts.failed - self.counts.not_counted


@dataclass(frozen=True, slots=True)
class SlideReport:
    """`id` is the slide's, since its name is unique within its sample alone.

    `unfamiliar` is a warning that most of the slide is out of distribution; otherwise it is empty. `checked` is the
    result of a spot check so far; None if none was begun. `measured` is empty if no head was measured.
    """

    id: int
    name: str
    details: SlideDetails
    figures: Figures
    unfamiliar: str
    checked: SpotCheckFigures | None
    measured: tuple[MeasuredSpread, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplicateReport:
    """Two slides of one sample; `comparison` is None if one of them has no sperm."""

    first: str
    second: str
    comparison: ReplicateComparison | None


@dataclass(frozen=True, slots=True)
class Reader:
    """The number of cells with this person's class in a reading, such as `second reader, blind`; times are UTC.

    `read` of them were read one by one, the others accepted in bulk.
    """

    name: str
    reading: str
    cells: int
    read: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class ShownClass:
    """Some of the `of` cells of a final class, spread evenly over the sample in its natural order."""

    name: str
    of: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class ReportState:
    """The number of a sample's report, who authorised it, and which one it replaces.

    `authorised` is None for a report that nobody has authorised yet. An amended report has the number after the one
    that it replaces, in `replaces`; `changes` says what was written since, `figures_before` which figures differ.
    """

    number: int
    authorised: Authorisation | None
    replaces: Authorisation | None
    changes: tuple[str, ...]
    figures_before: tuple[tuple[str, str, str], ...]
    """Name, then, now."""


@dataclass(frozen=True, slots=True)
class SampleReport:
    """A sample with its slides, which are replicates.

    `total` are the figures of its one slide, or of all of them together. It is None if the slides may not be pooled;
    `not_pooled` is the reason, a sentence. `headline` is None if the errors of the model are not known; `share` has its
    values for a table. `listed` are the first of `to_list` cells that were referred, or whose verdict is another class
    than the model's first choice; `set_aside` are those that the first reader set aside. `edited` counts the heads that
    people changed.
    """

    id: int
    identifier: str
    details: SampleDetails
    slides: tuple[SlideReport, ...]
    replicates: tuple[ReplicateReport, ...]
    total: Figures | None
    not_pooled: str
    headline: Headline | None
    share: SampleShare
    readings: tuple[ReadingsCompared, ...]
    side_by_side: ReadingsSideBySide
    readers: tuple[Reader, ...]
    gallery: tuple[ShownClass, ...]
    listed: tuple[Cell, ...]
    to_list: int
    set_aside: tuple[Cell, ...]
    failed: tuple[Cell, ...]
    edited: EditedHeads
    state: ReportState

    @property
    def several(self) -> bool:
        """Whether the names of slides must be shown."""
        return len(self.slides) > 1


@dataclass(frozen=True, slots=True)
class ReportData:
    """The content of a report. `made_at` is UTC, ISO 8601; `spec` is None if the session's model isn't installed.

    `audit` are the laboratory's audit cells that the headlines were made with; None if the model's errors
    aren't known.
    """

    session: str
    laboratory: str
    made_at: str
    app_version: str
    model: SessionModel
    spec: ModelSpec | None
    samples: tuple[SampleReport, ...]
    settings: tuple[tuple[str, str], ...]
    verification: Verification
    audit: LaboratoryAudit | None
