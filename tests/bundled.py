"""Where the bundle is, and the same commands from source."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
BUNDLE = ROOT / "dist" / "sperm-viewer"


def from_source(*arguments: str | Path, home: str) -> subprocess.CompletedProcess[str]:
    """The same command, of this checkout, in the same bare world."""
    command = [sys.executable, "-m", "sperm_viewer", *map(str, arguments)]
    environment = {"HOME": home, "PATH": os.defpath}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
