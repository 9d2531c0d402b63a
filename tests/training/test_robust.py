"""Robustness: variations change what they say and nothing else, and only cells that aren't referred count."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from sperm_viewer.inference.model_spec import Preprocessing  # noqa: E402
from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell  # noqa: E402
from sperm_viewer.training.crossval import Protocol  # noqa: E402
from sperm_viewer.training.examine import ExaminationRequest, examine  # noqa: E402
from sperm_viewer.training.explain import EXPLAINED_FILE, FINE, KNOW_NOTHING, METHODS, read_explained  # noqa: E402
from sperm_viewer.training.measure_out_of_distribution import OUT_OF_DISTRIBUTION_FILE, read_distances  # noqa: E402
from sperm_viewer.training.predictions import Predictions  # noqa: E402
from sperm_viewer.training.recipes import RANDOM, Recipe  # noqa: E402
from sperm_viewer.training.robust import (  # noqa: E402
    PLAIN,
    ROBUST_FILE,
    VARIATIONS,
    Varied,
    read_varied,
    stability,
    write_varied,
)
from sperm_viewer.training.spots import SPOTS_FILE, read_pairs  # noqa: E402
from sperm_viewer.training.synthetic_crops import synthetic_crops  # noqa: E402


def test_each_variation_changes_the_crop_by_what_it_says() -> None:
    rgb = render_cell(typical_cell(HeadClass.NORMAL)).rgb
    changed = {name: change(rgb).astype(int) for name, change in VARIATIONS.items()}
    assert (changed.pop(PLAIN) == rgb).all()
    for name, other in changed.items():
        assert other.shape == rgb.shape, name
        assert np.abs(other - rgb).mean() > 0.3, name
    assert (changed["mirrored"] == rgb[:, ::-1]).all()
    assert (changed["turned by 90 degrees"] == np.rot90(rgb)).all()
    ten = rgb[rgb < 230] * 1.1
    assert np.abs(changed["10% brighter"][rgb < 230] - ten).max() <= 1
    assert np.abs(changed["JPEG of quality 85"] - rgb).mean() < 6
    shift = round(0.05 * rgb.shape[1])
    assert np.abs(changed["shifted by 5%"][shift + 1 :, shift + 1 :] - rgb[1:-shift, 1:-shift]).mean() < 4


def test_only_cells_that_are_not_referred_count() -> None:
    labels = np.array([0, 1] * 20)
    sure = np.where(np.arange(40) < 30, 6.0, 0.1)
    logits = np.stack([np.where(labels == 0, sure, 0), np.where(labels == 1, sure, 0)], axis=1)
    # The unsure ones are wrong half of the time, so that the threshold lies above them.
    labels = np.where((np.arange(40) >= 30) & (np.arange(40) % 4 < 2), 1 - labels, labels)
    names = tuple(f"{i}.png" for i in range(40))
    predictions = Predictions(("a", "b"), labels, logits, np.zeros(40, int), np.arange(40) % 5, names, names)
    rows = []
    for i, name in enumerate(names):
        rows.append(Varied(PLAIN, i % 5, name, tuple(logits[i])))
        other = logits[i][::-1] if i in (3, 35) else logits[i]
        rows.append(Varied("mirrored", i % 5, name, tuple(other)))
    found = {each.variation: each for each in stability(rows, predictions)}
    assert (found["mirrored"].images, found["mirrored"].same) == (30, 29)


def test_varied_logits_come_back_from_their_file(tmp_path: Path) -> None:
    rows = [Varied(PLAIN, 0, "a.png", (1.5, -2.0)), Varied("mirrored", 0, "a.png", (1.25, 0.0))]
    write_varied(rows, ("a", "b"), tmp_path / "robust.csv")
    assert read_varied(tmp_path / "robust.csv") == rows


def test_an_examination_varies_every_fold_and_measures_what_is_foreign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import Image

    monkeypatch.setattr("sperm_viewer.training.spots._CROPS", 8)
    monkeypatch.setattr("sperm_viewer.training.spots.PAIRS", 2)

    for dataset, classes in (("own", ("normal", "tapered")), ("other", ("normal", "non-sperm"))):
        for crop in synthetic_crops(20, classes):
            file = tmp_path / dataset / crop.labelled.label / f"{crop.labelled.path.name}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(crop.rgb).save(file)
    half = (0.5, 0.5, 0.5)
    pre = Preprocessing(80, 32, upright=True, views=1, mean=half, std=half)
    recipe = Recipe("simple-cnn", pre, epochs=1, freeze=0, start=RANDOM, batch=8)
    protocol = Protocol(tmp_path / "own", 1, True, None, torch.device("cpu"), tmp_path / "work")
    request = ExaminationRequest("it", protocol, tmp_path / "other", tmp_path / "out")
    said = list(examine(request, {"it": recipe}.__getitem__))
    assert said[0] == "foreign images"
    rows = read_varied(tmp_path / "out" / ROBUST_FILE)
    # Each of a fold's four heads is laid on the backgrounds of the other three.
    assert len(rows) == 20 * (len(VARIATIONS) + 3)
    assert len(read_pairs(tmp_path / "out" / SPOTS_FILE)) == 2
    assert {row.fold for row in rows} == set(range(5))
    assert {row.method for row in read_explained(tmp_path / "out" / EXPLAINED_FILE)} == {
        *METHODS,
        FINE,
        *KNOW_NOTHING,
    }
    distances = read_distances(tmp_path / "out" / OUT_OF_DISTRIBUTION_FILE)
    assert sum(row.set == "own" for row in distances) == 20
    assert sum(row.set == "other data set" for row in distances) == 20
