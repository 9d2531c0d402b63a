"""Nothing that the app is made of reports on its user."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_scoring_leaves_no_device_id_and_no_list_of_events_behind(tmp_path: Path) -> None:
    """ONNX Runtime would keep both in ~/.cache, and send the events every few minutes."""
    program = (
        "from sperm_viewer.inference.open_engine import open_scorer\n"
        "from sperm_viewer.inference.model_folders import find_model\n"
        "open_scorer(find_model('smids'), 'onnx', 'cpu', None)"
    )
    environment = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
    environment |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / ".cache")}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    assert list(tmp_path.rglob("*")) == []
