"""Training learns, goes on where it stopped to the last bit, and publishes what both engines agree on."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from PIL import Image  # noqa: E402

from sperm_viewer.imaging.render import HeadClass, render_cell, render_debris, typical_cell  # noqa: E402
from sperm_viewer.inference.open_engine import open_scorer  # noqa: E402
from sperm_viewer.inference.registry import open_model  # noqa: E402
from sperm_viewer.inference.spec import Preprocessing  # noqa: E402
from sperm_viewer.training.augment import random_view  # noqa: E402
from sperm_viewer.training.cli import TrainingRequest, train  # noqa: E402
from sperm_viewer.training.data import LabelledCrop, LoadedCrop  # noqa: E402
from sperm_viewer.training.fit import fit, view_logits  # noqa: E402
from sperm_viewer.training.network import HeadNetwork, build  # noqa: E402
from sperm_viewer.training.recipes import RECIPES, Recipe  # noqa: E402

_HALF = (0.5, 0.5, 0.5)
_SMALL = replace(
    RECIPES["smids"],
    architecture="simple-cnn",
    preprocessing=Preprocessing(110, 64, upright=True, views=2, mean=_HALF, std=_HALF),
    epochs=4,
    freeze=1,
    batch=8,
    mixup=0.1,
    average=0.8,
    learning_rate=3e-3,
)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rendered normal heads and debris: easy to tell apart."""
    folder = tmp_path_factory.mktemp("data") / "rendered"
    for name in ("normal", "non-sperm"):
        (folder / name).mkdir(parents=True)
        for seed in range(20):
            rgb = (
                render_debris(seed=seed)
                if name == "non-sperm"
                else render_cell(typical_cell(HeadClass.NORMAL, seed=seed)).rgb
            )
            Image.fromarray(rgb).save(folder / name / f"{seed}.png")
    return folder


def _loaded(dataset: Path) -> list[LoadedCrop]:
    from sperm_viewer.training.data import load, read_dataset

    return load(read_dataset(dataset)[::2])


def _network(recipe: Recipe) -> HeadNetwork:
    torch.manual_seed(recipe.seed)
    return build(recipe.architecture, 2, recipe.dropout, recipe.drop_path)


def test_a_tiny_data_set_is_learnt_and_published_with_its_measured_figures(dataset: Path, tmp_path: Path) -> None:
    recipe = replace(_SMALL, epochs=14, average=0.5)
    request = TrainingRequest(dataset, "tiny", recipe, None, tmp_path / "models", tmp_path / "work", "cpu", "train")
    told: list[int] = []
    folder = train(request, lambda done: told.append(done.epoch))
    model = open_model(folder)
    assert told == list(range(1, 15))
    assert model.spec.classes == ("normal", "non-sperm")
    assert model.spec.metrics["crops"] == 8
    assert float(model.spec.metrics["macro_f1"]) >= 0.85
    assert f"{float(model.spec.metrics['macro_f1']):.3f}" in (folder / "CARD.md").read_text()
    assert open_scorer(model, "onnx", "cpu", None).engine.name == "onnx"
    assert sorted(path.name for path in folder.parent.iterdir()) == ["tiny"]


def test_a_resumed_training_equals_an_unbroken_one_to_the_last_bit(dataset: Path, tmp_path: Path) -> None:
    samples = _loaded(dataset)
    classes, device = ("normal", "non-sperm"), torch.device("cpu")
    unbroken = _network(_SMALL)
    list(fit(unbroken, samples, classes, _SMALL, tmp_path / "one", device))
    for stop_after in (1, 2, 4):
        resumed = _network(_SMALL)
        list(islice(fit(resumed, samples, classes, _SMALL, tmp_path / "two", device), stop_after))
    done = _network(_SMALL)
    assert list(fit(done, samples, classes, _SMALL, tmp_path / "two", device)) == []
    for name, value in unbroken.state_dict().items():
        assert torch.equal(value, done.state_dict()[name]), name


def test_a_checkpoint_of_another_recipe_is_not_gone_on_with(dataset: Path, tmp_path: Path) -> None:
    samples = _loaded(dataset)
    classes, device = ("normal", "non-sperm"), torch.device("cpu")
    list(islice(fit(_network(_SMALL), samples, classes, _SMALL, tmp_path, device), 1))
    other = replace(_SMALL, learning_rate=1e-3, epochs=2)
    assert [done.epoch for done in fit(_network(other), samples, classes, other, tmp_path, device)] == [1, 2]


def test_a_frozen_trunk_does_not_move(dataset: Path, tmp_path: Path) -> None:
    recipe = replace(_SMALL, epochs=2, freeze=1)
    network = _network(recipe)
    before = {name: value.clone() for name, value in network.trunk.state_dict().items()}
    epochs = fit(network, _loaded(dataset), ("normal", "non-sperm"), recipe, tmp_path, torch.device("cpu"))
    next(epochs)
    after = network.trunk.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    next(epochs)
    assert not all(torch.equal(before[name], after[name]) for name in before)


def test_training_and_scoring_see_the_same_window(dataset: Path) -> None:
    """Without randomness, a training view is the window that scoring cuts, pixel by pixel."""
    from sperm_viewer.inference.preprocess import prepare, to_batch
    from sperm_viewer.training.augment import Augmentation

    still = Augmentation(0, mirror=False, scale=0, shift=0, stain=0, light=0, blur=0, erase=0)
    (loaded, *_) = _loaded(dataset)

    class NoChance:
        def uniform(self, low: float, high: float, size: int | None = None) -> object:
            middle = (low + high) / 2
            return middle if size is None else np.full(size, middle)

        def random(self) -> float:
            return 0.9

    view = random_view(loaded, _SMALL.preprocessing, still, NoChance())  # type: ignore[arg-type]
    batch, _ = prepare(loaded.rgb, loaded.head, _SMALL.preprocessing)
    # Through absorbance and back costs at most a grey level.
    assert np.abs(to_batch([view], _SMALL.preprocessing)[0] - batch[0]).max() <= 1.01 / 255 / 0.5


def test_published_weights_give_the_logits_that_were_measured(dataset: Path, tmp_path: Path) -> None:
    """Rounding to fp16 must not change what the card says."""
    samples = _loaded(dataset)
    network = _network(_SMALL)
    before = view_logits(network, samples, _SMALL.preprocessing, torch.device("cpu"))
    from sperm_viewer.training.publish import export_onnx

    export_onnx(network.eval(), _SMALL.preprocessing.size, tmp_path / "model.onnx")
    from sperm_viewer.inference.onnx_engine import OnnxEngine
    from sperm_viewer.inference.preprocess import prepare

    engine = OnnxEngine(tmp_path / "model.onnx")
    after = np.stack([engine.forward(prepare(s.rgb, s.head, _SMALL.preprocessing)[0]).logits for s in samples])
    np.testing.assert_allclose(before, after, atol=5e-3)


def test_samples_of_a_planted_group_stay_together() -> None:
    from sperm_viewer.training.data import split_folds

    rng = np.random.default_rng(0)
    samples = [LabelledCrop(Path(f"{i}.png"), "ab"[i % 2], f"group {rng.integers(30)}-{i % 2}") for i in range(200)]
    folds = split_folds(samples, 5, seed=3)
    assert sorted(i for fold in folds for i in fold) == list(range(200))
    for fold in folds:
        inside = {samples[i].group for i in fold}
        assert not inside & {samples[i].group for i in range(200) if i not in set(fold)}
