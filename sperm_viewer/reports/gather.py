"""From a session to everything that a report says, in figures; no words yet and no pixels."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sperm_viewer import __version__
from sperm_viewer.domain.cell import NON_SPERM, REFER, Cell, Status
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.inference.model_spec import ModelSpec
from sperm_viewer.reports.wording import moment
from sperm_viewer.session.readings import ReadingsCompared, compare_readings
from sperm_viewer.session.review import second_reading
from sperm_viewer.session.session import Session, SessionModel, SlideDetails, Tally
from sperm_viewer.session.slide_figures import slide_figures
from sperm_viewer.session.spot_check import SpotCheckFigures, begun_spot_check, spot_check_figures
from sperm_viewer.session.unfamiliar_slides import in_words, unfamiliar_slides
from sperm_viewer.session.verify import Verification
from sperm_viewer.statistics.adjusted_proportion import AdjustedProportion, adjusted_proportion
from sperm_viewer.statistics.indices import Anomaly, DeformityIndices, deformity_indices
from sperm_viewer.statistics.percentages import SpermPercentages
from sperm_viewer.statistics.replicates import ReplicateComparison, compare_replicates

SHOWN_A_CLASS = 12
"""Cells of a class in the gallery."""
MOST_LISTED = 2000
"""Referred and overruled cells in a report; so many fill more than a hundred pages."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is counted on a slide, or on all of them.

    `final` counts verdicts before the model's answers, `alone` the model's answers as if no one had reviewed. `waiting`
    crops have not been scored. `corrected` is None where no cell is left to the model alone, or its known errors are
    not at hand. `indices` is None where no reader ticked any anomaly.
    """

    crops: int
    waiting: int
    referred: int
    reviewed: int
    final: SpermPercentages
    alone: SpermPercentages
    corrected: AdjustedProportion | None
    indices: DeformityIndices | None


@dataclass(frozen=True, slots=True)
class SlideReport:
    """`foreign` says in words that most of the slide looks unlike the model's training data; else it is empty.

    `checked` is what a check of the model on this slide has found so far; None where none was begun.
    """

    name: str
    details: SlideDetails
    figures: Figures
    foreign: str
    checked: SpotCheckFigures | None


@dataclass(frozen=True, slots=True)
class ReplicateReport:
    """Two slides of one preparation; `comparison` is None where one of them has no sperm."""

    first: str
    second: str
    comparison: ReplicateComparison | None


@dataclass(frozen=True, slots=True)
class Reviewer:
    """How many cells hold this person's class, in the first reading or the blind second; from and to are UTC."""

    name: str
    reading: str
    cells: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class ShownClass:
    """Some of the `of` cells of a final class, evenly spread over the session in its natural order."""

    name: str
    of: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class ReportData:
    """Everything a report says. `made_at` is UTC, ISO 8601; `spec` is None where the session's model isn't installed.

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
    reviewers: tuple[Reviewer, ...]
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
    """All that a report on this session says. `name` is the session's own, since `session` may be a copy of it.

    Raises SpermViewerError where nothing was scored yet.
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
        reviewers=_reviewers(cells),
        gallery=_gallery(cells, model),
        listed=tuple(_to_list(cells)[:MOST_LISTED]),
        to_list=len(_to_list(cells)),
        settings=_settings(session, spec),
        verification=verification,
    )


def is_overruled(cell: Cell) -> bool:
    """Whether the first reader said another class than the model's first choice."""
    return cell.reviewed and cell.prediction is not None and cell.final_class != cell.prediction.first


def _slides(
    session: Session, cells: Sequence[Cell], model: SessionModel, spec: ModelSpec | None
) -> tuple[SlideReport, ...]:
    of_slide: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        of_slide[cell.ref.slide].append(cell)
    tallies: dict[str, list[Tally]] = defaultdict(list)
    for tally in session.tallies():
        tallies[tally.slide].append(tally)
    foreign = {slide.name: in_words(slide, model.id.name) for slide in unfamiliar_slides(session)}
    details = session.slide_details()
    return tuple(
        SlideReport(
            counts.name,
            details[counts.name],
            _figures(counts.crops, tallies[counts.name], of_slide[counts.name], model, spec),
            foreign.get(counts.name, ""),
            _checked(session, counts.name),
        )
        for counts in session.slides()
    )


def _checked(session: Session, slide: str) -> SpotCheckFigures | None:
    check = begun_spot_check(session, slide)
    return spot_check_figures(session, check) if check else None


def _pooled(session: Session, cells: Sequence[Cell], model: SessionModel, spec: ModelSpec | None) -> Figures:
    return _figures(session.crop_count(), session.tallies(), cells, model, spec)


def _figures(
    crops: int, tallies: Sequence[Tally], cells: Sequence[Cell], model: SessionModel, spec: ModelSpec | None
) -> Figures:
    found = slide_figures(tallies, model.classes)
    return Figures(
        crops=crops,
        waiting=crops - sum(tally.count for tally in tallies),
        referred=sum(tally.count for tally in tallies if tally.status == Status.REFERRED),
        reviewed=found.reviewed,
        final=found.final,
        alone=found.model,
        corrected=_corrected(spec, model, tallies),
        indices=_indices(cells, model, found.final.sperm),
    )


def _corrected(spec: ModelSpec | None, model: SessionModel, tallies: Sequence[Tally]) -> AdjustedProportion | None:
    left: Counter[str] = Counter()
    reviewed: Counter[str] = Counter()
    for tally in tallies:
        if tally.reviewed:
            reviewed[tally.final] += tally.count
        elif tally.status == Status.SCORED:
            left[tally.first] += tally.count
    if spec is None or spec.confusion is None or not left:
        return None
    return adjusted_proportion(spec.confusion, model.normal_class, left, reviewed)


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
            compare_replicates(first.figures.final, slide.figures.final, model.normal_class),
        )
        for slide in slides
        if (first := by_name.get(slide.details.replicate_of))
    )


def _reviewers(cells: Iterable[Cell]) -> tuple[Reviewer, ...]:
    at: dict[tuple[str, str], list[str]] = defaultdict(list)
    for cell in cells:
        for reading, verdict in (("first", cell.verdict), ("blind second", cell.second)):
            if verdict and verdict.said:
                at[reading, verdict.reviewer].append(verdict.at)
    return tuple(
        Reviewer(name, reading, len(times), min(times), max(times))
        for (reading, name), times in sorted(at.items(), key=lambda entry: (entry[0][0] != "first", entry[0][1]))
    )


def _gallery(cells: Sequence[Cell], model: SessionModel) -> tuple[ShownClass, ...]:
    of_class: dict[str, list[Cell]] = {name: [] for name in model.classes}
    for cell in cells:
        if cell.final_class not in (REFER, ""):
            of_class.setdefault(cell.final_class, []).append(cell)
    return tuple(ShownClass(name, len(found), _spread(found)) for name, found in of_class.items() if found)


def _spread(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """At most `SHOWN_A_CLASS` of them, evenly spread: nobody picked them."""
    count = min(len(cells), SHOWN_A_CLASS)
    return tuple(cells[(2 * number + 1) * len(cells) // (2 * count)] for number in range(count))


def _to_list(cells: Iterable[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell.status is Status.REFERRED or is_overruled(cell)]


def _settings(session: Session, spec: ModelSpec | None) -> tuple[tuple[str, str], ...]:
    """What the results depend on, as pairs of name and value."""
    found = [("Scoring began", moment(session.note("started") or ""))]
    found += [(name.capitalize(), session.note(name) or "") for name in ("engine", "device")]
    reading = second_reading(session)
    if reading:
        found.append(("Blind second reading by", reading.reader))
    if spec:
        found += [
            ("Refers below a probability of", f"{spec.refer_below:g}"),
            ("Refers above an unlikeness of", f"{spec.unlike_above:.4f}"),
            ("Temperature", f"{spec.temperature:g}"),
            ("Views a crop", str(spec.preprocessing.views)),
        ]
    return tuple((name, value) for name, value in found if value)
