"""Collects the content of a report from a session."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import combinations

from sperm_viewer import __version__
from sperm_viewer.domain.anomalies import Anomaly
from sperm_viewer.domain.cell import NON_SPERM, REFER, Cell, Status
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.sample import Sample, Slide
from sperm_viewer.domain.verdict import How
from sperm_viewer.inference.model_spec import ModelSpec
from sperm_viewer.reports.headlines import Headlines
from sperm_viewer.reports.measured_spread import measured_spread
from sperm_viewer.reports.pooling import why_not_pooled
from sperm_viewer.reports.report_data import (
    Figures,
    Reader,
    ReplicateReport,
    ReportData,
    SampleReport,
    ShownClass,
    SlideReport,
)
from sperm_viewer.reports.report_state import figures_in_words, report_state
from sperm_viewer.reports.sample_shares import share_of
from sperm_viewer.reports.wording import moment
from sperm_viewer.session.agreements import Readings
from sperm_viewer.session.field_heads import edited_heads
from sperm_viewer.session.session import Session, SessionModel
from sperm_viewer.session.spot_check import SpotCheckFigures, begun_spot_check, spot_check_figures
from sperm_viewer.session.unfamiliar_slides import unfamiliar_slide_warning, unfamiliar_slides
from sperm_viewer.session.verify import Verification
from sperm_viewer.statistics.indices import Defects, defects
from sperm_viewer.statistics.replicates import compare_replicates
from sperm_viewer.statistics.slide_figures import Tally, slide_figures

SHOWN_PER_CLASS = 12
"""The largest number of cells of a class in the gallery."""
MOST_LISTED = 2000
"""The largest number of referred and overruled cells in a report; they fill more than a hundred pages."""


def gather(
    session: Session,
    name: str,
    laboratory: str,
    spec: ModelSpec | None,
    verification: Verification,
    headlines: Headlines,
    samples: Collection[str] = (),
) -> ReportData:
    """The content of a report on these samples of the session, by identifier; on all of them if there are none.

    `name` is its file name, since `session` may be a copy. Raises SpermViewerError if nothing was scored yet, and for a
    sample that isn't in the session.
    """
    model = session.model()
    wanted = chosen(session, name, samples)
    cells = list(session.all_cells())
    if model is None or not cells:
        raise SpermViewerError(f"{name}: nothing in this session has been scored. Score it, then report.")
    source = _Source(session, model, cells, headlines)
    return ReportData(
        session=name,
        laboratory=laboratory,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        app_version=__version__,
        model=model,
        spec=spec,
        samples=tuple(source.sample(sample) for sample in wanted),
        settings=_settings(session, spec),
        verification=verification,
        audit=headlines.audit,
    )


def chosen(session: Session, name: str, identifiers: Collection[str]) -> list[Sample]:
    """The samples with these identifiers, all of them if there are none. Raises SpermViewerError for an unknown one."""
    samples = session.samples()
    unknown = [identifier for identifier in identifiers if identifier not in {sample.identifier for sample in samples}]
    if unknown:
        known = ", ".join(f"'{sample.identifier}'" for sample in samples)
        raise SpermViewerError(f"{name}: there is no sample '{unknown[0]}'. Its samples are {known}.")
    return [sample for sample in samples if not identifiers or sample.identifier in identifiers]


def is_overruled(cell: Cell) -> bool:
    """Whether the first reader's class differs from the model's first choice."""
    return (
        cell.reviewed and cell.countable and cell.prediction is not None and cell.final_class != cell.prediction.first
    )


class _Source:
    """What the samples of a report are made from, read once."""

    def __init__(self, session: Session, model: SessionModel, cells: Iterable[Cell], headlines: Headlines) -> None:
        self._session = session
        self._model = model
        self._headlines = headlines
        self._readings = Readings(session)
        self._tallies: Sequence[Tally] = session.tallies()
        self._images: Mapping[int, int] = {counts.id: counts.expected for counts in session.slides()}
        self._unfamiliar = {
            slide.id: unfamiliar_slide_warning(slide, model.id.name) for slide in unfamiliar_slides(session)
        }
        self._cells: dict[int, list[Cell]] = defaultdict(list)
        for cell in cells:
            self._cells[cell.slide].append(cell)

    def sample(self, sample: Sample) -> SampleReport:
        model = self._model
        slides = tuple(map(self._slide, sample.slides))
        replicates = _replicates(slides, model)
        reason = why_not_pooled([slide.details for slide in slides], [pair.comparison for pair in replicates])
        total = None if reason else self._figures(sample.slides)
        cells = [cell for slide in sample.slides for cell in self._cells[slide.id]]
        listed = [cell for cell in cells if cell.status is Status.REFERRED or is_overruled(cell)]
        headline = self._headlines.of(sample.id, reason)
        return SampleReport(
            id=sample.id,
            identifier=sample.identifier,
            details=sample.details,
            slides=slides,
            replicates=replicates,
            total=total,
            not_pooled=reason,
            headline=headline,
            share=share_of(self._session, sample.id, headline),
            readings=self._readings.compare(cells, model.classes),
            side_by_side=self._readings.side_by_side(cells),
            readers=_readers(cells, self._readings),
            gallery=_gallery(cells, model),
            listed=tuple(listed[:MOST_LISTED]),
            to_list=len(listed),
            set_aside=tuple(cell for cell in cells if cell.set_aside),
            failed=tuple(cell for cell in cells if cell.status is Status.FAILED),
            edited=edited_heads(self._session, sample.id),
            state=report_state(self._session, sample.id, figures_in_words(headline, slides, total)),
        )

    def _slide(self, slide: Slide) -> SlideReport:
        unfamiliar = self._unfamiliar.get(slide.id, "")
        measured = measured_spread(self._cells[slide.id], slide.details)
        figures, checked = self._figures([slide]), _checked(self._session, slide.id)
        return SlideReport(slide.id, slide.name, slide.details, figures, unfamiliar, checked, measured)

    def _figures(self, slides: Sequence[Slide]) -> Figures:
        ids = [slide.id for slide in slides]
        counts = slide_figures([tally for tally in self._tallies if tally.slide in ids], self._model.classes)
        cells = [cell for slide in ids for cell in self._cells[slide]]
        images = sum(self._images[slide] for slide in ids)
        return Figures(images, counts, _defects(cells, self._model, counts.final.sperm))


def _checked(session: Session, slide: int) -> SpotCheckFigures | None:
    check = begun_spot_check(session, slide)
    return spot_check_figures(session, check) if check else None


def _defects(cells: Sequence[Cell], model: SessionModel, sperm: int) -> Defects | None:
    abnormal = [_ticked(cell) for cell in cells if cell.final_class not in (model.normal_class, NON_SPERM, REFER, "")]
    normal = [ticked for cell in cells if cell.final_class == model.normal_class and (ticked := _ticked(cell))]
    return defects(abnormal, normal, sperm) if any((*abnormal, *normal)) else None


def _ticked(cell: Cell) -> list[Anomaly]:
    return [Anomaly(name) for name in (cell.verdict.anomalies or ())] if cell.verdict else []


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


def _readers(cells: Iterable[Cell], readings: Readings) -> tuple[Reader, ...]:
    given: dict[tuple[int, str], list[tuple[str, How]]] = defaultdict(list)
    for cell in cells:
        for reading, verdict in readings.given.get(cell.id, {}).items():
            given[reading, verdict.reader].append((verdict.at, verdict.how))
    names = {each.id: readings.names[each.id] + (", blind" if each.blind else "") for each in readings.begun}
    return tuple(
        Reader(
            *(name, names[reading], len(found), sum(how is not How.BULK for _, how in found)),
            *(min(found)[0], max(found)[0]),
        )
        for (reading, name), found in sorted(given.items())
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


def _settings(session: Session, spec: ModelSpec | None) -> tuple[tuple[str, str], ...]:
    """The settings that affect the results, as pairs of name and value."""
    found = [("Scoring began", moment(session.note("started") or ""))]
    found += [(name.capitalize(), session.note(name) or "") for name in ("engine", "device")]
    if spec:
        found += [
            ("Refers below a probability of", f"{spec.refer_below:g}"),
            ("Refers above a distance from the training data of", f"{spec.unlike_above:.4f}"),
            ("Temperature", f"{spec.temperature:g}"),
            ("Views per crop", str(spec.preprocessing.views)),
        ]
    return tuple((name, value) for name, value in found if value)
