"""The rows of `samples.csv`: the share of normal heads of each sample."""

from __future__ import annotations

from sperm_viewer.domain.cell import NON_SPERM, Status
from sperm_viewer.domain.sample import Sample
from sperm_viewer.domain.verdict import How
from sperm_viewer.inference.model_spec import ModelSpec
from sperm_viewer.reports.csv_tables import SampleShare
from sperm_viewer.reports.headlines import Headlines
from sperm_viewer.reports.pooling import why_apart
from sperm_viewer.session.session import CellFilter, Session
from sperm_viewer.statistics.headline import Headline

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
    apart = why_apart(sample, session.tallies(), model) if model else ""
    return share_of(session, sample.id, headlines.of(sample.id, apart))


def share_of(session: Session, sample: int, headline: Headline | None) -> SampleShare:
    """The share of a sample, by its id, whose headline was worked out."""
    read, referred_unread, sperm = _counts(session, sample)
    if headline is None:
        return SampleShare(sperm, read, referred_unread, None, None, None, (_NO_KNOWN_ERRORS,))
    interval = (headline.estimate, headline.low, headline.high)
    return SampleShare(headline.sperm, read, referred_unread, *interval, headline.withheld)


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
