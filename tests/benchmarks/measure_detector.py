"""How well heads are found in annotated fields, by the detector and by threshold; prints a table.

The score from which on a detection counts is chosen on the first 40 fields by name; the figures are those of the
others. With --datasets it also lays held-out debris on backgrounds and counts what is taken for sperm: by the detector,
and after classification by the model `smids` (which was trained on all crops). With --publish the threshold and the
figures go into the detector's description and card.

    python tests/benchmarks/measure_detector.py FIELDS [--model FOLDER] [--datasets SMIDS HUSHEM] [--publish]
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import time
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.cell import NON_SPERM
from sperm_viewer.imaging.head_finder import ThresholdFinder
from sperm_viewer.inference.detector import HEAD_MICROMETRES, Detector
from sperm_viewer.inference.detector_folder import FOLDER, ONNX_FILE, HeadFinder, open_detector
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.inference.open_engine import open_scorer
from sperm_viewer.inference.preprocess import prepare
from sperm_viewer.inference.scorer import softmax
from sperm_viewer.synthetic.composite import Sources, compose_debris
from sperm_viewer.system import paths
from sperm_viewer.training.detector_card import describe_detector, figures_table
from sperm_viewer.training.detector_figures import (
    Box,
    DetectorFigures,
    MeasuredField,
    choose_score,
    match_field,
    touching_pairs,
    true_heads,
    work_out,
)
from sperm_viewer.training.detector_fit import DetectorRecipe
from sperm_viewer.training.detector_sources import read_sources

_CHOSEN_ON = 40
_LOWEST = 0.03
_DEBRIS_IMAGES = 150
_DEBRIS_SIDE = 512
_SMIDS_HEAD = 45.0
"""Length of a usual head in the crops of SMIDS, in px: the scale that `smids` was trained at."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("fields", type=Path)
    parser.add_argument("--model", type=Path, default=paths.resources() / FOLDER)
    parser.add_argument("--datasets", type=Path, nargs="+", default=[])
    parser.add_argument("--publish", action="store_true")
    asked = parser.parse_args()
    finders: dict[str, HeadFinder] = {
        "detector": Detector(asked.model / ONNX_FILE, _LOWEST),
        "find_heads": ThresholdFinder(),
    }
    open_detector(asked.model)
    figures: dict[str, DetectorFigures] = {}
    least_score = 0.0
    for name, finder in finders.items():
        fields = [measure(finder, asked.fields, image, boxes) for image, boxes in annotated(asked.fields)]
        score = choose_score(fields[:_CHOSEN_ON]) if name == "detector" else 0.0
        least_score = max(least_score, score)
        figures[name] = work_out(fields[_CHOSEN_ON:], score)
        print(f"{name}: first {_CHOSEN_ON} fields, from score {score:g}:", work_out(fields[:_CHOSEN_ON], score))
    tested = figures["detector"]
    protocol = (
        f"Measured with tests/benchmarks/measure_detector.py on {tested.fields} of 128 stained fields (Sperm Parsing "
        f"data, published with CLPMnet, {tested.heads} heads), all but the first {_CHOSEN_ON} by name; "
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}."
    )
    debris = debris_in_words(asked.model, asked.datasets, least_score) if asked.datasets else ""
    print(protocol, f"threshold {least_score:g}", figures_table(figures), debris, sep="\n\n")
    if asked.publish:
        print(describe_detector(asked.model, least_score, figures, debris, protocol))


def annotated(folder: Path) -> list[tuple[str, list[Box]]]:
    """The fields by name, and the boxes of their annotated heads."""
    boxes: dict[str, list[Box]] = defaultdict(list)
    with (folder / "head_boxes.csv").open(newline="") as lines:
        for row in csv.DictReader(lines):
            left, top, right, bottom = (int(row[f"head_{side}"]) for side in ("x0", "y0", "x1", "y1"))
            boxes[row["image"]].append((left, top, right, bottom))
    return [(file.name, boxes[file.name]) for file in sorted((folder / "images").iterdir())]


def measure(finder: HeadFinder, folder: Path, image: str, boxes: list[Box]) -> MeasuredField:
    rgb = read(folder / "images" / image)
    parts = cv2.imread(str(folder / "masks" / Path(image).with_suffix(".png")), cv2.IMREAD_GRAYSCALE)
    truths = true_heads(rgb, np.asarray(parts, np.uint8), boxes)
    started, busy = time.perf_counter(), time.process_time()
    found = finder.find(rgb)
    seconds, processor_seconds = time.perf_counter() - started, time.process_time() - busy
    pairs = touching_pairs(truths, rgb.shape[:2])
    return MeasuredField(truths, pairs, match_field(found, truths), seconds, processor_seconds)


def read(file: Path) -> UInt8Array:
    return np.ascontiguousarray(np.asarray(cv2.imread(str(file), cv2.IMREAD_COLOR), np.uint8)[..., ::-1])


def debris_in_words(model: Path, datasets: list[Path], least_score: float) -> str:
    """What becomes of debris that no training of the detector has seen."""
    recipe = DetectorRecipe()
    _, held_out = read_sources(datasets, recipe.seed, recipe.drawn)
    pieces, found, counted = count_debris(model, held_out, least_score)
    return (
        f"Debris: of {pieces} pieces cut out of held-out crops without a sperm (drawn with replacement from "
        f"{len(held_out.debris)}) and laid on backgrounds, {found} were found as heads "
        f"({found / pieces:.1%}) and {counted} were also classified as sperm by `smids` ({counted / pieces:.1%}; "
        "`smids` saw all crops in training)."
    )


def count_debris(model: Path, sources: Sources, least_score: float) -> tuple[int, int, int]:
    """Pieces of debris laid, those found as heads, and those that the model `smids` then takes for sperm."""
    detector = Detector(model / ONNX_FILE, least_score)
    smids = find_model("smids")
    engine = open_scorer(smids, "onnx", "cpu", None).engine
    pieces = found = counted = 0
    for index in range(_DEBRIS_IMAGES):
        rgb, laid = compose_debris(np.random.default_rng([index, 77]), sources, _DEBRIS_SIDE, _SMIDS_HEAD)
        pieces += laid
        for detection in detector.find(rgb, HEAD_MICROMETRES / _SMIDS_HEAD):
            found += 1
            batch, _ = prepare(rgb, detection.head, smids.spec.preprocessing)
            best = int(np.argmax(softmax(engine.forward(batch).logits.mean(axis=0))))
            counted += smids.spec.classes[best] != NON_SPERM
    return pieces, found, counted


if __name__ == "__main__":
    main()
