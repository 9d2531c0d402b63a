"""The rows of `samples.csv`: the share of normal heads of each sample."""

from __future__ import annotations

from sperm_viewer.domain.cell import NON_SPERM, Status
from sperm_viewer.domain.sample import Sample
from sperm_viewer.domain.verdict import How
from sperm_viewer.inference.model_spec import ModelSpec
from sperm_viewer.reports.csv_tables import SampleShare
from sperm_viewer.reports.headlines import Headlines
from sperm_viewer.reports.pooling import compare_slides, why_not_pooled
from sperm_viewer.session.session import CellFilter, Session
from sperm_viewer.statistics.slide_figures import slide_figures

_NO_KNOWN_ERRORS = (
    "The errors of the model that scored this sample are not known here, so unread cells can't be estimated."
)


def sample_shares(session: Session, spec: ModelSpec | None) -> dict[int, SampleShare]:
    """The share of each sample by its id. `spec` describes the model in use; None if it isn't installed here."""
    headlines = Headlines(session, spec)
    return {sample.id: sample_share(session, headlines, sample) for sample in session.samples()}


def sample_share(session: Session, headlines: Headlines, sample: Sample) -> SampleShare:
    """The share of one sample."""
    model = session.model()
    classes = model.classes if model else ()
    of_sample = [tally for tally in session.tallies() if tally.sample == sample.id]
    figures = [slide_figures(of_sample, classes, slide.id) for slide in sample.slides]
    comparisons = compare_slides(figures, model.normal_class) if model else []
    alike = not why_not_pooled([slide.details for slide in sample.slides], comparisons)
    found = headlines.of(sample.id, alike)
    read, referred_unread, sperm = _counts(session, sample.id)
    if found is None:
        return SampleShare(sperm, read, referred_unread, None, None, None, (_NO_KNOWN_ERRORS,))
    interval = (found.estimate, found.low, found.high)
    return SampleShare(found.sperm, read, referred_unread, *interval, found.withheld)


def _counts(session: Session, sample: int) -> tuple[int, int, int]:
    """Cells read by a person, referred cells that nobody read, and sperm by the final classes."""
    read = referred_unread = sperm = 0
    for cell in session.cells(session.cell_ids(where=CellFilter(sample=sample))):
        verdict = cell.verdict
        is_read = cell.countable and bool(verdict and verdict.class_name and verdict.how is not How.BULK)
        read += is_read
        referred_unread += cell.status is Status.REFERRED and not is_read
        sperm += cell.final_class not in (NON_SPERM, "", "refer")
    return read, referred_unread, sperm
