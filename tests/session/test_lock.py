"""Two processes never score into one session."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sperm_viewer.domain.errors import SessionError, SessionHeldError
from sperm_viewer.session.lock import sole_writer

_HOLDER = """
import sys
from pathlib import Path
from sperm_viewer.session.lock import sole_writer
with sole_writer(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_refused_until_the_first_is_gone_however_it_ends(tmp_path: Path) -> None:
    session = tmp_path / "session.spermview"
    command = [sys.executable, "-c", _HOLDER, str(session)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(SessionError, match="another Sperm Viewer"), sole_writer(session):
            pass
        holder.kill()
        holder.wait()
    with sole_writer(session):
        pass


def test_the_refused_one_is_told_who_holds_it(tmp_path: Path) -> None:
    session = tmp_path / "session.spermview"
    command = [sys.executable, "-c", _HOLDER, str(session)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        while not (tmp_path / ".session.spermview.holder").exists():
            pass
        with pytest.raises(SessionHeldError) as refused, sole_writer(session):
            pass
        assert socket.gethostname() in str(refused.value)
        assert not refused.value.stale
        holder.kill()


def test_one_process_may_hold_it_twice_and_lets_go_at_the_end(tmp_path: Path) -> None:
    session = tmp_path / "session.spermview"
    with sole_writer(session):
        with sole_writer(session):
            pass
        asked = subprocess.run([sys.executable, "-c", _HOLDER, str(session)], capture_output=True, text=True, input="")
        assert "SessionHeldError" in asked.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("age", "stale"), [(5, False), (600, True)])
def test_another_machines_hold_is_taken_over_only_when_it_is_stale_and_on_purpose(
    tmp_path: Path, age: int, stale: bool
) -> None:
    session = tmp_path / "session.spermview"
    beat = (datetime.now(UTC) - timedelta(seconds=age)).isoformat()
    other = {"user": "ada", "host": "microscope-pc", "since": beat, "beat": beat}
    (tmp_path / ".session.spermview.holder").write_text(json.dumps(other))
    with pytest.raises(SessionHeldError, match="ada on microscope-pc") as refused, sole_writer(session):
        pass
    assert refused.value.stale is stale
    if stale:
        with sole_writer(session, take_over=True):
            pass
    else:
        with pytest.raises(SessionHeldError), sole_writer(session, take_over=True):
            pass


def test_nothing_is_left_beside_the_session(tmp_path: Path) -> None:
    with sole_writer(tmp_path / "session.spermview"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_different_sessions_do_not_wait_for_each_other(tmp_path: Path) -> None:
    with sole_writer(tmp_path / "a.spermview"), sole_writer(tmp_path / "b.spermview"):
        pass
