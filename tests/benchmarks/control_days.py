"""The day on which each rule of quality control rings, over 60 simulated days.

A control slide of 30 of the demo's real crops is photographed anew each day: each crop turned, its light and grain a
little different. After day 30 one thing drifts: the focus (blur grows by 0.03 px a day), the stain (it fades by 1% a
day), or a new reader comes, who calls half of the abnormal heads normal. The first 20 days make the limits. Seeded.

    python tests/benchmarks/control_days.py [DAYS]
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.cell import CellScored
from sperm_viewer.domain.image import ImageRef
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
        refs = [ImageRef("control", place / f"{number:02d}.png") for number in range(len(crops))]
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


if __name__ == "__main__":
    main()
