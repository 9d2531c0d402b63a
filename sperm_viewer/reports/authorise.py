"""Authorises the report of a sample: its figures are worked out and frozen in one go."""

from __future__ import annotations

from pathlib import Path

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.inference.model_folders import installed_model
from sperm_viewer.reports.gather import gather
from sperm_viewer.reports.headlines import Headlines
from sperm_viewer.reports.report_state import figures_in_words
from sperm_viewer.session.authorise import Authorisation, authorise
from sperm_viewer.session.lock import sole_writer
from sperm_viewer.session.session import Session
from sperm_viewer.session.verify import verify


def authorise_sample(path: Path, identifier: str, who: str) -> Authorisation:
    """Authorises the report of this sample as it is now, in the name of `who`.

    Raises SpermViewerError if nothing was scored, if the session doesn't match its audit trail, if this report is
    authorised already, or if the session is open elsewhere.
    """
    with sole_writer(path), Session.open(path) as session:
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
        return authorise(session, sample.id, figures, verified.head, who)
