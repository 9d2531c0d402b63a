"""The headline of each sample of a session: what share of its sperm is normal."""

from __future__ import annotations

from sperm_viewer.inference.model_spec import ModelSpec
from sperm_viewer.reports.report_data import HeadlineOf
from sperm_viewer.session.outcome_counts import found_by_readers, outcome_counts
from sperm_viewer.session.session import Session
from sperm_viewer.statistics.headline import Headline, headline, readers_headline


def headlines(session: Session, spec: ModelSpec | None) -> HeadlineOf:
    """A function from a sample's id, and whether its replicates agree, to its headline.

    Without the model's known errors only a sample whose every cell was read has one; None for the others.
    """
    matrix, model = spec.error_matrix if spec else None, session.model()

    def of(sample: int, replicates_agree: bool) -> Headline | None:
        if matrix is None:
            found = found_by_readers(session, sample)
            if model is None or not found:
                return None
            return readers_headline(model.normal_class, found, replicates_agree=replicates_agree)
        return headline(matrix, outcome_counts(session, sample, matrix), replicates_agree=replicates_agree)

    return of
