"""Recipes: all that decides how a network is trained, under a name that a card can give."""

from __future__ import annotations

from dataclasses import dataclass, field

from sperm_viewer.inference.spec import Preprocessing
from sperm_viewer.training.augment import Augmentation

_IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
_HALF = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}


@dataclass(frozen=True, slots=True)
class Recipe:
    """`freeze` is how many of the `epochs` train attention and classifier alone, the trunk held fixed.

    `learning_rate` is that of attention and classifier; the trunk's is `trunk_share` of it. `mixup` is the parameter
    of MixUp's Beta distribution (Zhang et al. 2018), 0 for none. `average` is the decay a step of the running mean
    of the weights, which is what is kept.
    """

    architecture: str
    preprocessing: Preprocessing
    epochs: int
    freeze: int
    augmentation: Augmentation = field(default_factory=Augmentation)
    batch: int = 32
    learning_rate: float = 1e-3
    trunk_share: float = 0.5
    weight_decay: float = 0.05
    label_smoothing: float = 0.1
    mixup: float = 0.1
    dropout: float = 0.3
    drop_path: float = 0.1
    average: float = 0.99
    seed: int = 0


RECIPES: dict[str, Recipe] = {
    "hushem": Recipe(
        "efficientnetv2-b0+cbam", Preprocessing(80, 160, upright=True, views=4, **_HALF), epochs=80, freeze=3
    ),
    "smids": Recipe(
        "efficientnetv2-b0+cbam", Preprocessing(110, 160, upright=True, views=2, **_HALF), epochs=16, freeze=1
    ),
}
"""One recipe a data set; `train` takes the one named like the model, or the one that `--recipe` names."""
