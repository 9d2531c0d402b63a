"""Authorises the report of a sample: its figures are worked out, and frozen if the session is still the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.inference.model_folders import installed_model
from sperm_viewer.reports.gather import gather
from sperm_viewer.reports.headlines import Headlines
from sperm_viewer.reports.report_state import figures_in_words
from sperm_viewer.session.audit import AuditHead
from sperm_viewer.session.authorise import Authorisation, authorise
from sperm_viewer.session.lock import sole_writer
from sperm_viewer.session.session import Session
from sperm_viewer.session.verify import verify


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an authorisation of report `number` would freeze: the figures by name, and the end of the audit trail."""

    session: Path
    sample: int
    identifier: str
    number: int
    figures: Mapping[str, str]
    rests_on: AuditHead


def propose(path: Path, identifier: str) -> Proposal:
    """The report of this sample as it is now.

    Raises SpermViewerError if nothing was scored, if the session doesn't match its audit trail, or if this report is
    authorised already.
    """
    with Session.open(path, read_only=True) as session:
        verified = verify(path)
        if verified.problems:
            raise SpermViewerError(
                f"{path}: this session was changed by another program, or is damaged, so no report of it can be "
                f"authorised. Restore a copy. {verified.problems[0]}"
            )
        model = session.model()
        folder = installed_model(model.id) if model else None
        spec = folder.spec if folder else None
        data = gather(session, path.name, "", spec, verified, Headlines(session, spec), [identifier])
    (sample,) = data.samples
    if sample.state.authorised:
        known = sample.state.authorised
        raise SpermViewerError(
            f"{path}: report {known.number} of sample '{identifier}' was authorised by {known.reader}, and nothing "
            "has changed since. Write the report."
        )
    figures = figures_in_words(sample.headline, sample.slides, sample.total)
    return Proposal(path, sample.id, identifier, sample.state.number, figures, verified.head)


def authorise_proposal(proposal: Proposal, who: str) -> Authorisation:
    """Authorises the proposed report in the name of `who`.

    Raises SpermViewerError without a name, if the session has changed since the proposal, or if it is open elsewhere.
    """
    path = proposal.session
    with sole_writer(path), Session.open(path) as session:
        return authorise(session, proposal.sample, proposal.figures, proposal.rests_on, who)


def authorise_sample(path: Path, identifier: str, who: str) -> Authorisation:
    """Authorises the report of this sample as it is now; raises what `propose` and `authorise_proposal` raise."""
    with sole_writer(path):
        return authorise_proposal(propose(path, identifier), who)
