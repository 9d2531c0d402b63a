"""The reading plan leaves nothing to a model whose known errors don't hold in the laboratory."""

from __future__ import annotations

from pathlib import Path

from audited import AUDITED, CELLS, HIDDEN, write_audited
from made_up import session_model
from typer.testing import CliRunner

from sperm_viewer.cli import app
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.run.sample_plan import SamplePlan, known_errors, sample_plan
from sperm_viewer.session.session import Session


def _session(folder: Path, name: str, normal: tuple[int, ...]) -> Path:
    return write_audited(folder / f"{name}.spermview", session_model(find_model("smids")), normal)


def _plan(session: Path) -> SamplePlan:
    with Session.open(session, read_only=True) as opened:
        return sample_plan(opened, opened.samples()[0], known_errors(opened))


def test_after_the_audit_cells_ring_all_cells_are_to_be_read_and_nothing_is_estimated(tmp_path: Path) -> None:
    session = _session(tmp_path, "mine", (0,))
    before = _plan(session)
    assert before.doubt == ""
    assert before.words == f"{before.plan.words}."
    _plan(_session(tmp_path, "shifted", HIDDEN * 4))
    after = _plan(session)
    assert len({planned.cell.id for planned in after.cells}) == len(after.cells) == CELLS - AUDITED
    assert after.cells == _plan(session).cells
    assert after.words.startswith("10 read, 30 not read. The 90 audit cells of this laboratory don't fit")
    assert "%" not in after.words


def test_the_command_plan_says_so(tmp_path: Path) -> None:
    session = _session(tmp_path, "mine", (0,))
    _plan(_session(tmp_path, "shifted", HIDDEN * 4))
    lines = CliRunner().invoke(app, ["plan", str(session)]).output.splitlines()
    assert lines[0].startswith("mine-0: 10 read, 30 not read. The 90 audit cells of this laboratory don't fit")
    assert len(lines) == 1 + CELLS - AUDITED
