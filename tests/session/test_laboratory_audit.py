"""The audit cells of all samples of a laboratory count, each once, and a damaged file is never trusted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from audited import AUDITED, HIDDEN, write_audited
from filelock import FileLock
from outcome_counts import SMIDS

from sperm_viewer.domain.prediction import ModelId
from sperm_viewer.domain.verdict import Decision, Why
from sperm_viewer.session.laboratory_audit import LaboratoryAudit, audit_list, laboratory_audit
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session, SessionModel
from sperm_viewer.system import guarded_list

_MODEL = SessionModel(ModelId("smids", "ab" * 32), SMIDS.classes, SMIDS.normal_class)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings" / "audit-cells.json"


def _write(folder: Path, name: str, normal: tuple[int, ...] = (0,)) -> Path:
    return write_audited(folder / f"{name}.spermview", _MODEL, normal)


def _audit(session: Path, file: Path, model: ModelId = _MODEL.id) -> LaboratoryAudit:
    with Session.open(session, read_only=True) as opened:
        return laboratory_audit(opened, model, SMIDS, file)


def test_the_audit_cells_of_many_sessions_ring_where_those_of_one_do_not(tmp_path: Path, file: Path) -> None:
    found = [_audit(_write(tmp_path, f"s{number}", HIDDEN), file) for number in range(3)]
    assert [audit.laboratory.cells for audit in found] == [20, 40, 60]
    assert [audit.laboratory.rings for audit in found] == [False, False, True]
    assert not any(audit.session.rings for audit in found)
    assert not found[0].doubt
    assert found[-1].doubt.startswith(
        "The 60 audit cells of this laboratory don't fit the model's known errors: of 60 that it answered abnormal, "
        "readers found 3 normal where 0.0 were expected."
    )
    assert found[-1].doubt.endswith("Teach the model, or read all cells.")
    assert (found[-1].samples, found[-1].session_samples, found[-1].session.cells) == (6, 2, 20)


def test_where_the_known_errors_hold_it_does_not_ring(tmp_path: Path, file: Path) -> None:
    for number in range(3):
        found = _audit(_write(tmp_path, f"s{number}", (int(number == 0), 0)), file)
    assert found.laboratory.cells == 60
    assert (found.laboratory.rings, found.doubt) == (False, "")


def test_a_session_counts_once_however_often_and_as_what_copy_it_is_opened(tmp_path: Path, file: Path) -> None:
    session = _write(tmp_path, "s", (1, 0))
    first = _audit(session, file)
    copy = tmp_path / "elsewhere.spermview"
    shutil.copy(session, copy)
    assert _audit(session, file) == _audit(copy, file) == first
    assert (first.laboratory.cells, first.samples) == (2 * AUDITED, 2)
    assert _audit(_write(tmp_path, "other"), file).laboratory.cells == 3 * AUDITED


def test_what_is_read_later_replaces_what_the_file_held_of_the_session(tmp_path: Path, file: Path) -> None:
    session, later = _write(tmp_path, "s"), _write(tmp_path, "t")
    before = [_audit(session, file), _audit(later, file)][-1]
    with Session.open(session) as opened:
        ids = opened.cell_ids()
        Review(opened).decide({ids[0]: Decision("normal")}, "Ada", why=Why.AUDIT)
    corrected = _audit(session, file)
    assert corrected.laboratory.cells == before.laboratory.cells
    assert corrected.laboratory.shift("normal", "abnormal").seen == 1
    assert corrected.state != before.state
    assert [entry["sample"] for entry in json.loads(file.read_text())["entries"]] == [1, 1]
    with Session.open(session) as opened:
        for cell in ids[:AUDITED]:
            Review(opened).decide({cell: Decision("abnormal")}, "Ada", why=Why.OWN_CHOICE)
    assert _audit(session, file).laboratory.cells == AUDITED


def test_another_models_audit_cells_do_not_count(tmp_path: Path, file: Path) -> None:
    session = _write(tmp_path, "s")
    _audit(session, file, ModelId("smids", "cd" * 32))
    taught = SessionModel(ModelId("taught", "ef" * 32), SMIDS.classes, SMIDS.normal_class)
    found = _audit(write_audited(tmp_path / "t.spermview", taught, (0,)), file, taught.id)
    assert found.laboratory.cells == AUDITED
    assert len(json.loads(file.read_text())["entries"]) == 2


def test_a_session_without_audit_cells_leaves_no_file(tmp_path: Path, file: Path) -> None:
    Session.create(tmp_path / "s.spermview").close()
    assert _audit(tmp_path / "s.spermview", file).laboratory.cells == 0
    assert not file.exists()


def _cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-200])


def _emptied(file: Path) -> None:
    file.write_bytes(b"")


def _with_another_number(file: Path) -> None:
    raw = json.loads(file.read_text())
    raw["entries"][0]["records"][0]["found"][1] += 1
    file.write_text(json.dumps(raw))


def _of_another_version(file: Path) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), "version": 99}))


def _of_another_kind(file: Path) -> None:
    file.write_text("[1, 2]")


@pytest.mark.parametrize(
    "damage",
    [_cut_short, _emptied, _with_another_number, _of_another_version, _of_another_kind],
    ids=lambda d: d.__name__,
)
def test_a_damaged_file_is_set_aside_and_nothing_is_estimated_until_a_person_decides(
    damage: Callable[[Path], None], tmp_path: Path, file: Path
) -> None:
    session, other = _write(tmp_path, "s"), _write(tmp_path, "t")
    _audit(session, file)
    good = file.read_bytes()
    damage(file)
    damaged = file.read_bytes()
    aside = audit_list(file).set_aside
    for opened in (session, other, session):
        found = _audit(opened, file)
        assert found.doubt.startswith(f"{aside}: the audit cells of this laboratory are damaged")
        assert (found.laboratory.cells, aside.read_bytes(), file.exists()) == (
            AUDITED,
            damaged,
            False,
        )
    file.write_bytes(good)
    aside.unlink()
    assert (_audit(other, file).laboratory.cells, _audit(other, file).doubt) == (2 * AUDITED, "")


def test_a_file_that_cannot_be_read_or_is_in_use_leaves_the_matrix_in_doubt(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = _write(tmp_path, "s")
    file.mkdir(parents=True)
    assert _audit(session, file).doubt.startswith(
        f"{file}: the audit cells of this laboratory can't be read or written"
    )
    file.rmdir()
    monkeypatch.setattr(guarded_list, "_PATIENCE_S", 0.0)
    with FileLock(file.with_name(f".{file.name}.lock")):
        assert _audit(session, file).doubt.startswith(f"{file}: another Sperm Viewer is using the audit cells")
    assert _audit(session, file).doubt == ""
