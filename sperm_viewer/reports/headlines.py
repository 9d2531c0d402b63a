"""The headline of each sample of a session: what share of its sperm is normal."""

from __future__ import annotations

from sperm_viewer.inference.model_spec import ModelSpec
from sperm_viewer.session.laboratory_audit import LaboratoryAudit, laboratory_audit
from sperm_viewer.session.outcome_counts import found_by_readers, outcome_counts
from sperm_viewer.session.session import Session
from sperm_viewer.statistics.headline import Headline, headline, readers_headline
from sperm_viewer.system.paths import audit_cells_file


class Headlines:
    """The headlines of the samples, with the laboratory's audit cells as they were when this was made.

    `audit` is None if the model's errors aren't known.
    """

    def __init__(self, session: Session, spec: ModelSpec | None) -> None:
        self._session = session
        self._model = session.model()
        self._matrix = spec.error_matrix if spec else None
        self.audit: LaboratoryAudit | None = None
        if self._matrix and self._model:
            self.audit = laboratory_audit(session, self._model.id, self._matrix, audit_cells_file())

    def of(self, sample: int, apart: str) -> Headline | None:
        """That of a sample, by its id. `apart` is why its slides may not be counted together; empty if they may.

        Without the model's known errors only a sample whose every cell was read has one; None for the others.
        """
        if self._matrix is None:
            found = found_by_readers(self._session, sample)
            if self._model is None or not found:
                return None
            return readers_headline(self._model.normal_class, found, apart=apart)
        counts = outcome_counts(self._session, sample, self._matrix)
        doubt = self.audit.doubt if self.audit else ""
        return headline(self._matrix, counts, apart=apart, doubt=doubt)
