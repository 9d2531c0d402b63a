"""Collects the content of a report from a session: figures and cells, without text and pixels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sperm_viewer import __version__
from sperm_viewer.domain.anomalies import Anomaly
from sperm_viewer.domain.cell import NON_SPERM, REFER, Cell, Status
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.inference.model_spec import ModelSpec
from sperm_viewer.reports.wording import moment
from sperm_viewer.session.readings import ReadingsCompared, compare_readings
from sperm_viewer.session.review import second_reading
from sperm_viewer.session.session import Session, SessionModel, SlideDetails
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
    """The figures of a slide, or of all slides together.

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
    """`unfamiliar` is a warning that most of the slide is out of distribution; otherwise it is empty.

    `checked` is the result of a spot check so far; None if none was begun.
    """

    name: str
    details: SlideDetails
    figures: Figures
    unfamiliar: str
    checked: SpotCheckFigures | None


@dataclass(frozen=True, slots=True)
class ReplicateReport:
    """Two slides of one preparation; `comparison` is None if one of them has no sperm."""

    first: str
    second: str
    comparison: ReplicateComparison | None


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

    `pooled` is None for a session of one slide. `listed` are the first of `to_list` cells that were referred, or whose
    verdict is another class than the model's first choice.
    """

    session: str
    laboratory: str
    made_at: str
    app_version: str
    model: SessionModel
    spec: ModelSpec | None
    slides: tuple[SlideReport, ...]
    pooled: Figures | None
    replicates: tuple[ReplicateReport, ...]
    readings: tuple[ReadingsCompared, ...]
    readers: tuple[Reader, ...]
    gallery: tuple[ShownClass, ...]
    listed: tuple[Cell, ...]
    to_list: int
    settings: tuple[tuple[str, str], ...]
    verification: Verification

    @property
    def total(self) -> Figures:
        """The pooled figures, or those of the one slide."""
        return self.pooled or self.slides[0].figures


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
    slides = _slides(session, cells, model, spec)
    return ReportData(
        session=name,
        laboratory=laboratory,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        app_version=__version__,
        model=model,
        spec=spec,
        slides=slides,
        pooled=_pooled(session, cells, model, spec) if len(slides) > 1 else None,
        replicates=_replicates(slides, model),
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


def _slides(
    session: Session, cells: Sequence[Cell], model: SessionModel, spec: ModelSpec | None
) -> tuple[SlideReport, ...]:
    of_slide: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        of_slide[cell.ref.slide].append(cell)
    tallies = session.tallies()
    unfamiliar = {slide.name: unfamiliar_slide_warning(slide, model.id.name) for slide in unfamiliar_slides(session)}
    details = session.slide_details()
    return tuple(
        SlideReport(
            counts.name,
            details[counts.name],
            _figures(
                counts.crops,
                slide_figures(tallies, model.classes, counts.name),
                of_slide[counts.name],
                model,
                spec,
            ),
            unfamiliar.get(counts.name, ""),
            _checked(session, counts.name),
        )
        for counts in session.slides()
    )


def _checked(session: Session, slide: str) -> SpotCheckFigures | None:
    check = begun_spot_check(session, slide)
    return spot_check_figures(session, check) if check else None


def _pooled(session: Session, cells: Sequence[Cell], model: SessionModel, spec: ModelSpec | None) -> Figures:
    return _figures(session.crop_count(), slide_figures(session.tallies(), model.classes), cells, model, spec)


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
    by_name = {slide.name: slide for slide in slides}
    return tuple(
        ReplicateReport(
            first.name,
            slide.name,
            compare_replicates(first.figures.counts.final, slide.figures.counts.final, model.normal_class),
        )
        for slide in slides
        if (first := by_name.get(slide.details.replicate_of))
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
