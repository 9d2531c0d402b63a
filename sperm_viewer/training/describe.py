"""What a model folder says of itself, worked out anew from the predictions it holds: reports, card, `model.toml`."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np

from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.progress import counted
from sperm_viewer.inference.model_folders import (
    CARD_FILE,
    GRADIENT_FILE,
    ONNX_FILE,
    SPEC_FILE,
    WEIGHTS_FILE,
    open_model,
)
from sperm_viewer.inference.model_spec import KnownOutcomes, write_spec
from sperm_viewer.inference.open_engine import open_scorer
from sperm_viewer.inference.out_of_distribution import REFERENCE_APPEARANCE_FILE
from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell
from sperm_viewer.training.calibrate import calibrate
from sperm_viewer.training.card import Examined, write_card
from sperm_viewer.training.explain import EXPLAINED_FILE, read_explained
from sperm_viewer.training.known_outcomes import known_outcomes
from sperm_viewer.training.measure_out_of_distribution import (
    OUT_OF_DISTRIBUTION_FILE,
    crops_out_of_distribution,
    read_distances,
    told_apart,
)
from sperm_viewer.training.metrics import Figures, compute_metrics
from sperm_viewer.training.predictions import Predictions, read_predictions
from sperm_viewer.training.report import CURVES_FILE, TRIED, draw_curves, prediction_file, splits_in, write_report
from sperm_viewer.training.robust import ROBUST_FILE, read_varied, stability
from sperm_viewer.training.show_failures import FAILURES_FILE, show_failures

EVALUATION = "evaluation"
_SPEED = "ms_a_crop"
_TIMED = 40


def describe(folder: Path) -> Path:
    """Writes the reports, the card and the metrics of a model folder anew; returns the card's path.

    Everything but speed (measured when the model was published) comes from the predictions in its `evaluation`.
    """
    spec = open_model(folder).spec
    evaluation = folder / EVALUATION
    for place in (evaluation, evaluation / TRIED):
        for split in splits_in(place):
            write_report(place, split)
    system = str(spec.data["system"])
    found = {
        split: read_predictions(file)
        for split in splits_in(evaluation)
        for file in (prediction_file(evaluation, system, split),)
        if file.exists()
    }
    unfamiliar = crops_out_of_distribution(evaluation)
    measured = {split: compute_metrics(predictions, unfamiliar) for split, predictions in found.items()}
    if "group" in found:
        chosen = calibrate(found["group"])
        spec = replace(
            spec,
            temperature=round(chosen.temperature, 4),
            refer_below=round(chosen.refer_below, 4),
            known_outcomes=_known_outcomes(found["group"], unfamiliar),
        )
    examined = Examined(
        told_apart(read_distances(evaluation / OUT_OF_DISTRIBUTION_FILE))
        if (evaluation / OUT_OF_DISTRIBUTION_FILE).exists()
        else None,
        stability(read_varied(evaluation / ROBUST_FILE), found["group"])
        if (evaluation / ROBUST_FILE).exists() and "group" in found
        else [],
        read_explained(evaluation / EXPLAINED_FILE) if (evaluation / EXPLAINED_FILE).exists() else [],
    )
    if examined.explained:
        draw_curves(examined.explained, evaluation / CURVES_FILE)
    speed = spec.metrics.get(_SPEED) or _milliseconds(folder)
    spec = replace(spec, metrics={**_metrics(measured), _SPEED: speed})
    # The rendered crops are scored by what stands in the folder.
    write_spec(replace(spec, files=hashes(folder)), folder / SPEC_FILE)
    shown = show_failures(folder, spec)
    (folder / CARD_FILE).write_text(write_card(spec, measured, examined, shown), encoding="utf-8")
    write_spec(replace(spec, files=hashes(folder)), folder / SPEC_FILE)
    return folder / CARD_FILE


def _known_outcomes(predictions: Predictions, unfamiliar: frozenset[str] | None) -> KnownOutcomes | None:
    """None where it was not measured which crops are out of distribution, or where a class has no crop."""
    if unfamiliar is None or len(np.unique(predictions.labels)) < len(predictions.classes):
        return None
    return known_outcomes(predictions, unfamiliar)


def hashes(folder: Path) -> dict[str, str]:
    """The sha256 of each file that a model folder answers for, of those that are there."""
    names = (WEIGHTS_FILE, ONNX_FILE, GRADIENT_FILE, REFERENCE_APPEARANCE_FILE, CARD_FILE, FAILURES_FILE)
    present = [name for name in names if (folder / name).is_file()]
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in present}


def _milliseconds(folder: Path) -> float:
    """What a crop takes, its pixels at hand, with prediction and heatmap; the median of some rendered ones."""
    scorer = open_scorer(open_model(folder), "onnx", "cpu", None).scorer
    took = []
    for seed in range(_TIMED):
        rgb = render_cell(typical_cell(HeadClass.NORMAL, seed=seed)).rgb
        started = time.perf_counter()
        scorer.score_pixels(ImageRef("", Path("timed")), rgb, "", frozenset())
        took.append(time.perf_counter() - started)
    return round(1000 * median(took), 1)


def _metrics(measured: dict[str, Figures]) -> dict[str, float | int | str]:
    if "group" not in measured:
        return {"protocol": "not measured"}
    figures = measured["group"]
    return {
        "protocol": f"five-fold cross-validation by group (not by donor), {counted(figures.repeats, 'repeat')}",
        "crops": figures.images,
        "accuracy": round(figures.accuracy, 4),
        "macro_f1": round(figures.macro_f1, 4),
        "macro_f1_low": round(figures.interval[0], 4),
        "macro_f1_high": round(figures.interval[1], 4),
    }
