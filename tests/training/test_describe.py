"""What a model folder says of itself is what its predictions say."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training needs the torch extra")

from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.training.calibrate import cross_calibrate
from sperm_viewer.training.describe import known_errors
from sperm_viewer.training.predictions import Predicted, read_predictions, write_predictions

_MODELS = Path(__file__).parents[2] / "resources" / "models"


@pytest.mark.parametrize("name", sorted(folder.name for folder in _MODELS.iterdir()))
def test_a_shipped_models_known_errors_are_those_of_its_predictions(name: str) -> None:
    spec = find_model(name).spec
    predictions = read_predictions(_MODELS / name / "evaluation" / f"{spec.data['system']}.group.csv")
    calibrated = cross_calibrate(predictions)
    counts: dict[tuple[int, int], int] = {}
    said = calibrated.probabilities.argmax(axis=1)
    for label, first, kept in zip(predictions.labels, said, calibrated.kept, strict=True):
        counts[label, first] = counts.get((label, first), 0) + bool(kept)
    assert spec.known_errors is not None
    places = range(len(spec.classes))
    assert spec.classes == predictions.classes
    assert spec.known_errors.counts == tuple(tuple(counts.get((row, column), 0) for column in places) for row in places)
    assert spec.confusion is not None
    once = sum(map(sum, spec.confusion.counts))
    assert once == pytest.approx(calibrated.kept.sum() / spec.known_errors.repeats)


def test_a_class_that_is_referred_altogether_leaves_nothing_to_correct_with(tmp_path: Path) -> None:
    surely, no_idea = (5.0, -5.0), ((0.1, -0.1), (-0.1, 0.1))
    rows = [
        Predicted(0, number % 5, f"{number}.png", label, str(number), logits)
        for number in range(200)
        for label, logits in [("normal", surely) if number % 4 else ("tapered", no_idea[number % 8 // 4])]
    ]
    write_predictions(rows, ("normal", "tapered"), tmp_path / "a.group.csv")
    assert known_errors(read_predictions(tmp_path / "a.group.csv")) is None
