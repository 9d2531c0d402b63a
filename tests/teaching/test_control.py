"""Quality control: runs of a control slide are measured, kept and charted; the same files are no second run."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from cells import MEASURED, scored
from PIL import Image
from pypdf import PdfReader

from sperm_viewer.domain.cell import CellScored
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.reports.pdf.write import write_pdf
from sperm_viewer.session.session import Session, SessionModel
from sperm_viewer.statistics.control_chart import BASELINE, Rule
from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell
from sperm_viewer.teaching.control_charts import control_charts
from sperm_viewer.teaching.control_report import COLUMNS, control_page, write_control_csv
from sperm_viewer.teaching.control_runs import (
    LEAST_CELLS,
    ControlRun,
    ControlSlide,
    Measure,
    Proportion,
    add_run,
    read_runs,
)

_FOLDER = find_model("smids")
_MODEL = SessionModel(_FOLDER.id, _FOLDER.spec.classes, _FOLDER.spec.normal_class)


def _session(folder: Path, day: int, cells: int = LEAST_CELLS) -> Path:
    """A scored session of one control slide, photographed on that day."""
    place = folder / f"day {day}"
    place.mkdir()
    refs = [ImageRef("level 1", place / f"{number}.png") for number in range(cells)]
    events: list[CellScored] = []
    for number, ref in enumerate(refs):
        Image.fromarray(render_cell(replace(typical_cell(HeadClass.NORMAL), seed=100 * day + number)).rgb).save(
            ref.path
        )
        answer = scored(ref, (0.9, 0.06, 0.04) if number else (0.1, 0.1, 0.8), model=_MODEL)
        events.append(replace(answer, sha256=f"{day} {number}", morphometry=MEASURED))
    with Session.create(place / "session.spermview") as session:
        session.add_slide("level 1", place, refs)
        session.use_model(_MODEL)
        session.record(events)
    return place / "session.spermview"


def test_a_run_is_measured_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "control-runs.json"
    for day in (1, 2):
        with Session.open(_session(tmp_path, day), read_only=True) as session:
            add_run(session, " Eve ", file)
    first, _ = read_runs(file)
    (slide,) = first.slides
    assert (first.by, first.model, slide.name, slide.cells) == ("Eve", _FOLDER.id, "level 1", LEAST_CELLS)
    assert slide.means[Measure.LENGTH] == MEASURED.length
    assert slide.means[Measure.ELLIPTICITY] == pytest.approx(MEASURED.length / MEASURED.width)
    assert slide.means[Measure.CONFIDENCE] == pytest.approx((0.9 * (LEAST_CELLS - 1) + 0.8) / LEAST_CELLS)
    assert slide.means[Measure.DISTANCE] > _FOLDER.spec.unlike_above
    assert slide.shares == {
        Proportion.REFERRED: (0, LEAST_CELLS),
        Proportion.NORMAL: (LEAST_CELLS - 1, LEAST_CELLS - 1),
        Proportion.READ_NORMAL: (0, 0),
    }


@pytest.mark.parametrize(
    ("again", "cells", "by", "message"),
    [
        (True, LEAST_CELLS, "Eve", "10 of 10 images of the slide 'level 1' were in an earlier control run"),
        (False, LEAST_CELLS - 1, "Eve", "the slide 'level 1' has 9 cells with a measured head"),
        (False, LEAST_CELLS, " ", "a control run needs the name of the person"),
    ],
)
def test_what_can_not_be_a_control_run_is_refused_and_nothing_is_kept(
    again: bool, cells: int, by: str, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "control-runs.json"
    path = _session(tmp_path, 1, cells)
    with Session.open(path, read_only=True) as session:
        if again:
            add_run(session, by, file)
        before = file.read_bytes() if again else None
        with pytest.raises(SpermViewerError, match=message):
            add_run(session, by, file)
    assert (file.read_bytes() if file.exists() else None) == before


def _runs(*lengths: tuple[float, ...]) -> list[ControlRun]:
    """Runs whose slides have these mean lengths."""
    return [
        ControlRun(
            f"2026-01-{number + 1:02d}T08:00:00+00:00",
            "Eve",
            _FOLDER.id,
            tuple(
                ControlSlide(
                    f"level {level}",
                    (),
                    100,
                    {**dict.fromkeys(Measure, 1.0), Measure.LENGTH: length},
                    dict.fromkeys(Proportion, (10, 100)),
                )
                for level, length in enumerate(levels, 1)
            ),
        )
        for number, levels in enumerate(lengths)
    ]


def test_a_chart_has_limits_from_twenty_runs_on_and_names_the_rules_that_a_run_breaks() -> None:
    steady = [(59.0, 69.0), (61.0, 71.0)] * (BASELINE // 2)
    charts = {
        (chart.slide, chart.measure): chart
        for chart in control_charts(_runs(*steady, (57.5, 72.5), (64.0, 70.0)), _FOLDER.id)
    }
    assert len(charts) == 2 * (len(Measure) + len(Proportion))
    first, second = (charts[f"level {level}", Measure.LENGTH] for level in (1, 2))
    assert first.expected == 60
    assert [point.broken for point in first.points[BASELINE:]] == [(Rule.R_4S,), (Rule.ONE_3S,)]
    assert [point.broken for point in second.points[BASELINE:]] == [(Rule.R_4S,), ()]
    assert first.words == "The last run breaks 1-3s (more than 3 SD from the mean)."
    assert second.words == "The last run is within the limits."
    short = control_charts(_runs(*steady[:-1]), _FOLDER.id)[0]
    assert (short.expected, short.points[-1].low, short.words) == (
        None,
        None,
        "19 of the 20 runs that the limits need.",
    )


def test_charts_are_written_as_csv_and_as_pdf(tmp_path: Path, qapp: object) -> None:
    charts = control_charts(_runs(*[(59.0,), (61.0,)] * 12), _FOLDER.id)
    write_control_csv(charts, tmp_path / "charts.csv")
    with (tmp_path / "charts.csv").open(newline="", encoding="utf-8-sig") as lines:
        header, *rows = csv.reader(lines)
    assert tuple(header) == COLUMNS
    assert len(rows) == 24 * len(charts)
    assert {row[0] for row in rows} == {"level 1"}
    write_pdf(control_page(charts, _FOLDER.id, "The Laboratory"), tmp_path / "charts.pdf")
    pages = PdfReader(tmp_path / "charts.pdf").pages
    text = " ".join(word for page in pages for word in page.extract_text().split())
    assert "Mean head length, px" in text
    assert "The last run is within the limits." in text
    assert "The first 20 runs don't vary, so there are no limits." in text
