"""The demo as a new user gets it: scored, referred and failed cells, heatmaps, one percentage and one withheld."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from sperm_viewer.system import paths

pytestmark = pytest.mark.skipif(
    not (paths.resources() / "models" / "smids" / "model.toml").is_file(),
    reason="resources/models/smids isn't there: no model to score with",
)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo, written and scored by the command line."""
    folder = tmp_path_factory.mktemp("demo")
    for command in (["demo", "Demo"], ["score", "Demo", "--out", "out", "--heatmaps"]):
        subprocess.run([sys.executable, "-m", "sperm_viewer", *command], cwd=folder, check=True, capture_output=True)
    return folder / "out"


def rows(table: Path) -> list[dict[str, str]]:
    with table.open(newline="", encoding="utf-8-sig") as lines:
        return list(csv.DictReader(lines))


def test_most_cells_are_scored_some_referred_and_one_failed_with_its_reason(out: Path) -> None:
    cells = rows(out / "cells.csv")
    count = Counter(cell["status"] for cell in cells)
    assert count["scored"] > 40
    assert count["referred"] >= 5
    assert count["failed"] == 1
    assert all(cell["reason"] for cell in cells if cell["status"] != "scored")
    flags = {cell["file"]: cell["flags"].split() for cell in cells}
    assert "focus" in flags["cell_061.png"]
    assert "no-head" in flags["cell_063.png"]
    unfamiliar = sum("unlike" in found for found in flags.values())
    assert unfamiliar < 10


def test_the_heads_of_the_field_are_cells_with_a_box_beside_the_crops(out: Path) -> None:
    cells = [cell for cell in rows(out / "cells.csv") if cell["sample"] == "Demo 3"]
    assert len(cells) >= 13
    assert all(float(cell["box_width"]) > 10 and float(cell["length_px"]) > 20 for cell in cells)
    assert {cell["file"] for cell in cells} == {"field_001.jpg"}
    assert [cell["cell"] for cell in cells] == [str(number + 1) for number in range(len(cells))]


def test_every_cell_but_the_failed_one_has_a_heatmap(out: Path) -> None:
    cells = rows(out / "cells.csv")
    assert len(list((out / "heatmaps").rglob("*.png"))) == len(cells) - 1
    assert sum(cell["sample"] != "Demo 3" for cell in cells) == 63


def test_sample_one_has_a_percentage_over_its_replicates_and_that_of_sample_two_is_withheld(out: Path) -> None:
    one, two, three = rows(out / "samples.csv")
    assert (one["sample"], one["slides"], one["headline"], one["reason"]) == ("Demo 1", "2", "estimate", "")
    low, estimate, high = (float(one[f"normal_{part}"]) for part in ("low", "estimate", "high"))
    # 19 of its 40 sperm are labelled normal in SMIDS.
    assert low < 19 / 40 < high
    assert low < estimate < high
    assert (two["sample"], two["slides"], two["headline"]) == ("Demo 2", "1", "withheld")
    assert "needs at least 30" in two["reason"]
    assert (three["sample"], three["headline"]) == ("Demo 3", "withheld")
