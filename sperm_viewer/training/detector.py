"""`sperm-viewer train-detector`: from crops of data sets to the detector's model folder; it resumes if stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from sperm_viewer.training.detector_fit import DetectorRecipe, DetectorTraining, StepsDone
from sperm_viewer.training.detector_network import DetectorNetwork, load_imagenet
from sperm_viewer.training.detector_sources import read_sources


@dataclass(frozen=True, slots=True)
class DetectorRequest:
    """`datasets` are folders of crops with an index; `imagenet` is a safetensors file of EfficientNetV2-B0;
    `work` keeps what was trained so far. `command` goes on the card."""

    datasets: Sequence[Path]
    imagenet: Path
    out: Path
    work: Path
    recipe: DetectorRecipe
    command: str


def train_detector(request: DetectorRequest, tell: Callable[[StepsDone], None]) -> DetectorNetwork:
    torch.manual_seed(request.recipe.seed)
    training_sources, _ = read_sources(request.datasets, request.recipe.seed, request.recipe.drawn)
    network = DetectorNetwork()
    load_imagenet(network, request.imagenet)
    training = DetectorTraining(network, request.recipe)
    training.resume(request.work)
    for done in training.run(training_sources, request.work):
        tell(done)
    return network
