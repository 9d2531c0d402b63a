"""Training learns, goes on where it stopped to the last bit, and publishes what both engines agree on."""

from __future__ import annotations

import copy
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from PIL import Image  # noqa: E402

from sperm_viewer.inference.model_folders import open_model  # noqa: E402
from sperm_viewer.inference.model_spec import Preprocessing  # noqa: E402
from sperm_viewer.synthetic.render import HeadClass, render_cell, render_debris, typical_cell  # noqa: E402
from sperm_viewer.training.augment import random_view  # noqa: E402
from sperm_viewer.training.data import LabelledCrop, LoadedCrop, load, read_dataset  # noqa: E402
from sperm_viewer.training.describe import describe  # noqa: E402
from sperm_viewer.training.fit import fit, view_logits  # noqa: E402
from sperm_viewer.training.network import HeadNetwork, build  # noqa: E402
from sperm_viewer.training.predictions import Predicted, write_predictions  # noqa: E402
from sperm_viewer.training.recipes import RANDOM, Recipe  # noqa: E402
from sperm_viewer.training.report import prediction_file  # noqa: E402
from sperm_viewer.training.train import TrainingRequest, train  # noqa: E402

_HALF = (0.5, 0.5, 0.5)
_SMALL = Recipe(
    "simple-cnn",
    Preprocessing(110, 64, upright=True, views=2, mean=_HALF, std=_HALF),
    epochs=4,
    freeze=1,
    start=RANDOM,
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
    return load(read_dataset(dataset)[::2])


def _network(recipe: Recipe) -> HeadNetwork:
    torch.manual_seed(recipe.seed)
    return build(recipe.architecture, 2, recipe.dropout, recipe.drop_path)


def test_a_tiny_data_set_is_learnt(dataset: Path, tmp_path: Path) -> None:
    """On crops it has not seen: odd ones are trained on, even ones asked."""
    crops = load(read_dataset(dataset))
    recipe = replace(_SMALL, epochs=40, freeze=0, average=0.9)
    network = _network(recipe)
    list(fit(network, crops[1::2], ("normal", "non-sperm"), recipe, tmp_path, torch.device("cpu")))
    said = view_logits(network, crops[::2], recipe.preprocessing, torch.device("cpu")).mean(axis=1).argmax(axis=1)
    truth = np.array([crop.labelled.label == "non-sperm" for crop in crops[::2]])
    assert (said == truth).mean() >= 0.9


def test_a_model_is_published_with_the_figures_of_the_evaluation_beside_it(dataset: Path, tmp_path: Path) -> None:
    def rows(right: int) -> list[Predicted]:
        labels = ["normal", "non-sperm"] * 10
        logits = [(2.0, 0.0) if (label == "normal") == (i < right) else (0.0, 2.0) for i, label in enumerate(labels)]
        return [Predicted(0, i % 5, f"{i}.png", label, f"{i}", logits[i]) for i, label in enumerate(labels)]

    models = tmp_path / "models"
    predictions = prediction_file(models / "tiny" / "evaluation", "alone", "group")
    write_predictions(rows(right=18), ("normal", "non-sperm"), predictions)
    request = TrainingRequest(dataset, "tiny", "alone", None, models, tmp_path / "work", "cpu", "train it")
    recipes = {"alone": replace(_SMALL, epochs=1, freeze=0)}
    told: list[tuple[str, int]] = []
    folder = train(request, recipes.__getitem__, lambda name, done: told.append((name, done.epoch)))
    assert told == [("alone", 1)]
    model = open_model(folder)
    assert model.spec.classes == ("normal", "non-sperm")
    assert model.spec.data["crops"] == "40"
    assert (model.spec.metrics["crops"], model.spec.metrics["accuracy"]) == (20, 0.9)
    card = (folder / "CARD.md").read_text()
    assert "| accuracy | 0.900 |" in card
    assert "`train it`" in card
    model.verify(*model.spec.files)
    made = ("failures.png", "likeness.safetensors", "gradient.onnx", "model.onnx")
    assert {"CARD.md", *made} == set(model.spec.files)
    assert (folder / "evaluation" / "report.group.md").is_file()
    assert sorted(path.name for path in folder.parent.iterdir()) == ["tiny"]

    write_predictions(rows(right=16), ("normal", "non-sperm"), predictions)
    describe(folder)
    assert open_model(folder).spec.metrics["accuracy"] == 0.8
    assert "| accuracy | 0.800 |" in (folder / "CARD.md").read_text()
    before = {name: (folder / name).read_bytes() for name in ("CARD.md", "failures.png", "model.toml")}
    describe(folder)
    assert before == {name: (folder / name).read_bytes() for name in before}


def test_a_network_learns_to_answer_like_its_teacher(dataset: Path, tmp_path: Path) -> None:
    samples = _loaded(dataset)
    torch.manual_seed(5)
    teacher = build("simple-cnn", 2).eval()
    with torch.no_grad():
        teacher.classifier.weight.mul_(30)
    pupil = _network(_SMALL)
    recipe = replace(_SMALL, epochs=12, freeze=0, average=0.5)
    device = torch.device("cpu")
    losses = [
        done.loss for done in fit(pupil, samples, ("normal", "non-sperm"), recipe, tmp_path, device, teacher=teacher)
    ]
    assert losses[-1] < 0.5 * losses[0]


def test_a_network_learns_to_answer_from_one_view_what_its_teacher_answers_from_many(
    dataset: Path, tmp_path: Path
) -> None:
    """Labels and teacher count alike: where the teacher says the opposite of every label, nothing is learnt."""
    samples = _loaded(dataset)
    classes, device = ("normal", "non-sperm"), torch.device("cpu")
    recipe = replace(_SMALL, epochs=12, freeze=0, average=0.5, mixup=0.0, label_smoothing=0.0)
    taught_by_labels = _network(recipe)
    list(fit(taught_by_labels, samples, classes, recipe, tmp_path / "labels", device))
    opposite = copy.deepcopy(taught_by_labels)
    with torch.no_grad():
        opposite.classifier.weight.neg_()
        opposite.classifier.bias.neg_()
    sure = {}
    for name, teacher in (("same", taught_by_labels), ("opposite", opposite)):
        pupil = _network(recipe)
        this = replace(recipe, teacher="it", teacher_views=3)
        list(fit(pupil, samples, classes, this, tmp_path / name, device, teacher=teacher))
        logits = torch.from_numpy(view_logits(pupil, samples, recipe.preprocessing, device)[:, 0])
        sure[name] = float(logits.softmax(1).amax(1).mean())
    assert sure["same"] > sure["opposite"] + 0.1


@pytest.fixture
def checkpoint_each_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sperm_viewer.training.fit._BETWEEN_CHECKPOINTS_S", -1.0)


@pytest.mark.usefixtures("checkpoint_each_epoch")
def test_a_resumed_training_equals_an_unbroken_one_to_the_last_bit(dataset: Path, tmp_path: Path) -> None:
    samples = _loaded(dataset)
    classes, device = ("normal", "non-sperm"), torch.device("cpu")
    unbroken = _network(_SMALL)
    list(fit(unbroken, samples, classes, _SMALL, tmp_path / "one", device))
    for stop_after in (1, 2, 4):
        resumed = _network(_SMALL)
        told = list(islice(fit(resumed, samples, classes, _SMALL, tmp_path / "two", device), stop_after))
        # It went on after the epochs that were saved.
        assert told[0].epoch == {1: 1, 2: 2, 4: 4}[stop_after]
    done = _network(_SMALL)
    assert list(fit(done, samples, classes, _SMALL, tmp_path / "two", device)) == []
    for name, value in unbroken.state_dict().items():
        assert torch.equal(value, done.state_dict()[name]), name


@pytest.mark.usefixtures("checkpoint_each_epoch")
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

    view = random_view(loaded, _SMALL.preprocessing, still, NoChance()).rgb  # type: ignore[arg-type]
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
