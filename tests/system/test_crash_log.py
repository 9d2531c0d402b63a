"""A process that dies of a fault leaves word of where."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sperm_viewer.system.crash_log import catch_crashes

_DIE = "import faulthandler; from pathlib import Path; from sperm_viewer.system.crash_log import catch_crashes\n"


def die(code: str, **environment: str) -> int:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, check=False).returncode


@pytest.mark.skipif(sys.platform == "win32", reason="signals are for POSIX")
def test_a_fault_is_written_with_its_place_after_those_before_it(tmp_path: Path) -> None:
    file = tmp_path / "log" / "crashes.log"
    for _ in range(2):
        code = f"{_DIE}def reader(): faulthandler._sigsegv()\ncatch_crashes(Path({str(file)!r}))\nreader()"
        assert die(code) == -signal.SIGSEGV
    assert file.read_text().count("Segmentation fault") == 2
    assert "in reader" in file.read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are for POSIX")
def test_the_window_leaves_word_of_a_fault_in_the_users_log_folder(user_folders: Path) -> None:
    code = (
        "import faulthandler, sperm_viewer.app as app\n"
        "app.build = lambda *parts: faulthandler._sigsegv()\n"
        "app.run_app([])"
    )
    assert die(code) == -signal.SIGSEGV
    (file,) = user_folders.rglob("crashes-window.log")
    assert "run_app" in file.read_text()


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    catch_crashes(tmp_path / "file" / "crashes.log")


def test_a_file_of_a_megabyte_is_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / "crashes.log"
    file.write_bytes(b"x" * 1_000_001)
    assert die(f"{_DIE}catch_crashes(Path({str(file)!r}))") == 0
    assert file.stat().st_size == 0
