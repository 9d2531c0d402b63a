"""The real data sets, where they are: every crop ends scored or referred, and is what its label says."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

_DATASETS = os.environ.get("SPERM_VIEWER_DATASETS", "")


@pytest.mark.skipif(not _DATASETS, reason="SPERM_VIEWER_DATASETS is unset: the data sets are not here")
@pytest.mark.parametrize(("name", "crops"), [("hushem", 183), ("smids", 2526)])
def test_all_crops_of_a_data_set_are_scored_or_referred(name: str, crops: int, tmp_path: Path) -> None:
    folder = Path(_DATASETS) / name
    out = tmp_path / "out"
    heatmaps = ["--heatmaps"] if name == "hushem" else []
    command = [sys.executable, "-m", "sperm_viewer", "score", str(folder), "--model", name, "--out", str(out)]
    subprocess.run([*command, *heatmaps], check=True, capture_output=True)
    with (out / "cells.csv").open(newline="", encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == crops
    assert set(Counter(row["status"] for row in rows)) <= {"scored", "referred"}
    assert len(list((out / "heatmaps").glob("*/*.png"))) == (crops if heatmaps else 0)
    # Most of these were trained on, so this says that scoring sees what training saw, not how good the model is.
    assert sum(row["slide"] == row["class"] for row in rows) / crops > 0.85
