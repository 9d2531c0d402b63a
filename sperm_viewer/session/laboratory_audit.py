"""The audit cells of a laboratory, of all its samples, in one file beside the settings; a session holds its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.prediction import ModelId
from sperm_viewer.session.outcome_counts import outcome_counts
from sperm_viewer.session.session import Session
from sperm_viewer.statistics.audit_cells import AuditRecord, AuditTest, audit_records, audit_test
from sperm_viewer.statistics.outcomes import ErrorMatrix
from sperm_viewer.system.atomic_write import replacing

VERSION = 1
_PATIENCE_S = 10.0


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
        held = _update(file, model, key, own)
        records = [_records(entry, matrix) for entry in held if _is_of(entry, model)]
    except SpermViewerError as error:
        records, problem = [_records(entry, matrix) for entry in own], str(error)
    of_session = [_records(entry, matrix) for entry in own]
    return LaboratoryAudit(
        laboratory=audit_test(matrix, [record for entry in records for record in entry]),
        samples=len(records),
        session=audit_test(matrix, [record for entry in of_session for record in entry]),
        session_samples=len(of_session),
        state=_digest([[asdict(record) for record in entry] for entry in records])[:16],
        problem=problem,
    )


def set_aside(file: Path) -> Path:
    """Where a damaged file is put; as long as it is there, nothing is read or written."""
    return file.with_name(f"{file.stem}.damaged{file.suffix}")


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


def _update(file: Path, model: ModelId, key: str, own: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """All entries of the file with these of the session in it. An entry keeps its place; new ones come last.

    Raises SpermViewerError if the file is damaged, or can't be read or written.
    """
    if not (own or file.exists() or set_aside(file).exists()):
        return []
    with _alone_with(file):
        before = _read(file)
        fresh = {entry["sample"]: entry for entry in own}
        after = []
        for entry in before:
            if entry["session"] == key and _is_of(entry, model):
                if entry["sample"] in fresh:
                    after.append(fresh.pop(entry["sample"]))
            else:
                after.append(entry)
        after += fresh.values()
        if after != before:
            body = {"version": VERSION, "sha256": _digest(after), "samples": after}
            with replacing(file) as written:
                written.write(json.dumps(body, indent=1).encode())
    return after


@contextmanager
def _alone_with(file: Path) -> Iterator[None]:
    """Several windows and commands may have something to add."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(file.with_name(f".{file.name}.lock"), timeout=_PATIENCE_S):
            yield
    except Timeout as error:
        raise SpermViewerError(
            f"{file}: another Sperm Viewer is using the audit cells of this laboratory. Close it, then try again."
        ) from error
    except OSError as error:
        raise _out_of_reach(file, error) from error


def _read(file: Path) -> list[dict[str, Any]]:
    """The entries of the file, none if there is none. Raises SpermViewerError."""
    aside = set_aside(file)
    if aside.exists():
        raise _damaged(file)
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _out_of_reach(file, error) from error
    try:
        raw = json.loads(text)
        entries: list[dict[str, Any]] = raw["samples"]
        if raw["version"] != VERSION or raw["sha256"] != _digest(entries):
            raise ValueError(raw["sha256"])
    except (ValueError, TypeError, KeyError) as error:
        file.replace(aside)
        raise _damaged(file) from error
    return entries


def _damaged(file: Path) -> SpermViewerError:
    return SpermViewerError(
        f"{set_aside(file)}: the audit cells of this laboratory are damaged, so nothing says whether the model's known "
        f"errors hold here. Put a good copy in place as {file.name} and delete this file, or only delete it to begin "
        "without audit cells. Until then, read all cells."
    )


def _out_of_reach(file: Path, error: OSError) -> SpermViewerError:
    return SpermViewerError(
        f"{file}: the audit cells of this laboratory can't be read or written ({error.strerror or error}), so nothing "
        "says whether the model's known errors hold here. Make the folder writable, or read all cells."
    )


def _digest(entries: object) -> str:
    return hashlib.sha256(json.dumps(entries, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
