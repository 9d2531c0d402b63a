"""Puts a site model together: the layer, the limits, the known errors, the card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.imaging.appearance import APPEARANCE
from sperm_viewer.inference.model_folders import ModelFolder
from sperm_viewer.statistics.confusion import confusion
from sperm_viewer.teaching.card import Measured, write_card
from sperm_viewer.teaching.classifier import Choice, learn
from sperm_viewer.teaching.cross_validation import Figure, HeldBack, Lesson
from sperm_viewer.teaching.features import SeenBySite
from sperm_viewer.teaching.locked_set import Contents
from sperm_viewer.teaching.material import Material
from sperm_viewer.teaching.measure import Calibrated, calibrate, familiar, known_outcomes
from sperm_viewer.teaching.projection import fit_projection
from sperm_viewer.teaching.site_model import SiteModel, half_weights


@dataclass(frozen=True, slots=True)
class Studied:
    """The cells of a laboratory, what the backbone makes of them, and what is learnt from them; all in one order."""

    material: Material
    seen: SeenBySite
    classes: tuple[str, ...]
    lesson: Lesson
    contents: tuple[str, ...]


def site_model(
    studied: Studied,
    held: HeldBack,
    macro_f1: Figure,
    backbone: ModelFolder,
    name: str,
    teaching: Mapping[str, object],
) -> SiteModel:
    """The model of all labels, described by the cells that were `held` back. `backbone` has the site's window."""
    lesson, classes, material = studied.lesson, studied.classes, studied.material
    weights, bias, choice = _layer(lesson)
    found = calibrate(held, lesson, classes)
    look = familiar(studied.seen.looks, lesson.unit_of_all)
    unfamiliar = look.distances[: len(lesson.labels)] > look.unlike_above
    measured = _measured(found, lesson, classes, macro_f1)
    spec = replace(
        backbone.spec,
        name=name,
        title=f"sperm heads as {name} was taught them",
        classes=classes,
        normal_class="normal" if "normal" in classes else classes[0],
        temperature=round(found.temperature, 4),
        refer_below=round(found.refer_below, 4),
        unlike_above=look.unlike_above,
        head_length=_head_lengths(studied.seen.looks),
        data=_data(material, backbone, name, choice),
        metrics=_metrics(measured, material),
        known_outcomes=known_outcomes(found, lesson, unfamiliar),
        files={},
    )
    card = write_card(spec, backbone, material, measured)
    count = len(lesson.labels)
    taught = Contents(studied.contents[:count], studied.seen.prints[:count])
    slides = tuple(sorted({cell.slide for cell in material.labelled} - {""}))
    return SiteModel(spec, weights, bias, look.reference, card, teaching, taught, slides)


def _layer(lesson: Lesson) -> tuple[FloatArray, FloatArray, Choice]:
    projection = fit_projection(lesson.views)
    pooled = lesson.views.mean(axis=1, dtype=np.float64)
    coordinates = projection.of(pooled[: len(lesson.labels)])
    linear, choice = learn(coordinates, lesson.labels, lesson.classes, lesson.units)
    layer = linear.behind(projection)
    weights, bias = half_weights(
        layer.weights.T.astype(np.float32), layer.bias.astype(np.float32), pooled.mean(axis=0).astype(np.float32)
    )
    return weights, bias, choice


def _measured(found: Calibrated, lesson: Lesson, classes: tuple[str, ...], macro_f1: Figure) -> Measured:
    first = found.probabilities.argmax(axis=1)
    right = first == lesson.labels
    truth, answers = ([classes[number] for number in numbers] for numbers in (lesson.labels, first))
    of_kept = float(right[found.kept].mean()) if found.kept.any() else 0.0
    return Measured(
        macro_f1, float(right.mean()), float(found.kept.mean()), of_kept, confusion(truth, answers, classes)
    )


def _head_lengths(looks: FloatArray) -> tuple[float, float]:
    """The range of the heads' lengths in crop pixels, 1st to 99th percentile."""
    logarithms = looks[:, APPEARANCE.index("head_length")]
    low, high = np.exp(np.quantile(logarithms[logarithms > 0], (0.01, 0.99)))
    return round(float(low), 1), round(float(high), 1)


def _data(material: Material, backbone: ModelFolder, name: str, choice: Choice) -> dict[str, str]:
    return {
        "name": name,
        "crops": str(len(material.labelled)),
        "citation": str(backbone.spec.data.get("citation", "")),
        "licence": str(backbone.spec.data.get("licence", "")),
        "backbone": f"{backbone.spec.name} {backbone.id.sha256}",
        "taught_by": ", ".join(material.readers),
        "taught_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "taught_from": "\n".join(f"{source.path.name} {source.hash}" for source in material.sources),
        "chosen": f"{choice.components} components, penalty {choice.penalty:g}",
    }


def _metrics(measured: Measured, material: Material) -> dict[str, float | int | str]:
    found = measured.macro_f1
    return {
        "protocol": f"nested cross-validation by {'slide' if material.slides else 'cell'}",
        "crops": len(material.labelled),
        "accuracy": round(measured.accuracy, 4),
        "macro_f1": round(found.value, 4),
        "macro_f1_low": round(found.low, 4),
        "macro_f1_high": round(found.high, 4),
    }
