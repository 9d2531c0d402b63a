"""The real data sets, where they are: crops end scored or referred, and are what their labels say."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from sperm_viewer.domain.cell import CellScored, Status
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.inference.open_engine import open_scorer
from sperm_viewer.training.load import load_network

_DATASETS = os.environ.get("SPERM_VIEWER_DATASETS", "")


_HERE = pytest.mark.skipif(not _DATASETS, reason="SPERM_VIEWER_DATASETS is unset: the data sets are not here")
_SOME = 30


@_HERE
@pytest.mark.parametrize(("name", "every", "crops"), [("hushem", 2, 92), ("smids", 8, 318)])
def test_crops_of_a_data_set_are_scored_or_referred(name: str, every: int, crops: int, tmp_path: Path) -> None:
    folder = _linked(Path(_DATASETS) / name, every, tmp_path / "images")
    out = tmp_path / "out"
    heatmaps = ["--heatmaps"] if name == "hushem" else []
    command = [sys.executable, "-m", "sperm_viewer", "score", str(folder), "--model", name, "--out", str(out)]
    subprocess.run([*command, *heatmaps], check=True, capture_output=True)
    with (out / "cells.csv").open(newline="", encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == crops
    assert set(Counter(row["status"] for row in rows)) <= {"scored", "referred"}
    assert len(list((out / "heatmaps").glob("*/*/*.png"))) == (crops if heatmaps else 0)
    # Most of these were trained on, so this says that scoring sees what training saw, not how good the model is.
    assert sum(row["slide"] == row["class"] for row in rows) / crops > 0.85


@_HERE
@pytest.mark.parametrize(("model", "other"), [("smids", "hushem"), ("hushem", "smids")])
def test_crops_of_the_other_data_set_are_referred_as_foreign(model: str, other: str) -> None:
    scorer = open_scorer(find_model(model), "onnx", "cpu", None).scorer
    events = [event for ref in _some_crops(other) for event in scorer.score(ref)]
    foreign = [isinstance(event, CellScored) and Flag.OUT_OF_DISTRIBUTION in event.flags for event in events]
    assert sum(foreign) >= 0.95 * _SOME
    assert all(event.status is Status.REFERRED for event in events if isinstance(event, CellScored) and event.reason)


@_HERE
@pytest.mark.parametrize("model", ["smids", "hushem-b0"])
def test_both_engines_refer_the_same_real_crops_for_the_same_reasons(model: str) -> None:
    pytest.importorskip("torch")
    scorers = [open_scorer(find_model(model), name, "cpu", load_network).scorer for name in ("onnx", "torch")]
    statuses = Counter()
    for ref in [*_some_crops("smids"), *_some_crops("hushem")]:
        (one,), (other,) = (scorer.score(ref) for scorer in scorers)
        assert isinstance(one, CellScored)
        assert isinstance(other, CellScored)
        assert (one.status, one.flags, one.reason) == (other.status, other.flags, other.reason)
        statuses[one.status] += 1
    assert min(statuses[Status.SCORED], statuses[Status.REFERRED]) > 10


def _linked(data_set: Path, every: int, folder: Path) -> Path:
    """A folder that holds each n-th crop of each class of a data set."""
    for images in sorted(path for path in data_set.iterdir() if path.is_dir()):
        (folder / images.name).mkdir(parents=True)
        for image in sorted(images.iterdir())[::every]:
            (folder / images.name / image.name).symlink_to(image)
    return folder


def _some_crops(name: str) -> list[ImageRef]:
    """Crops spread over a data set."""
    with (Path(_DATASETS) / name / "index.csv").open(newline="") as lines:
        files = [Path(_DATASETS) / name / row["path"] for row in csv.DictReader(lines)]
    return [ImageRef(name, file) for file in files[:: len(files) // _SOME][:_SOME]]
