"""What the model answered and the readers found in a sample, as the estimate of its normal heads needs it."""

from __future__ import annotations

from collections import Counter

from sperm_viewer.domain.cell import Cell, Status
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.verdict import How, Verdict, Why
from sperm_viewer.session.session import CellFilter, Session
from sperm_viewer.statistics.outcomes import ErrorMatrix, OutcomeCounts, SampleCounts


def outcome_counts(session: Session, sample: int, matrix: ErrorMatrix) -> SampleCounts:
    """The cells of a sample, by its id, by outcome; failed ones are left out. Raises SessionError.

    A cell that was accepted in bulk is unread. One that a person read for a reason of their own is counted as chosen.
    """
    cells = len(matrix.outcomes)
    unread: list[int] = [0] * cells
    read: list[Counter[str]] = [Counter() for _ in range(cells)]
    chosen: list[Counter[str]] = [Counter() for _ in range(cells)]
    audited: list[Counter[str]] = [Counter() for _ in range(cells)]
    for cell in session.cells(session.cell_ids(where=CellFilter(sample=sample))):
        if not (cell.countable and cell.readable):
            continue
        outcome, verdict = _outcome(cell, matrix), cell.verdict
        if verdict is None or not _is_read(verdict):
            unread[outcome] += 1
            continue
        (chosen if verdict.why is Why.OWN_CHOICE else read)[outcome][verdict.class_name] += 1
        if verdict.why is Why.AUDIT:
            audited[outcome][verdict.class_name] += 1
    return SampleCounts(tuple(map(OutcomeCounts, unread, read, chosen, audited)))


def found_by_readers(session: Session, sample: int) -> Counter[str] | None:
    """The cells of a sample by the class that a person gave; None if a scored one is unread. Raises SessionError."""
    found: Counter[str] = Counter()
    for cell in session.cells(session.cell_ids(where=CellFilter(sample=sample))):
        if not (cell.countable and cell.readable):
            continue
        if not (cell.verdict and _is_read(cell.verdict)):
            return None
        found[cell.verdict.class_name] += 1
    return found


def unread_cells(session: Session, sample: int, matrix: ErrorMatrix) -> list[list[Cell]]:
    """The cells of a sample that no person has read: a list per outcome, in natural order. Raises SessionError."""
    waiting: list[list[Cell]] = [[] for _ in matrix.outcomes]
    for cell in session.cells(session.cell_ids(where=CellFilter(sample=sample))):
        if cell.countable and cell.readable and not (cell.verdict and _is_read(cell.verdict)):
            waiting[_outcome(cell, matrix)].append(cell)
    return waiting


def _is_read(verdict: Verdict) -> bool:
    return bool(verdict.class_name) and verdict.how is not How.BULK


def _outcome(cell: Cell, matrix: ErrorMatrix) -> int:
    assert cell.prediction is not None
    return matrix.outcome(
        cell.prediction.first,
        cell.prediction.confidence,
        referred=cell.status is Status.REFERRED,
        out_of_distribution=cell.status is Status.REFERRED and Flag.OUT_OF_DISTRIBUTION in cell.flags,
    )
