"""Keys reach the cells after real clicks, on a real screen with a window manager: each verdict pressed is stored."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_SCRIPT = Path(__file__).parents[1] / "benchmarks" / "review_by_keys.py"
_MISSING = [program for program in ("Xvfb", "xdotool", "openbox") if shutil.which(program) is None]


@pytest.mark.slow
@pytest.mark.skipif(_MISSING != [], reason=f"{', '.join(_MISSING)} not installed: no screen to press keys on")
def test_each_verdict_pressed_between_clicks_is_stored() -> None:
    done = subprocess.run(
        [sys.executable, _SCRIPT, "30", "0"], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "30 cells reviewed" in done.stdout
    assert "verdicts stored equal keys pressed" in done.stdout
