"""Collects the content of a report from a session: figures and cells, without text and pixels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations

from sperm_viewer import __version__
from sperm_viewer.domain.anomalies import Anomaly
from sperm_viewer.domain.cell import NON_SPERM, REFER, Cell, Status
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.sample import Sample, SampleDetails, Slide, SlideDetails
from sperm_viewer.inference.model_spec import ModelSpec
from sperm_viewer.reports.wording import moment
from sperm_viewer.session.readings import ReadingsCompared, compare_readings
from sperm_viewer.session.review import second_reading
from sperm_viewer.session.session import Session, SessionModel
from sperm_viewer.session.spot_check import SpotCheckFigures, begun_spot_check, spot_check_figures
from sperm_viewer.session.unfamiliar_slides import unfamiliar_slide_warning, unfamiliar_slides
from sperm_viewer.session.verify import Verification
from sperm_viewer.statistics.adjusted_proportion import AdjustedProportion, adjusted_proportion
from sperm_viewer.statistics.indices import DeformityIndices, deformity_indices
from sperm_viewer.statistics.replicates import ReplicateComparison, compare_replicates
from sperm_viewer.statistics.slide_figures import SlideFigures, slide_figures

SHOWN_PER_CLASS = 12
"""The largest number of cells of a class in the gallery."""
MOST_LISTED = 2000
"""The largest number of referred and overruled cells in a report; they fill more than a hundred pages."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a slide, or of all slides of a sample together.

    `adjusted` is None if no cell is left to the model alone, or if the model's known errors are not available.
    `indices` is None if no reader ticked an anomaly.
    """

    crops: int
    counts: SlideFigures
    adjusted: AdjustedProportion | None
    indices: DeformityIndices | None

    @property
    def waiting(self) -> int:
        """Crops that were not scored yet."""
        return self.crops - self.counts.cells - self.counts.failed


@dataclass(frozen=True, slots=True)
class SlideReport:
    """`id` is the slide's, since its name is unique within its sample alone.

    `unfamiliar` is a warning that most of the slide is out of distribution; otherwise it is empty. `checked` is the
    result of a spot check so far; None if none was begun.
    """

    id: int
    name: str
    details: SlideDetails
    figures: Figures
    unfamiliar: str
    checked: SpotCheckFigures | None


@dataclass(frozen=True, slots=True)
class ReplicateReport:
    """Two slides of one sample; `comparison` is None if one of them has no sperm."""

    first: str
    second: str
    comparison: ReplicateComparison | None


@dataclass(frozen=True, slots=True)
class SampleReport:
    """A sample with its slides, which are replicates.

    `total` are the figures of its one slide, or of all of them together. It is None if the slides may not be pooled;
    `not_pooled` is the reason, a sentence.
    """

    identifier: str
    details: SampleDetails
    slides: tuple[SlideReport, ...]
    replicates: tuple[ReplicateReport, ...]
    total: Figures | None
    not_pooled: str


@dataclass(frozen=True, slots=True)
class Reader:
    """The number of cells with this person's class, in the first reading or the blind second; times are UTC."""

    name: str
    reading: str
    cells: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class ShownClass:
    """Some of the `of` cells of a final class, spread evenly over the session in its natural order."""

    name: str
    of: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class ReportData:
    """The content of a report. `made_at` is UTC, ISO 8601; `spec` is None if the session's model isn't installed.

    `listed` are the first of `to_list` cells that were referred, or whose
    verdict is another class than the model's first choice.
    """

    session: str
    laboratory: str
    made_at: str
    app_version: str
    model: SessionModel
    spec: ModelSpec | None
    samples: tuple[SampleReport, ...]
    readings: tuple[ReadingsCompared, ...]
    readers: tuple[Reader, ...]
    gallery: tuple[ShownClass, ...]
    listed: tuple[Cell, ...]
    to_list: int
    settings: tuple[tuple[str, str], ...]
    verification: Verification

    @property
    def slides(self) -> tuple[SlideReport, ...]:
        """The slides of all samples."""
        return tuple(slide for sample in self.samples for slide in sample.slides)


def gather(
    session: Session, name: str, laboratory: str, spec: ModelSpec | None, verification: Verification
) -> ReportData:
    """The content of a report on this session. `name` is its file name, since `session` may be a copy.

    Raises SpermViewerError if nothing was scored yet.
    """
    model = session.model()
    cells = list(session.all_cells())
    if model is None or not cells:
        raise SpermViewerError(f"{name}: nothing in this session has been scored. Score it, then report.")
    return ReportData(
        session=name,
        laboratory=laboratory,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        app_version=__version__,
        model=model,
        spec=spec,
        samples=_samples(session, cells, model, spec),
        readings=compare_readings(cells, model.classes),
        readers=_readers(cells),
        gallery=_gallery(cells, model),
        listed=tuple(_to_list(cells)[:MOST_LISTED]),
        to_list=len(_to_list(cells)),
        settings=_settings(session, spec),
        verification=verification,
    )


def is_overruled(cell: Cell) -> bool:
    """Whether the first reader's class differs from the model's first choice."""
    return cell.reviewed and cell.prediction is not None and cell.final_class != cell.prediction.first


def _samples(
    session: Session, cells: Sequence[Cell], model: SessionModel, spec: ModelSpec | None
) -> tuple[SampleReport, ...]:
    of_slide: dict[int, list[Cell]] = defaultdict(list)
    for cell in cells:
        of_slide[cell.slide].append(cell)
    tallies = session.tallies()
    images = {counts.id: counts.crops for counts in session.slides()}
    unfamiliar = {slide.id: unfamiliar_slide_warning(slide, model.id.name) for slide in unfamiliar_slides(session)}

    def figures(slides: Sequence[Slide]) -> Figures:
        ids = [slide.id for slide in slides]
        counts = slide_figures([tally for tally in tallies if tally.slide in ids], model.classes)
        found = [cell for slide in ids for cell in of_slide[slide]]
        return _figures(sum(images[slide] for slide in ids), counts, found, model, spec)

    def report(sample: Sample) -> SampleReport:
        slides = tuple(
            SlideReport(
                slide.id,
                slide.name,
                slide.details,
                figures([slide]),
                unfamiliar.get(slide.id, ""),
                _checked(session, slide.id),
            )
            for slide in sample.slides
        )
        replicates = _replicates(slides, model)
        reason = _why_not_pooled(slides, replicates)
        total = None if reason else figures(sample.slides)
        return SampleReport(sample.identifier, sample.details, slides, replicates, total, reason)

    return tuple(report(sample) for sample in session.samples())


def _why_not_pooled(slides: Sequence[SlideReport], replicates: Sequence[ReplicateReport]) -> str:
    """Replicates are counted together only if they were made alike and agree; empty if they may be."""
    stains = {slide.details.stain for slide in slides} - {""}
    magnifications = {slide.details.magnification for slide in slides} - {""}
    if len(stains) > 1 or len(magnifications) > 1:
        return "The slides differ in stain or magnification, so they are not replicates and are not counted together."
    if any(pair.comparison and not pair.comparison.agrees for pair in replicates):
        return "The slides differ by more than chance allows, so they are not counted together."
    return ""


def _checked(session: Session, slide: int) -> SpotCheckFigures | None:
    check = begun_spot_check(session, slide)
    return spot_check_figures(session, check) if check else None


def _figures(
    crops: int, counts: SlideFigures, cells: Sequence[Cell], model: SessionModel, spec: ModelSpec | None
) -> Figures:
    known = spec.confusion if spec else None
    adjusted = None
    if known and counts.unread:
        adjusted = adjusted_proportion(known, model.normal_class, counts.unread, counts.read)
    return Figures(crops, counts, adjusted, _indices(cells, model, counts.final.sperm))


def _indices(cells: Sequence[Cell], model: SessionModel, sperm: int) -> DeformityIndices | None:
    ticked = [
        [Anomaly(name) for name in (cell.verdict.anomalies or ())] if cell.verdict else []
        for cell in cells
        if cell.final_class not in (model.normal_class, NON_SPERM, REFER, "")
    ]
    return deformity_indices(ticked, sperm) if any(ticked) else None


def _replicates(slides: Sequence[SlideReport], model: SessionModel) -> tuple[ReplicateReport, ...]:
    """Each two slides of a sample."""
    return tuple(
        ReplicateReport(
            one.name,
            other.name,
            compare_replicates(one.figures.counts.final, other.figures.counts.final, model.normal_class),
        )
        for one, other in combinations(slides, 2)
    )


def _readers(cells: Iterable[Cell]) -> tuple[Reader, ...]:
    at: dict[tuple[str, str], list[str]] = defaultdict(list)
    for cell in cells:
        for reading, verdict in (("first", cell.verdict), ("blind second", cell.second)):
            if verdict and verdict.class_name:
                at[reading, verdict.reader].append(verdict.at)
    return tuple(
        Reader(name, reading, len(times), min(times), max(times))
        for (reading, name), times in sorted(at.items(), key=lambda entry: (entry[0][0] != "first", entry[0][1]))
    )


def _gallery(cells: Sequence[Cell], model: SessionModel) -> tuple[ShownClass, ...]:
    of_class: dict[str, list[Cell]] = {name: [] for name in model.classes}
    for cell in cells:
        if cell.final_class not in (REFER, ""):
            of_class.setdefault(cell.final_class, []).append(cell)
    return tuple(ShownClass(name, len(found), _spread(found)) for name, found in of_class.items() if found)


def _spread(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """At most `SHOWN_PER_CLASS` of them, spread evenly."""
    count = min(len(cells), SHOWN_PER_CLASS)
    return tuple(cells[(2 * number + 1) * len(cells) // (2 * count)] for number in range(count))


def _to_list(cells: Iterable[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell.status is Status.REFERRED or is_overruled(cell)]


def _settings(session: Session, spec: ModelSpec | None) -> tuple[tuple[str, str], ...]:
    """The settings that affect the results, as pairs of name and value."""
    found = [("Scoring began", moment(session.note("started") or ""))]
    found += [(name.capitalize(), session.note(name) or "") for name in ("engine", "device")]
    reading = second_reading(session)
    if reading:
        found.append(("Blind second reading by", reading.reader))
    if spec:
        found += [
            ("Refers below a probability of", f"{spec.refer_below:g}"),
            ("Refers above a distance from the training data of", f"{spec.unlike_above:.4f}"),
            ("Temperature", f"{spec.temperature:g}"),
            ("Views per crop", str(spec.preprocessing.views)),
        ]
    return tuple((name, value) for name, value in found if value)
