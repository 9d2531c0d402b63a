"""Training the detector on composites that are made as it goes; it can be stopped anywhere and goes on."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from sperm_viewer.inference.detector_maps import network_input
from sperm_viewer.synthetic.composite import Sources, compose
from sperm_viewer.training.detector_network import DetectorNetwork
from sperm_viewer.training.detector_targets import targets_of

CHECKPOINT = "detector.checkpoint.safetensors"
_BETWEEN_CHECKPOINTS_S = 60.0
_TOLD_EVERY = 20


@dataclass(frozen=True, slots=True)
class DetectorRecipe:
    """`rate` is the highest learning rate of the decoder, of which the encoder gets `encoder_share`; it rises over
    `warmup` steps and falls to 0 along a half cosine. `averaging` is the decay of the weights' running mean.
    """

    steps: int = 2200
    batch: int = 8
    size: int = 256
    rate: float = 2e-3
    encoder_share: float = 0.25
    warmup: int = 100
    weight_decay: float = 0.02
    averaging: float = 0.998
    drawn: int = 900
    seed: int = 15


@dataclass(frozen=True, slots=True)
class StepsDone:
    """`losses` are the means of the last steps: heat, head, acrosome, axis, offset."""

    step: int
    steps: int
    losses: tuple[float, ...]
    seconds_left: float


class DetectorTraining:
    """The state of one training: weights, their running mean, the optimiser, and the step that is due."""

    def __init__(self, network: DetectorNetwork, recipe: DetectorRecipe) -> None:
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.recipe = recipe
        self.step = 0
        self.averaged = {name: value.detach().clone() for name, value in network.state_dict().items()}
        groups = []
        for part in ("encoder", "rest"):
            for decays in (True, False):
                chosen = [
                    parameter
                    for name, parameter in network.named_parameters()
                    if name.startswith("encoder.") == (part == "encoder") and (parameter.ndim > 1) == decays
                ]
                share = recipe.encoder_share if part == "encoder" else 1.0
                decay = recipe.weight_decay if decays else 0.0
                groups.append({"params": chosen, "share": share, "lr": 0.0, "weight_decay": decay})
        self.optimiser = torch.optim.AdamW(groups)

    def run(self, sources: Sources, checkpoints: Path) -> Iterator[StepsDone]:
        """Trains to the end; writes a checkpoint into the folder once a minute and after the last step."""
        recipe, started, first, saved = self.recipe, time.monotonic(), self.step, time.monotonic()
        recent: list[tuple[float, ...]] = []
        while self.step < recipe.steps:
            recent.append(self.advance(sources))
            ended = self.step == recipe.steps
            if ended or time.monotonic() - saved > _BETWEEN_CHECKPOINTS_S:
                self.save(checkpoints)
                saved = time.monotonic()
            if ended or self.step % _TOLD_EVERY == 0:
                pace = (time.monotonic() - started) / (self.step - first)
                losses = tuple(float(value) for value in np.mean(recent, axis=0))
                yield StepsDone(self.step, recipe.steps, losses, pace * (recipe.steps - self.step))
                recent = []
        self.network.load_state_dict(self.averaged)
        self.network.eval()

    def advance(self, sources: Sources) -> tuple[float, ...]:
        """One step; returns its losses: heat, head, acrosome, axis, offset."""
        recipe = self.recipe
        images, targets = draw_batch(sources, recipe, self.step)
        self._set_rates()
        self.network.train()
        # The statistics of ImageNet's batch norms are kept: those of eight small images are worse.
        self.network.encoder.eval()
        with torch.autocast("cpu", torch.bfloat16):
            answer = self.network(images.contiguous(memory_format=torch.channels_last))
        losses = detector_losses(answer.float(), targets)
        loss = torch.stack(losses).sum()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimiser.step()
        self._average()
        self.step += 1
        return tuple(float(value.detach()) for value in losses)

    def _set_rates(self) -> None:
        recipe = self.recipe
        rise = min(1.0, (self.step + 1) / recipe.warmup)
        fall = 0.5 * (1 + math.cos(math.pi * self.step / recipe.steps))
        for group in self.optimiser.param_groups:
            group["lr"] = recipe.rate * group["share"] * rise * fall

    def _average(self) -> None:
        keep = min(self.recipe.averaging, (1 + self.step) / (10 + self.step))
        for name, value in self.network.state_dict().items():
            kept = self.averaged[name]
            if value.is_floating_point():
                kept.lerp_(value, 1 - keep)
            else:
                kept.copy_(value)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {f"network.{name}": value for name, value in self.network.state_dict().items()}
        tensors |= {f"averaged.{name}": value for name, value in self.averaged.items()}
        for number, state in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{number}.{name}": value for name, value in state.items()}
        tensors["step"] = torch.tensor(self.step)
        partial = folder / f"{CHECKPOINT}.partial"
        save_file({name: value.contiguous() for name, value in tensors.items()}, partial)
        partial.replace(folder / CHECKPOINT)

    def resume(self, folder: Path) -> None:
        """Goes on from the folder's checkpoint, if there is one."""
        if not (folder / CHECKPOINT).is_file():
            return
        tensors = load_file(folder / CHECKPOINT)
        self.step = int(tensors["step"])
        self.network.load_state_dict(_below(tensors, "network."))
        self.averaged = _below(tensors, "averaged.")
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in _below(tensors, "optimiser.").items():
            number, _, key = name.partition(".")
            state.setdefault(int(number), {})[key] = value
        # The rates of the state are those of the last step, which the next one sets anew.
        self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": state})


def _below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def draw_batch(sources: Sources, recipe: DetectorRecipe, step: int) -> tuple[Tensor, Tensor]:
    """The composites of a step, float32 (batch, 3, size, size), and their targets (batch, 10, size / 2, size / 2)."""
    cv2.setNumThreads(1)
    images, targets = [], []
    for index in range(recipe.batch):
        composite = compose(np.random.default_rng([recipe.seed, step, index]), sources, recipe.size)
        images.append(network_input(composite.rgb))
        targets.append(targets_of(composite).stacked())
    return torch.from_numpy(np.stack(images)), torch.from_numpy(np.stack(targets))


def detector_losses(answer: Tensor, targets: Tensor) -> list[Tensor]:
    """Five losses, weighted: heat, head, acrosome, axis, offset. `answer` is the network's (batch, 7, h, w); `targets`
    (batch, 10, h, w) are in the order of `Targets.stacked`."""
    heat, head, acrosome = targets[:, 0], targets[:, 1], targets[:, 2]
    acrosome_known, axis_known, inside = targets[:, 7], targets[:, 8], targets[:, 9]
    near = functional.max_pool2d(head, 5, 1, 2)
    axis_error = (answer[:, 3:5] - targets[:, 3:5]).abs().sum(1)
    offset_error = functional.smooth_l1_loss(answer[:, 5:7], targets[:, 5:7], reduction="none", beta=0.1).sum(1)
    return [
        _peaks(answer[:, 0], heat),
        _mask(answer[:, 1], head, 1 + 2 * near),
        0.5 * _mask(answer[:, 2], acrosome, acrosome_known * (0.3 + 2 * near)),
        0.3 * _mean(axis_error, axis_known),
        0.7 * _mean(offset_error, inside),
    ]


def _mean(value: Tensor, weight: Tensor) -> Tensor:
    return (value * weight).sum() / weight.sum().clamp(min=1)


def _peaks(logits: Tensor, heat: Tensor) -> Tensor:
    """Focal loss for soft targets (Li et al. 2020, arXiv:2006.04388, equation 6), per head's area of heat."""
    cross = functional.binary_cross_entropy_with_logits(logits, heat, reduction="none")
    miss = (heat - logits.sigmoid()).abs() ** 2
    return 4 * (cross * miss).sum() / heat.sum().clamp(min=1)


def _mask(logits: Tensor, share: Tensor, weight: Tensor) -> Tensor:
    """Weighted cross-entropy and soft Dice loss over the batch."""
    cross = functional.binary_cross_entropy_with_logits(logits, share, reduction="none")
    guess = logits.sigmoid() * weight
    overlap = 2 * (guess * share).sum() / (guess.sum() + (share * weight).sum()).clamp(min=1)
    return _mean(cross, weight) * 2 + 0.5 * (1 - overlap)
