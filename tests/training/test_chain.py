"""What a network needs is trained once, on the right crops, and what another recipe made is not taken for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from sperm_viewer.domain.errors import SpermViewerError  # noqa: E402
from sperm_viewer.inference.model_spec import Preprocessing  # noqa: E402
from sperm_viewer.training import chain  # noqa: E402
from sperm_viewer.training.chain import TrainingContext, kept, train_one, trained  # noqa: E402
from sperm_viewer.training.recipes import IMAGENET, RANDOM, Recipe  # noqa: E402
from sperm_viewer.training.synthetic_crops import synthetic_crops  # noqa: E402
from sperm_viewer.training.systems import SYSTEMS, system_recipe  # noqa: E402

_HALF = (0.5, 0.5, 0.5)
_BRIEF = Recipe(
    "simple-cnn",
    Preprocessing(80, 32, upright=True, views=1, mean=_HALF, std=_HALF),
    epochs=1,
    freeze=0,
    start=RANDOM,
    batch=4,
)
_SHAPES = ("normal", "amorphous", "pyriform", "tapered")


def _context(place: Path, imagenet: str | None = None) -> TrainingContext:
    return TrainingContext(synthetic_crops(8, _SHAPES), _SHAPES, 3, place, imagenet, torch.device("cpu"))


def test_drawn_crops_hold_each_class_and_are_the_same_every_time() -> None:
    for classes in (_SHAPES, ("normal", "abnormal", "non-sperm")):
        crops = synthetic_crops(12, classes)
        assert [crop.labelled.label for crop in crops] == list(classes) * (12 // len(classes))
        again = synthetic_crops(12, classes)
        assert all((one.rgb == other.rgb).all() for one, other in zip(crops, again, strict=True))
    with pytest.raises(SpermViewerError, match="no drawing"):
        synthetic_crops(2, ("normal", "unheard-of"))


def test_what_was_learnt_from_drawn_crops_serves_every_fold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipes = {"drawn": replace(_BRIEF, drawn=12), "real": replace(_BRIEF, start="drawn")}.__getitem__
    assert chain.chain("real", recipes) == ["drawn", "real"]
    seen: list[int] = []
    fit = chain.fit

    def spy(network, crops, *rest):
        seen.append(len(crops))
        return fit(network, crops, *rest)

    monkeypatch.setattr(chain, "fit", spy)
    list(train_one("drawn", recipes, _context(tmp_path / "one")))
    assert kept("drawn", recipes, _context(tmp_path / "two"))
    list(train_one("real", recipes, _context(tmp_path / "two")))
    assert not kept("real", recipes, _context(tmp_path / "one"))
    assert seen == [12, 8]


def test_a_network_of_another_recipe_is_not_taken_for_this_one(tmp_path: Path) -> None:
    context = _context(tmp_path)
    list(train_one("it", {"it": _BRIEF}.__getitem__, context))
    assert kept("it", {"it": _BRIEF}.__getitem__, context)
    assert not kept("it", {"it": replace(_BRIEF, mixup=0.3)}.__getitem__, context)
    assert not kept("it", {"it": _BRIEF}.__getitem__, replace(context, seed=4))
    more_views = replace(_BRIEF, preprocessing=replace(_BRIEF.preprocessing, views=4))
    assert kept("it", {"it": more_views}.__getitem__, context)


def test_a_trunk_starts_where_its_recipe_says(tmp_path: Path) -> None:
    recipes = {"first": _BRIEF, "next": replace(_BRIEF, start="first", epochs=1, learning_rate=0.0)}.__getitem__
    context = _context(tmp_path)
    for name in ("first", "next"):
        list(train_one(name, recipes, context))
    first, after = (dict(trained(name, recipes, context).trunk.named_parameters()) for name in ("first", "next"))
    for name, value in first.items():
        torch.testing.assert_close(value, after[name])


def test_a_network_taught_by_the_one_it_starts_from_goes_on_from_all_of_it(tmp_path: Path) -> None:
    again = replace(_BRIEF, start="first", teacher="first", teacher_views=2, learning_rate=0.0)
    recipes = {"first": _BRIEF, "next": again}.__getitem__
    context = _context(tmp_path)
    for name in ("first", "next"):
        list(train_one(name, recipes, context))
    first, after = (dict(trained(name, recipes, context).named_parameters()) for name in ("first", "next"))
    for name, value in first.items():
        torch.testing.assert_close(value, after[name])


def test_missing_imagenet_weights_are_asked_for_in_words(tmp_path: Path) -> None:
    recipes = {"it": replace(_BRIEF, architecture="efficientnetv2-b0", start=IMAGENET)}.__getitem__
    with pytest.raises(SpermViewerError, match="--pretrained"):
        list(train_one("it", recipes, _context(tmp_path)))


def test_every_recipe_can_be_begun() -> None:
    """What each names as its start and teacher is there."""
    for dataset_name in ("hushem", "smids"):
        for system in SYSTEMS:
            assert chain.chain(system, lambda name, of=dataset_name: system_recipe(name, of))[-1] == system
    assert chain.chain("efficientnet-b0+cbam", lambda name: system_recipe(name, "smids")) == [
        "b0-start",
        "drawn",
        "best",
        "efficientnet-b0+cbam",
    ]
