"""The error matrix of a model is what its cross-validation predicted, each crop in one outcome."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs the torch extra")

from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.training.calibrate import cross_calibrate
from sperm_viewer.training.known_outcomes import known_outcomes
from sperm_viewer.training.measure_out_of_distribution import own_out_of_distribution, read_distances
from sperm_viewer.training.predictions import Predicted, read_predictions, write_predictions

_MODELS = Path(__file__).parents[2] / "resources" / "models"


@pytest.mark.parametrize("name", sorted(folder.name for folder in _MODELS.iterdir()))
def test_a_models_matrix_is_that_of_its_predictions(name: str) -> None:
    spec, evaluation = find_model(name).spec, _MODELS / name / "evaluation"
    predictions = read_predictions(evaluation / f"{spec.data['system']}.group.csv")
    unfamiliar = own_out_of_distribution(read_distances(evaluation / "unlike.csv"))
    calibrated = cross_calibrate(predictions)
    known = known_outcomes(predictions, unfamiliar)
    matrix = replace(spec, known_outcomes=known).error_matrix
    assert matrix is not None
    counted: Counter[tuple[int, str]] = Counter()
    for label, path, shares, kept in zip(
        predictions.labels, predictions.paths, calibrated.probabilities, calibrated.kept, strict=True
    ):
        if Path(path).name in unfamiliar:
            said = "referred as out of distribution"
        elif not kept:
            said = "referred as uncertain"
        else:
            middle, high = known.bands[int(shares.argmax())]
            band = "low" if shares.max() < middle else "middle" if shares.max() < high else "high"
            said = f"{predictions.classes[int(shares.argmax())]}, {band} confidence"
        counted[int(label), said] += 1
    assert known.counts == tuple(
        tuple(counted[row, outcome] for outcome in matrix.outcomes) for row in range(len(spec.classes))
    )
    assert np.sum(matrix.counts) == pytest.approx(len(predictions.labels) / known.repeats)


def test_the_bands_part_the_answers_of_each_class_into_thirds() -> None:
    evaluation = _MODELS / "smids" / "evaluation"
    unfamiliar = own_out_of_distribution(read_distances(evaluation / "unlike.csv"))
    known = known_outcomes(read_predictions(evaluation / "best.group.csv"), unfamiliar)
    matrix = replace(find_model("smids").spec, known_outcomes=known).error_matrix
    assert matrix is not None
    for name in matrix.classes:
        answers = np.array(matrix.counts)[:, list(matrix.answered(name))].sum(axis=0)
        assert answers == pytest.approx([answers.sum() / 3] * 3, rel=0.05)


def test_about_one_crop_in_25_is_out_of_distribution() -> None:
    rows = read_distances(_MODELS / "smids" / "evaluation" / "unlike.csv")
    own = sum(row.set == "own" for row in rows)
    assert len(own_out_of_distribution(rows)) / own == pytest.approx(0.04, abs=0.003)


def test_a_class_that_is_never_answered_has_no_answers_in_any_band(tmp_path: Path) -> None:
    rows = [
        Predicted(0, number % 5, f"{number}.png", label, str(number), (3.0 + number / 100, -3.0))
        for number in range(100)
        for label in ["normal" if number % 50 else "tapered"]
    ]
    write_predictions(rows, ("normal", "tapered"), tmp_path / "a.group.csv")
    found = known_outcomes(read_predictions(tmp_path / "a.group.csv"), {"3.png"})
    assert found.bands[1] == (1.0, 1.0)
    assert [sum(column) for column in zip(*found.counts, strict=True)][3:6] == [0, 0, 0]
    assert sum(row[-1] for row in found.counts) == 1
