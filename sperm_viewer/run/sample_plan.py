"""The reading plan of a sample: which cells to read next, and what reading them is worth."""

from __future__ import annotations

import random
from dataclasses import dataclass

from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.sample import Sample
from sperm_viewer.inference.model_folders import installed_model
from sperm_viewer.session.laboratory_audit import LaboratoryAudit, laboratory_audit
from sperm_viewer.session.outcome_counts import outcome_counts, unread_cells
from sperm_viewer.session.session import Session
from sperm_viewer.statistics.outcomes import ErrorMatrix
from sperm_viewer.statistics.reading_plan import ReadingPlan, reading_plan
from sperm_viewer.system.paths import audit_cells_file


@dataclass(frozen=True, slots=True)
class PlannedCell:
    """A cell to read. `outcome` is the model's answer in words; an `audit` cell is read to check its known errors."""

    cell: Cell
    outcome: str
    audit: bool


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """`cells` are to be read before the plan is made again; none if enough was read.

    `doubt`: why unread cells can't be estimated, so that all are to be read; otherwise empty.
    """

    sample: Sample
    plan: ReadingPlan
    cells: tuple[PlannedCell, ...]
    doubt: str

    @property
    def words(self) -> str:
        """How far the reading is, in sentences."""
        if self.doubt:
            return f"{self.plan.read:,} read, {self.plan.unread:,} not read. {self.doubt}"
        return f"{self.plan.words}."


@dataclass(frozen=True, slots=True)
class KnownErrors:
    """The error matrix of a model, and whether the laboratory's audit cells fit it."""

    matrix: ErrorMatrix
    audit: LaboratoryAudit


def known_errors(session: Session) -> KnownErrors:
    """The known errors of the session's model. Raises SpermViewerError if its known errors aren't here."""
    model = session.model()
    if model is None:
        raise SpermViewerError(f"{session.path}: nothing in this session has been scored. Score it, then plan.")
    folder = installed_model(model.id)
    matrix = folder.spec.error_matrix if folder else None
    if matrix is None:
        raise SpermViewerError(
            f"{session.path}: the known errors of the model '{model.id.name}' that scored this session are not here. "
            "Install that model, or score again with an installed one."
        )
    return KnownErrors(matrix, laboratory_audit(session, model.id, matrix, audit_cells_file()))


def sample_plan(session: Session, sample: Sample, known: KnownErrors) -> SamplePlan:
    """What to read next of a sample. Of each outcome that the plan names, the cell is picked at random; the same state
    of the session always gives the same cells. All unread cells are to be read where the known errors don't hold.
    """
    matrix = known.matrix
    plan = reading_plan(matrix, outcome_counts(session, sample.id, matrix))
    waiting = unread_cells(session, sample.id, matrix)
    chance = random.Random(f"{sample.identifier}:{plan.read}")
    planned = []
    doubt = known.audit.doubt if plan.unread else ""
    if doubt:
        every = [PlannedCell(c, matrix.outcomes[m], False) for m, cells in enumerate(waiting) for c in cells]
        chance.shuffle(every)
        return SamplePlan(sample, plan, tuple(every), doubt)
    for wanted in plan.next_cells:
        cell = waiting[wanted.outcome].pop(chance.randrange(len(waiting[wanted.outcome])))
        planned.append(PlannedCell(cell, matrix.outcomes[wanted.outcome], wanted.audit))
    return SamplePlan(sample, plan, tuple(planned), "")
