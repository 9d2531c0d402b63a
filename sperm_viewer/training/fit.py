"""Training one network: a generator of epochs that can be stopped anywhere and goes on from its last checkpoint.

Each epoch draws its random numbers from the seed and its own number alone, so a resumed training equals an unbroken
one to the last bit (on the same machine).
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from sperm_viewer.domain.arrays import FloatArray, UInt8Array
from sperm_viewer.domain.cell import NON_SPERM
from sperm_viewer.inference.model_spec import Preprocessing
from sperm_viewer.inference.preprocess import prepare, to_batch
from sperm_viewer.training.augment import random_view
from sperm_viewer.training.data import LoadedCrop
from sperm_viewer.training.depthwise import quick_depthwise
from sperm_viewer.training.evidence import beside_head, grown_head, share_beside
from sperm_viewer.training.network import HeadNetwork, feature_grid
from sperm_viewer.training.recipes import Recipe

CHECKPOINT = "checkpoint.safetensors"
_BETWEEN_CHECKPOINTS_S = 30.0
"""Writing one takes as long as training some ten images."""


@dataclass(frozen=True, slots=True)
class EpochDone:
    """`seconds_left` is an estimate from the epochs of the same kind (frozen or not) so far."""

    epoch: int
    epochs: int
    loss: float
    seconds_left: float


def pick_device(name: str = "auto") -> torch.device:
    """The best device present for `auto`, else the one named."""
    if name != "auto":
        return torch.device(name)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def fit(
    network: HeadNetwork,
    samples: Sequence[LoadedCrop],
    classes: Sequence[str],
    recipe: Recipe,
    checkpoints: Path,
    device: torch.device,
    teacher: HeadNetwork | None = None,
) -> Iterator[EpochDone]:
    """Trains `network` in place on `samples`; when the last epoch was yielded it holds the averaged weights.

    With a `teacher` it learns to answer like that network, from the feature map on, instead of learning the labels; or,
    where the recipe has `teacher_views`, to give from one view the answer that the teacher gives from many.

    Writes a checkpoint into the folder `checkpoints` twice a minute (after an epoch, and after the last) and goes on
    from one that is there.
    """
    training = _Training(network, samples, classes, recipe, device, teacher)
    first = training.resume(checkpoints)
    started = saved = time.monotonic()
    for epoch in range(first, recipe.epochs):
        with quick_depthwise(network) if device.type == "cpu" else nullcontext():
            loss = training.epoch(epoch)
        if epoch + 1 == recipe.epochs or time.monotonic() - saved > _BETWEEN_CHECKPOINTS_S:
            training.save(checkpoints, epoch + 1)
            saved = time.monotonic()
        pace = (time.monotonic() - started) / (epoch + 1 - first)
        yield EpochDone(epoch + 1, recipe.epochs, loss, pace * (recipe.epochs - epoch - 1))
    network.load_state_dict(training.averaged)
    network.eval()


class _Training:
    """The state of one training: weights, their running mean, the optimiser, and the step that is due."""

    def __init__(
        self,
        network: HeadNetwork,
        samples: Sequence[LoadedCrop],
        classes: Sequence[str],
        recipe: Recipe,
        device: torch.device,
        teacher: HeadNetwork | None,
    ) -> None:
        self.recipe = recipe
        self.device = device
        self.samples = samples
        self.labels = torch.tensor([classes.index(loaded.labelled.label) for loaded in samples])
        self.sperm = [number for number, name in enumerate(classes) if name != NON_SPERM]
        self.draw = _Views(samples, recipe, network)
        self.answers: Tensor | None = None
        if teacher and recipe.teacher_views:
            self.answers = _answers_of_many_views(teacher, samples, recipe, device)
            teacher = None
        self.teacher = teacher.to(device).eval() if teacher else None
        self.network = network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.averaged = {name: value.detach().clone() for name, value in network.state_dict().items()}
        self.steps_an_epoch = math.ceil(len(samples) / recipe.batch)
        # Not fused: its kernel misreads a resumed state, which is laid out otherwise than channels_last weights.
        self.optimiser = torch.optim.AdamW(self._parameter_groups(), weight_decay=recipe.weight_decay)
        self.loss = nn.CrossEntropyLoss(label_smoothing=recipe.label_smoothing)

    def _parameter_groups(self) -> list[dict[str, object]]:
        """Trunk and the rest at their own rates; no decay on biases and norms, whose pull to zero does only harm."""
        groups: list[dict[str, object]] = []
        for in_trunk in (True, False):
            for decays in (True, False):
                parameters = [
                    parameter
                    for name, parameter in self.network.named_parameters()
                    if name.startswith("trunk.") == in_trunk and (parameter.ndim > 1) == decays
                ]
                share = self.recipe.trunk_share if in_trunk and self.recipe.freeze else 1.0
                group: dict[str, object] = {"params": parameters, "share": share, "in_trunk": in_trunk, "lr": 0.0}
                groups.append(group if decays else {**group, "weight_decay": 0.0})
        return groups

    def epoch(self, epoch: int) -> float:
        recipe, samples = self.recipe, self.samples
        rng = np.random.default_rng([recipe.seed, epoch])
        torch.manual_seed(int(rng.integers(2**62)))
        frozen = epoch < recipe.freeze
        self.network.train()
        self.network.trunk.requires_grad_(not frozen)
        if frozen:
            self.network.trunk.eval()
        order = rng.permutation(len(samples))
        batches = [order[i : i + recipe.batch] for i in range(0, len(order), recipe.batch)]
        seeds = rng.integers(2**62, size=len(batches))
        total = 0.0
        with ThreadPoolExecutor(1) as ahead:
            pending = ahead.submit(self.draw, batches[0], int(seeds[0]))
            for number, chosen in enumerate(batches):
                windows, beside = (torch.from_numpy(drawn).to(self.device) for drawn in pending.result())
                if number + 1 < len(batches):
                    pending = ahead.submit(self.draw, batches[number + 1], int(seeds[number + 1]))
                step = epoch * self.steps_an_epoch + number
                self._set_rates(step, frozen)
                batch = windows.contiguous(memory_format=torch.channels_last)
                total += self._step(batch, beside, chosen, rng) * len(chosen)
                self._average(step)
        return total / len(samples)

    def _step(self, batch: Tensor, beside: Tensor, chosen: npt.NDArray[np.int64], rng: np.random.Generator) -> float:
        recipe = self.recipe
        labels = self.labels[chosen].to(self.device)
        share = float(rng.beta(recipe.mixup, recipe.mixup)) if recipe.mixup else 1.0
        partner = torch.from_numpy(rng.permutation(len(labels))).to(self.device)
        if recipe.mixup:
            batch = share * batch + (1 - share) * batch[partner]
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type != "mps"):
            logits, features = self.network(batch)
            taught = self._taught(batch)
        logits = logits.float()
        if taught:
            loss = _unlike(logits, features.float(), *taught)
        else:
            loss = share * self.loss(logits, labels) + (1 - share) * self.loss(logits, labels[partner])
        if self.answers is not None:
            answers = self.answers[chosen]
            mixed = share * answers + (1 - share) * answers[partner]
            loss = (loss + functional.cross_entropy(logits, mixed)) / 2
        if recipe.evidence:
            beside = share * beside + (1 - share) * beside[partner]
            weights = self.network.classifier.weight[self.sperm]
            loss = loss + recipe.evidence * share_beside(features.float(), weights, beside)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 2.0)
        self.optimiser.step()
        return float(loss.detach())

    @torch.no_grad()
    def _taught(self, batch: Tensor) -> tuple[Tensor, Tensor] | None:
        if self.teacher is None:
            return None
        logits, features = self.teacher(batch)
        return logits.float(), features.float()

    def _average(self, step: int) -> None:
        """A running mean of all weights, batch-norm statistics too; it reaches back over no more than what there is."""
        decay = min(self.recipe.average, (1 + step) / (10 + step))
        current = self.network.state_dict()
        moving = [name for name, value in current.items() if value.dtype.is_floating_point]
        with torch.no_grad():
            means = [self.averaged[name] for name in moving]
            torch._foreach_lerp_(means, [current[name] for name in moving], 1 - decay)
            for name in current.keys() - set(moving):
                self.averaged[name].copy_(current[name])

    def _set_rates(self, step: int, frozen: bool) -> None:
        """One cosine over the whole training after a short linear start; a frozen trunk has rate 0."""
        steps = self.recipe.epochs * self.steps_an_epoch
        start = min(1.0, (step + 1) / max(1, steps // 20))
        rate = self.recipe.learning_rate * start * 0.5 * (1 + math.cos(math.pi * step / steps))
        for group in self.optimiser.param_groups:
            group["lr"] = 0.0 if frozen and group["in_trunk"] else rate * group["share"]

    def save(self, folder: Path, epochs_done: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {f"network.{name}": value for name, value in self.network.state_dict().items()}
        tensors |= {f"averaged.{name}": value for name, value in self.averaged.items()}
        for index, state in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{index}.{name}": value for name, value in state.items()}
        tensors = {name: value.contiguous() for name, value in tensors.items()}
        partial = folder / (CHECKPOINT + ".part")
        save_file(tensors, partial, {"epochs_done": str(epochs_done), "recipe": self.recipe.text()})
        partial.replace(folder / CHECKPOINT)

    def resume(self, folder: Path) -> int:
        """How many epochs are done: 0 without a checkpoint, or where it was made by another recipe."""
        from safetensors import safe_open

        path = folder / CHECKPOINT
        if not path.is_file():
            return 0
        with safe_open(path, "pt") as opened:
            about = opened.metadata()
        if about["recipe"] != self.recipe.text():
            return 0
        tensors = load_file(path)
        self.network.load_state_dict(_under(tensors, "network."))
        self.averaged = {name: value.to(self.device) for name, value in _under(tensors, "averaged.").items()}
        states: dict[int, dict[str, Tensor]] = {}
        for name, value in _under(tensors, "optimiser.").items():
            index, _, key = name.partition(".")
            states.setdefault(int(index), {})[key] = value
        self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": states})
        return int(about["epochs_done"])


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _unlike(logits: Tensor, features: Tensor, taught_logits: Tensor, taught_features: Tensor) -> Tensor:
    """How far an answer is from the teacher's: divergence of the probabilities (Hinton et al. 2015, arXiv:1503.02531),
    and of the feature maps the squared difference as a share of the teacher's variance (Romero et al. 2015,
    arXiv:1412.6550).
    """
    apart = functional.kl_div(logits.log_softmax(1), taught_logits.softmax(1), reduction="batchmean")
    return apart + functional.mse_loss(features, taught_features) / taught_features.var()


def _answers_of_many_views(
    teacher: HeadNetwork, samples: Sequence[LoadedCrop], recipe: Recipe, device: torch.device
) -> Tensor:
    """The teacher's probabilities, float32 (samples, classes), of the mean of its logits over turned views."""
    preprocessing = replace(recipe.preprocessing, views=recipe.teacher_views)
    return torch.from_numpy(view_logits(teacher, samples, preprocessing, device).mean(axis=1)).softmax(1).to(device)


class _Views:
    """Draws random views of chosen samples, and how much of each cell of the feature map lies beside the head."""

    def __init__(self, samples: Sequence[LoadedCrop], recipe: Recipe, network: HeadNetwork) -> None:
        self.samples = samples
        self.recipe = recipe
        self.cells = feature_grid(network, recipe.preprocessing.size)
        self.heads: list[UInt8Array | None] = [grown_head(loaded) for loaded in samples] if recipe.evidence else []

    def __call__(self, chosen: npt.NDArray[np.int64], seed: int) -> tuple[FloatArray, FloatArray]:
        """Windows (batch, 3, size, size), and (batch, h, w) in 0..1, empty for a recipe that doesn't ask."""
        preprocessing = self.recipe.preprocessing
        rng = np.random.default_rng(seed)
        views = [random_view(self.samples[i], preprocessing, self.recipe.augmentation, rng) for i in chosen]
        count = 1 + int((preprocessing.size - 1 - self.cells.first) // self.cells.step)
        beside = [
            beside_head(self.heads[i], view.transform, preprocessing.size, self.cells, count)
            for i, view in zip(chosen, views, strict=True)
            if self.heads
        ]
        windows = to_batch([view.rgb for view in views], preprocessing)
        return windows, np.stack(beside) if beside else np.zeros((0, count, count), np.float32)


@torch.no_grad()
def view_logits(
    network: HeadNetwork, samples: Sequence[LoadedCrop], preprocessing: Preprocessing, device: torch.device
) -> FloatArray:
    """Logits of every view of every sample, float32 (samples, views, classes), in float32 arithmetic."""
    network.eval().to(device)
    rows = []
    for loaded in samples:
        batch, _ = prepare(loaded.rgb, loaded.head, preprocessing)
        rows.append(network(torch.from_numpy(batch).to(device))[0].cpu().numpy())
    return np.stack(rows)
