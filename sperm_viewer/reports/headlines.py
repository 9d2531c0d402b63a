"""The headline of each sample of a session: what share of its sperm is normal."""

from __future__ import annotations

from sperm_viewer.inference.model_spec import ModelSpec
from sperm_viewer.reports.report_data import HeadlineOf
from sperm_viewer.session.outcome_counts import outcome_counts
from sperm_viewer.session.session import Session
from sperm_viewer.statistics.headline import Headline, headline


def headlines(session: Session, spec: ModelSpec | None) -> HeadlineOf:
    """A function from a sample's id, and whether its replicates agree, to its headline; None without known errors."""
    matrix = spec.error_matrix if spec else None

    def of(sample: int, replicates_agree: bool) -> Headline | None:
        if matrix is None:
            return None
        return headline(matrix, outcome_counts(session, sample, matrix), replicates_agree=replicates_agree)

    return of
