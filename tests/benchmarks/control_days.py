<<<<<<< HEAD
"""Sixty simulated days of a control slide: on which day each rule rings as focus drifts, stain fades, a reader changes.

A control slide of rendered heads is photographed anew each day: other turns, places and grain. It is scored by `smids`.
The first twenty days are as always and give the limits. From day 21 focus is lost by 0.03 px of blur a day, or stain
fades by 1% a day, or, from day 31, another reader calls a third of the normal heads abnormal.

    python tests/benchmarks/control_days.py FILE.csv      goes on where it was stopped, then prints the table
=======
"""The day on which each rule of quality control rings, over 60 simulated days.

A control slide of 30 of the demo's real crops is photographed anew each day: each crop turned, its light and grain a
little different. After day 30 one thing drifts: the focus (blur grows by 0.03 px a day), the stain (it fades by 1% a
day), or a new reader comes, who calls half of the abnormal heads normal. The first 20 days make the limits. Seeded.

    python tests/benchmarks/control_days.py [DAYS]
>>>>>>> main
"""

from __future__ import annotations

<<<<<<< HEAD
import argparse
import csv
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from sperm_viewer.domain.image import CropRef
from sperm_viewer.imaging.head import find_head
from sperm_viewer.inference.model_folders import ModelFolder, find_model
from sperm_viewer.inference.open_engine import open_scorer
from sperm_viewer.inference.out_of_distribution import (
    REFERENCE_APPEARANCE_FILE,
    ReferenceAppearance,
    appearance_of,
    parse_reference_appearance,
)
from sperm_viewer.inference.preprocess import prepare
from sperm_viewer.inference.scorer import Scorer
from sperm_viewer.statistics.control_chart import FIRST_RUNS, Rule, binomial_limits, limits_of, westgard
from sperm_viewer.synthetic.render import GREY, HeadClass, render_cell, typical_cell

SEED = 60
DAYS, CELLS, READ = 60, 24, 200
FOCUS_A_DAY, STAIN_A_DAY, READER_FROM = 0.03, 0.01, 31
NORMAL, KEPT_BY_THE_OTHER = 0.3, 2 / 3
SCENES = ("nothing changes", "focus drifts", "stain fades")
CHARTS = ("distance from the reference images", "mean head length", "mean length / width", "mean confidence")
COLUMNS = ("scene", "day", *CHARTS)


@cache
def smids() -> tuple[ModelFolder, Scorer, ReferenceAppearance]:
    model = find_model("smids")
    reference = parse_reference_appearance(load_file(model.path / REFERENCE_APPEARANCE_FILE))
    return model, open_scorer(model, "onnx", "cpu", None).scorer, reference


def a_day(scene: str, day: int) -> list[float]:
    """What the charts show of one day, counted from 1."""
    model, scorer, reference = smids()
    late = max(day - FIRST_RUNS, 0)
    blur = FOCUS_A_DAY * late if scene == "focus drifts" else 0.0
    stain = 1 - STAIN_A_DAY * late if scene == "stain fades" else 1.0
    rows = []
    for number in range(CELLS):
        cell = typical_cell(list(HeadClass)[number % len(HeadClass)], GREY, SEED + number)
        dice = np.random.default_rng((SEED, day, number, SCENES.index(scene)))
        anew = replace(
            cell,
            turn=float(dice.uniform(0, 360)),
            offset=(float(dice.normal(0, 2)), float(dice.normal(0, 2))),
            # No two days are focused and lit alike.
            blur=max(cell.blur + blur + float(dice.normal(0.3, 0.05)), 0.0),
            stain=cell.stain * stain * float(dice.normal(1, 0.02)),
            seed=int(dice.integers(1 << 30)),
        )
        rgb = render_cell(anew).rgb
        head = find_head(rgb)
        batch, _ = prepare(rgb, head, model.spec.preprocessing)
        event = scorer.score_pixels(CropRef("", Path("control")), rgb, "", frozenset())
        length, width = (head.length, head.width) if head else (np.nan, np.nan)
        distance = reference.distance(appearance_of(batch, head, model.spec.preprocessing))
        rows.append((distance, length, length / width, event.prediction.confidence))
    return np.nanmean(np.array(rows), axis=0).tolist()


def run(file: Path) -> None:
    done = {(row["scene"], int(row["day"])) for row in read(file)}
    with file.open("a", newline="", encoding="utf-8") as opened:
        rows = csv.writer(opened)
        if opened.tell() == 0:
            rows.writerow(COLUMNS)
        for scene in SCENES:
            for day in range(1, DAYS + 1):
                if (scene, day) not in done:
                    rows.writerow([scene, day, *(f"{value:.5f}" for value in a_day(scene, day))])
                    opened.flush()


def read(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text("utf-8").splitlines())) if file.exists() else []


def table(file: Path) -> None:
    rows = read(file)
    print(f"| what changes | chart | {' | '.join(rule for rule in Rule if rule is not Rule.R_4S)} |")
    print(f"|---|---|{'---|' * (len(Rule) - 1)}")
    for scene in SCENES:
        for chart in CHARTS:
            values = [float(row[chart]) for row in rows if row["scene"] == scene]
            if len(values) == DAYS:
                print(f"| {scene} | {chart} | {' | '.join(_first_days(values))} |")
    print()
    day = _reader()
    print(f"Reader changes on day {READER_FROM}: the count of normal heads leaves its exact limits on day {day}.")


def _first_days(values: Sequence[float]) -> list[str]:
    found = westgard(values, limits_of(values))
    days = {rule: min((ring.run + 1 for ring in found if ring.rule is rule), default=None) for rule in Rule}
    return [str(days[rule] or "never") for rule in Rule if rule is not Rule.R_4S]


def _reader() -> int | None:
    """The first day on which what readers call normal of 200 cells is outside the limits of the first 20 days."""
    dice = np.random.default_rng(SEED)
    shares = [NORMAL * (KEPT_BY_THE_OTHER if day >= READER_FROM else 1.0) for day in range(1, DAYS + 1)]
    counts = dice.binomial(READ, shares)
    low, high = binomial_limits(float(counts[:FIRST_RUNS].mean() / READ), READ)
    return next((day for day, count in enumerate(counts, 1) if day > FIRST_RUNS and not low <= count <= high), None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    file = parser.parse_args().file
    run(file)
    table(file)
=======
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.cell import CellScored
from sperm_viewer.domain.image import CropRef
from sperm_viewer.domain.verdict import Decision, How
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.inference.open_engine import open_scorer
from sperm_viewer.inference.scorer import Scorer
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session, SessionModel
from sperm_viewer.system.paths import resources
from sperm_viewer.teaching.control_charts import ControlChart, control_charts
from sperm_viewer.teaching.control_runs import add_run, read_runs

DRIFTS = ("nothing", "focus", "stain", "reader")
STEADY = 30
CROPS = 30
_SEED = 1600


def photographed(rgb: UInt8Array, drift: str, day: int, dice: np.random.Generator) -> UInt8Array:
    """A crop (height, width, 3) as it looks on that day."""
    height, width = rgb.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(dice.uniform(0, 360)), 1)
    image = cv2.warpAffine(rgb, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    late = max(0, day - STEADY)
    blur = 0.4 + (0.03 * late if drift == "focus" else 0)
    image = cv2.GaussianBlur(image, (0, 0), blur).astype(np.float32)
    ground = np.median(image.reshape(-1, 3), axis=0)
    fading = 1 - (0.01 * late if drift == "stain" else 0)
    image = (ground + (image - ground) * fading) * dice.normal(1, 0.01) + dice.normal(0, 1, image.shape)
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def simulated(drift: str, days: int, scorer: Scorer, model: SessionModel, folder: Path) -> list[ControlChart]:
    """The charts after that many days."""
    files = sorted((resources() / "demo" / "Demo 1").glob("*/*.png"))
    crops = [rgb for file in files if (rgb := cv2.imread(str(file))) is not None][:CROPS]
    dice, reader = np.random.default_rng([_SEED, DRIFTS.index(drift)]), random.Random(_SEED)
    runs = folder / "control-runs.json"
    for day in range(1, days + 1):
        place = folder / f"{day:02d}"
        place.mkdir()
        refs = [CropRef("control", place / f"{number:02d}.png") for number in range(len(crops))]
        for ref, crop in zip(refs, crops, strict=True):
            cv2.imwrite(str(ref.path), photographed(crop, drift, day, dice))
        with Session.create(place / "session.spermview") as session:
            session.add_slide("control", place, refs)
            session.use_model(model)
            events = [event for ref in refs for event in scorer.score(ref)]
            ids = session.record(events)
            verdicts = _verdicts(events, model, reader, new=drift == "reader" and day > STEADY)
            Review(session).decide(dict(zip(ids, verdicts, strict=True)), "A. Reader", How.SINGLE)
            add_run(session, "A. Reader", runs)
    return control_charts(read_runs(runs), model.id)


def _verdicts(events: list, model: SessionModel, reader: random.Random, *, new: bool) -> Iterator[Decision]:
    """One in ten verdicts differs from the model's answer; the new reader calls half of the abnormal heads normal."""
    for event in events:
        answer = event.prediction.first if isinstance(event, CellScored) else ""
        if new and answer == "abnormal" and reader.random() < 0.5:
            answer = model.normal_class
        yield Decision(reader.choice(model.classes) if answer and reader.random() < 0.1 else answer)


def main() -> None:
    days = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    folder = find_model("smids")
    scorer = open_scorer(folder, "onnx", "cpu", None).scorer
    model = SessionModel(folder.id, folder.spec.classes, folder.spec.normal_class)
    print("| drift after day 30 | measurement | rules, each with the first day on which it rings |\n|---|---|---|")
    for drift in DRIFTS:
        with tempfile.TemporaryDirectory() as place:
            for chart in simulated(drift, days, scorer, model, Path(place)):
                rang: dict[str, int] = {}
                for day, point in enumerate(chart.points, 1):
                    for rule in point.broken:
                        rang.setdefault(str(rule), day)
                if rang:
                    print(
                        f"| {drift} | {chart.measure} | {', '.join(f'{rule}: {day}' for rule, day in rang.items())} |"
                    )
>>>>>>> main


if __name__ == "__main__":
    main()
