"""The window on a folder of fields, with the real detector, model and scoring process."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import pytest
from fields_in_window import window_on_fields, work_through
from PySide6.QtWidgets import QApplication

from sperm_viewer.cli import run_command
from sperm_viewer.run.results import result_files
from sperm_viewer.session.verify import verify
from sperm_viewer.synthetic.render import GREY, render_field
from sperm_viewer.system import paths

pytestmark = pytest.mark.skipif(
    not (paths.resources() / "models" / "smids" / "model.toml").is_file(),
    reason="resources/models/smids isn't there: no model to score with",
)


@pytest.mark.slow
def test_heads_are_found_added_removed_split_redrawn_undone_counted_and_reported(
    qapp: QApplication, tmp_path: Path
) -> None:
    fields = tmp_path / "A-017"
    fields.mkdir()
    for number in range(2):
        field = render_field(GREY, seed=4 + number, heads=8, shape=(520, 640))
        cv2.imwrite(str(fields / f"{number}.png"), field.rgb[..., ::-1])
    with window_on_fields(qapp, tmp_path) as person:
        path = work_through(person, fields)
    cells = [step.cells for step in person.steps]
    assert cells[0] >= 12
    assert [cell - cells[0] for cell in cells] == [0, -1, 0, 0, 0, 0, 1, 0, 1, 0]

    assert verify(path).problems == ()
    with result_files(path).cells.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == cells[-1]
    assert [row["outlined_by"] for row in rows if row["outlined_by"]] == ["Ana"]
    report = tmp_path / "report.html"
    assert run_command(["report", str(path), "--format", "html", "--out", str(report)]) == 0
    text = report.read_text("utf-8")
    assert "1 head was outlined by Ana." in text
    assert "1 head that the app found was removed or replaced by a person." in text
