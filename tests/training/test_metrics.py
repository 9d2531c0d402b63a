"""The protocol: no group on both sides, every image once a repeat, and figures that are what they say."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from PIL import Image  # noqa: E402

from sperm_viewer.domain.errors import SpermViewerError  # noqa: E402
from sperm_viewer.inference.model_spec import Preprocessing  # noqa: E402
from sperm_viewer.statistics.calibration import fit_temperature  # noqa: E402
from sperm_viewer.synthetic.render import HeadClass, render_cell, render_debris, typical_cell  # noqa: E402
from sperm_viewer.training import chain  # noqa: E402
from sperm_viewer.training.compare import chosen_by_other_folds, compare  # noqa: E402
from sperm_viewer.training.crossval import Protocol, cross_validate, seconds_needed  # noqa: E402
from sperm_viewer.training.data import load, read_dataset  # noqa: E402
from sperm_viewer.training.metrics import compute_metrics, risk_coverage  # noqa: E402
from sperm_viewer.training.predictions import (  # noqa: E402
    Predicted,
    Predictions,
    read_predictions,
    write_predictions,
)
from sperm_viewer.training.recipes import RANDOM, Recipe  # noqa: E402
from sperm_viewer.training.systems import PLAIN_B0, SYSTEMS, system_recipe  # noqa: E402

_HALF = (0.5, 0.5, 0.5)
_BRIEF = Recipe(
    "simple-cnn",
    Preprocessing(110, 32, upright=True, views=1, mean=_HALF, std=_HALF),
    epochs=1,
    freeze=0,
    start=RANDOM,
    batch=8,
)
_TAUGHT = replace(_BRIEF, start="teacher", teacher="teacher")
_RECIPES = {"alone": _BRIEF, "teacher": _BRIEF, "taught": _TAUGHT}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty crops of two classes; each group holds two copies of one crop: planted duplicates."""
    folder = tmp_path_factory.mktemp("data") / "rendered"
    rows = ["path,label,group"]
    for name in ("normal", "non-sperm"):
        (folder / name).mkdir(parents=True)
        for seed in range(5):
            sperm = name == "normal"
            rgb = render_cell(typical_cell(HeadClass.NORMAL, seed=seed)).rgb if sperm else render_debris(seed=seed)
            for copy in range(2):
                Image.fromarray(rgb).save(folder / name / f"{seed}-{copy}.png")
                rows.append(f"{name}/{seed}-{copy}.png,{name},{name}-{seed}")
    (folder / "index.csv").write_text("\n".join(rows) + "\n")
    return folder


def _run(
    dataset: Path,
    work: Path,
    out: Path,
    system: str = "alone",
    by_group: bool = True,
    repeats: int = 2,
    stop_after: int | None = None,
) -> None:
    samples = read_dataset(dataset)
    protocol = Protocol(dataset, repeats, by_group, None, torch.device("cpu"), work)
    list(islice(cross_validate(system, _RECIPES.__getitem__, protocol, samples, load(samples), out), stop_after))


def test_planted_duplicates_are_never_on_both_sides_and_every_image_is_predicted_once_a_repeat(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor are they in the networks that a network starts from or is taught by."""
    trained_on: dict[tuple[int, int], set[str]] = {}
    fit = chain.fit
    fits = []

    def spy(network, samples, classes, recipe, checkpoints, *rest):
        _, repeat, _, fold = checkpoints.parent.name.split("-")
        trained_on.setdefault((int(repeat), int(fold)), set()).update(crop.labelled.group for crop in samples)
        fits.append(checkpoints.name)
        return fit(network, samples, classes, recipe, checkpoints, *rest)

    monkeypatch.setattr(chain, "fit", spy)
    _run(dataset, tmp_path / "work", tmp_path / "out.csv", system="taught")
    assert fits == ["teacher", "taught"] * 10
    found = read_predictions(tmp_path / "out.csv")
    assert len(found.paths) == 40
    assert len(set(zip(found.repeats, found.paths, strict=True))) == 40
    for repeat in range(2):
        for fold in range(5):
            inside = (found.repeats == repeat) & (found.folds == fold)
            tested = {group for group, here in zip(found.groups, inside, strict=True) if here}
            assert tested
            assert not tested & trained_on[repeat, fold]


def test_by_image_planted_duplicates_do_come_on_both_sides(dataset: Path, tmp_path: Path) -> None:
    """What the group split protects from is really there."""
    _run(dataset, tmp_path / "work", tmp_path / "out.csv", by_group=False)
    found = read_predictions(tmp_path / "out.csv")
    folds: dict[tuple[int, str], set[int]] = {}
    for repeat, fold, group in zip(found.repeats, found.folds, found.groups, strict=True):
        folds.setdefault((repeat, group), set()).add(fold)
    assert any(len(here) > 1 for here in folds.values())


def test_an_evaluation_that_was_stopped_ends_with_the_same_predictions(dataset: Path, tmp_path: Path) -> None:
    _run(dataset, tmp_path / "one", tmp_path / "one.csv", system="taught")
    _run(dataset, tmp_path / "two", tmp_path / "two.csv", system="taught", stop_after=7)
    assert not (tmp_path / "two.csv").exists()
    _run(dataset, tmp_path / "two", tmp_path / "two.csv", system="taught")
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_another_repeat_is_added_to_those_that_are_there(dataset: Path, tmp_path: Path) -> None:
    _run(dataset, tmp_path / "one", tmp_path / "one.csv")
    _run(dataset, tmp_path / "two", tmp_path / "two.csv", repeats=1)
    first = (tmp_path / "two.csv").read_text()
    # On another machine: what the first repeat kept is not at hand.
    _run(dataset, tmp_path / "elsewhere", tmp_path / "two.csv")
    assert (tmp_path / "two.csv").read_text().startswith(first)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_it_says_beforehand_how_long_it_will_take(dataset: Path, tmp_path: Path) -> None:
    loaded = load(read_dataset(dataset))
    protocol = Protocol(dataset, 1, True, None, torch.device("cpu"), tmp_path)
    assert seconds_needed("taught", _RECIPES.__getitem__, protocol, loaded) > 0


def _predictions(path: Path, right: int, total: int = 100, fold_of: int = 5) -> Path:
    rows = []
    for i in range(total):
        label = "ab"[i % 2]
        said = label if i < right else "ba"[i % 2]
        sure = 4.0 if i < right else 1.0
        logits = (sure, 0.0) if said == "a" else (0.0, sure)
        rows.append(Predicted(0, i % fold_of, f"{i:03d}.png", label, f"g{i // 4}", logits))
    write_predictions(rows, ("a", "b"), path)
    return path


def test_figures_are_those_worked_out_by_hand(tmp_path: Path) -> None:
    predictions = read_predictions(_predictions(tmp_path / "p.csv", right=90))
    figures = compute_metrics(predictions, {"003.png", "095.png"})
    assert figures.accuracy == pytest.approx(0.9)
    assert figures.confusion == ((45, 5), (5, 45))
    assert figures.macro_f1 == pytest.approx(0.9)
    assert figures.kappa == pytest.approx(0.8)
    assert figures.mcc == pytest.approx(0.8)
    # The ten errors are the least sure: 94 kept with 4 errors among them is 95.7%, 95 with 5 is 94.7%.
    assert figures.coverage_95 == pytest.approx(0.94)
    assert figures.coverage_97 == pytest.approx(0.92)
    sure, unsure = 1 / (1 + np.exp(-4)), 1 / (1 + np.exp(-1))
    assert figures.ece_raw == pytest.approx(0.9 * (1 - sure) + 0.1 * unsure, abs=1e-4)
    # Every fold has two errors among twenty, so every fold's temperature is that of all.
    temperature = fit_temperature(predictions.logits, predictions.labels)
    sure, unsure = 1 / (1 + np.exp(-4 / temperature)), 1 / (1 + np.exp(-1 / temperature))
    assert figures.brier == pytest.approx(0.9 * 2 * (1 - sure) ** 2 + 0.1 * 2 * unsure**2, abs=1e-4)
    assert figures.ece.plain == pytest.approx(0.9 * (1 - sure) + 0.1 * unsure, abs=1e-4)
    # The other folds keep their 72 right ones, (72 + 1) / (72 + 2), and refer their 8 errors, all of one confidence.
    # One of them and one of the errors are out of distribution.
    kept = figures.kept
    assert (kept.share, kept.uncertain, kept.out_of_distribution) == pytest.approx((0.89, 0.09, 0.02))
    assert kept.right is not None
    assert (kept.right.right, kept.right.of) == (89, 89)
    low, high = figures.interval
    assert low < 0.9 < high


def test_risk_falls_where_the_surest_are_right() -> None:
    labels = np.array([0, 0, 1])
    coverage, risk = risk_coverage(labels, np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4]]))
    assert coverage.tolist() == pytest.approx([1 / 3, 2 / 3, 1])
    assert risk.tolist() == pytest.approx([0, 0, 1 / 3])


def test_systems_that_saw_other_folds_are_not_compared(tmp_path: Path) -> None:
    one, other = (
        read_predictions(_predictions(tmp_path / f"{fold_of}.csv", right=85, fold_of=fold_of)) for fold_of in (5, 4)
    )
    with pytest.raises(ValueError, match="same folds"):
        compare(one, other)


def test_a_choice_made_on_the_other_folds_is_not_the_best_of_all() -> None:
    """Two systems, each right on one fold alone: chosen by the other fold, the wrong one is taken every time."""
    labels = np.array([0, 1, 0, 1])
    folds = np.array([0, 0, 1, 1])
    names = ("a", "b", "c", "d")

    def right_on(fold: int) -> Predictions:
        said = np.where(folds == fold, labels, 1 - labels)
        return Predictions(("x", "y"), labels, np.eye(2)[said], np.zeros(4, int), folds, names, names)

    assert chosen_by_other_folds([right_on(0), right_on(1)]) == 0.0
    assert chosen_by_other_folds([right_on(0), right_on(0)]) == pytest.approx(0.5)


def test_predictions_with_an_image_missing_are_refused(tmp_path: Path) -> None:
    rows = [Predicted(0, 0, "a.png", "a", "g", (1.0, 0.0)), Predicted(0, 0, "b.png", "b", "g", (1.0, 0.0))]
    rows.append(Predicted(1, 0, "a.png", "a", "g", (1.0, 0.0)))
    write_predictions(rows, ("a", "b"), tmp_path / "p.csv")
    with pytest.raises(SpermViewerError, match="once in every repeat"):
        read_predictions(tmp_path / "p.csv")


@pytest.mark.parametrize("dataset_name", ["hushem", "smids"])
def test_systems_differ_in_their_architecture_and_where_it_begins_alone(dataset_name: str) -> None:
    """B0, which has no weights to begin with, learns from the fold's best network instead of from labels."""
    recipes = {system: system_recipe(system, dataset_name) for system in SYSTEMS if system != "best"}
    assert {system: recipe.architecture for system, recipe in recipes.items()} == {s: s for s in recipes}
    bare = {s: replace(r, architecture="", start="", teacher="") for s, r in recipes.items() if s != "simple-cnn"}
    assert len(set(bare.values())) == 1
    assert {s for s, recipe in recipes.items() if recipe.teacher} == set(PLAIN_B0)
