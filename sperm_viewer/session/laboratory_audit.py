"""The audit cells of a laboratory, of all its samples, in one file beside the settings; a session holds its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.prediction import ModelId
from sperm_viewer.session.outcome_counts import outcome_counts
from sperm_viewer.session.session import Session
from sperm_viewer.statistics.audit_cells import AuditRecord, AuditTest, audit_records, audit_test
from sperm_viewer.statistics.outcomes import ErrorMatrix
from sperm_viewer.system.guarded_list import Entries, GuardedList, digest


@dataclass(frozen=True, slots=True)
class LaboratoryAudit:
    """What the audit cells say of a model: `laboratory` those of all samples, `session` those of this session alone.

    `samples` and `session_samples` are the numbers of samples that have any. `state` identifies the records of
    `laboratory`, in 16 hex digits. `problem` says why the laboratory's file can't be used, and is otherwise empty; then
    `laboratory` is the session's alone.
    """

    laboratory: AuditTest
    samples: int
    session: AuditTest
    session_samples: int
    state: str
    problem: str

    @property
    def doubt(self) -> str:
        """Why nothing may be estimated from the model's answers on unread cells, in sentences; empty if it may."""
        if self.problem or not self.laboratory.rings:
            return self.problem
        worst = max(self.laboratory.shifts, key=lambda shift: shift.evidence)
        return (
            f"The {self.laboratory.cells:,} audit cells of this laboratory don't fit the model's known errors: of "
            f"{worst.audited:,} that it answered {worst.answer}, readers found {worst.seen:,} {worst.true} where "
            f"{worst.predicted:.1f} were expected. So unread cells can't be estimated from its answers. Teach the "
            "model, or read all cells."
        )


def laboratory_audit(session: Session, model: ModelId, matrix: ErrorMatrix, file: Path) -> LaboratoryAudit:
    """Puts the audit cells of the session into the laboratory's file, in place of what it held of the session before,
    and tests the model's error matrix on all of them.

    A copy of a session is the same session. A damaged file is set aside. Raises SessionError if the session can't be
    read; what is wrong with the laboratory's file is in the answer.
    """
    own = list(_entries(session, model, matrix))
    key, problem = _key(session), ""
    try:
        listed = audit_list(file)
        held = listed.change(lambda before: _with_own(before, model, key, own)) if own or not listed.is_empty else []
        records = [_records(entry, matrix) for entry in held if _is_of(entry, model)]
    except SpermViewerError as error:
        records, problem = [_records(entry, matrix) for entry in own], str(error)
    of_session = [_records(entry, matrix) for entry in own]
    return LaboratoryAudit(
        laboratory=audit_test(matrix, [record for entry in records for record in entry]),
        samples=len(records),
        session=audit_test(matrix, [record for entry in of_session for record in entry]),
        session_samples=len(of_session),
        state=digest([[asdict(record) for record in entry] for entry in records])[:16],
        problem=problem,
    )


def audit_list(file: Path) -> GuardedList:
    return GuardedList(
        file,
        "the audit cells of this laboratory",
        "nothing says whether the model's known errors hold here",
        "read all cells",
    )


def _entries(session: Session, model: ModelId, matrix: ErrorMatrix) -> Iterator[dict[str, Any]]:
    """The entry of each sample of the session that has audit cells."""
    key = _key(session)
    for (sample,) in session.rows(
        "SELECT DISTINCT sample_id FROM current_verdicts JOIN verdicts ON verdicts.id = verdict_id"
        " JOIN cells ON cells.id = current_verdicts.cell_id JOIN images ON images.id = image_id"
        " JOIN slides ON slides.id = slide_id"
        " WHERE current_verdicts.reading = 1 AND why = 'audit' AND removed = 0 ORDER BY sample_id"
    ):
        records = audit_records(f"{key} {sample}", matrix, outcome_counts(session, sample, matrix))
        if records:
            yield {
                "model": model.name,
                "model_sha256": model.sha256,
                "session": key,
                "sample": sample,
                "records": [
                    {"answer": record.answer, "expected": list(record.expected), "found": list(record.found)}
                    for record in records
                ],
            }


def _key(session: Session) -> str:
    """A session's own, and that of its copies wherever they are: the trail's hash where its first images came in."""
    rows = session.rows("SELECT hash FROM audit WHERE kind = 'images' ORDER BY number LIMIT 1")
    return str(rows[0][0]) if rows else ""


def _is_of(entry: Mapping[str, Any], model: ModelId) -> bool:
    return (entry["model"], entry["model_sha256"]) == (model.name, model.sha256)


def _records(entry: Mapping[str, Any], matrix: ErrorMatrix) -> list[AuditRecord]:
    return [
        AuditRecord(
            f"{entry['session']} {entry['sample']}", record["answer"], tuple(record["expected"]), tuple(record["found"])
        )
        for record in entry["records"]
    ]


def _with_own(before: Entries, model: ModelId, key: str, own: Entries) -> Entries:
    """The entries with these of the session in them. An entry keeps its place; new ones come last."""
    fresh = {entry["sample"]: entry for entry in own}
    after = []
    for entry in before:
        if entry["session"] == key and _is_of(entry, model):
            if entry["sample"] in fresh:
                after.append(fresh.pop(entry["sample"]))
        else:
            after.append(entry)
    return [*after, *fresh.values()]
