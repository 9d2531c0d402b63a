"""Two processes never score into one session."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sperm_viewer.core.errors import SessionError
from sperm_viewer.core.session_lock import sole_writer

_HOLDER = """
import sys
from pathlib import Path
from sperm_viewer.core.session_lock import sole_writer
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


def test_nothing_is_left_beside_the_session(tmp_path: Path) -> None:
    with sole_writer(tmp_path / "session.spermview"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_different_sessions_do_not_wait_for_each_other(tmp_path: Path) -> None:
    with sole_writer(tmp_path / "a.spermview"), sole_writer(tmp_path / "b.spermview"):
        pass
