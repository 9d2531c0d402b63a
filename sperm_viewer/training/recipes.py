"""A recipe is all that decides how a network is trained; `systems.py` names them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from sperm_viewer.inference.model_spec import Preprocessing
from sperm_viewer.training.augment import Augmentation

IMAGENET = "imagenet"
RANDOM = "random"
MODEL = "model:"


@dataclass(frozen=True, slots=True)
class Recipe:
    """`start` says where the trunk begins: at `IMAGENET` weights, at `RANDOM` ones, at those of a shipped model
    (`MODEL` and its name), or at those of another system, trained on the same crops. `teacher` names a system, trained
    likewise, whose answers are learnt instead of the labels; with `teacher_views` they are the mean over that many
    turned views of a crop, and learnt beside the labels. A network that is taught by the one it starts from goes on
    from all of it. `drawn` is how many crops of our renderer it is trained on instead of the data set's, 0 for none.
    `evidence` is the weight of the loss on evidence beside the head (see `evidence.py`), 0 for none.

    `freeze` is how many of the `epochs` train attention and classifier alone, the trunk held fixed.

    `learning_rate` is that of attention and classifier; the trunk's is `trunk_share` of it. `mixup` is the parameter
    of MixUp's Beta distribution (Zhang et al. 2018), 0 for none. `average` is the decay a step of the running mean
    of the weights, which is what is kept.
    """

    architecture: str
    preprocessing: Preprocessing
    epochs: int
    freeze: int
    start: str = IMAGENET
    teacher: str = ""
    teacher_views: int = 0
    drawn: int = 0
    evidence: float = 0.0
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

    def text(self) -> str:
        """All that decides the weights, to tell whether something was made by this very recipe.

        How many views are averaged does not: a network is trained on one view at a time.
        """
        said = asdict(self)
        del said["preprocessing"]["views"]
        return json.dumps(said, sort_keys=True)
