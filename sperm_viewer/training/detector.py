"""`sperm-viewer train-detector`: from crops of data sets to the detector's model folder; it resumes if stopped."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from sperm_viewer.inference.detector_folder import FOLDER, ONNX_FILE, DetectorSpec, write_detector_spec
from sperm_viewer.synthetic.composite import Sources
from sperm_viewer.training.detector_fit import DetectorRecipe, DetectorTraining, StepsDone
from sperm_viewer.training.detector_network import DetectorNetwork, load_imagenet
from sperm_viewer.training.detector_publish import export_detector
from sperm_viewer.training.detector_sources import read_sources

UNMEASURED_SCORE = 0.4
"""The threshold of a detector that no annotated field has been measured with."""


@dataclass(frozen=True, slots=True)
class DetectorRequest:
    """`datasets` are folders of crops with an index; `imagenet` is a safetensors file of EfficientNetV2-B0;
    `work` keeps what was trained so far; the model folder goes into `out`. `command` goes on the card."""

    datasets: Sequence[Path]
    imagenet: Path
    out: Path
    work: Path
    recipe: DetectorRecipe
    command: str


def train_detector(request: DetectorRequest, tell: Callable[[StepsDone], None]) -> Path:
    """Trains on composites and publishes; returns the model folder. Raises SpermViewerError where data are missing."""
    torch.manual_seed(request.recipe.seed)
    sources, _ = read_sources(request.datasets, request.recipe.seed, request.recipe.drawn)
    network = DetectorNetwork()
    load_imagenet(network, request.imagenet)
    training = DetectorTraining(network, request.recipe)
    training.resume(request.work)
    for done in training.run(sources, request.work):
        tell(done)
    return _publish(network, request, sources)


def _publish(network: DetectorNetwork, request: DetectorRequest, sources: Sources) -> Path:
    """Writes the model folder, whole or not at all; one that is there is replaced."""
    spec = DetectorSpec(
        name=FOLDER,
        title="stained sperm heads in fields",
        architecture="EfficientNetV2-B0 up to stage 2, context at 1/16, decoder to 1/2",
        least_score=UNMEASURED_SCORE,
        data={
            "command": request.command,
            "recipe": _recipe_in_words(request.recipe),
            "sources": _sources_in_words(request.datasets, sources),
        },
    )
    folder = request.out / FOLDER
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{FOLDER}.", dir=folder.parent) as made:
        partial = Path(made) / FOLDER
        partial.mkdir()
        export_detector(network, partial / ONNX_FILE)
        write_detector_spec(spec, partial)
        if folder.exists():
            shutil.rmtree(folder)
        partial.rename(folder)
    return folder


def _recipe_in_words(recipe: DetectorRecipe) -> str:
    return (
        f"{recipe.steps} steps of {recipe.batch} composites of {recipe.size} px, made as the training goes (rendered "
        "heads, and real heads cut out of crops, on synthetic and real backgrounds, with debris, tails, uneven light, "
        f"defocus, grain and JPEG); AdamW, learning rate {recipe.rate:g} (encoder {recipe.encoder_share:g} of that), "
        f"cosine to 0; running mean of the weights ({recipe.averaging:g}); seed {recipe.seed}. The encoder starts from "
        "ImageNet weights of EfficientNetV2-B0 from Keras Applications (Apache-2.0)."
    )


def _sources_in_words(datasets: Sequence[Path], sources: Sources) -> str:
    return (
        f"crops of {', '.join(folder.name for folder in datasets)} (CC BY 4.0: SMIDS, doi:10.17632/6xvdhc9fyb.1; "
        f"HuSHeM, Shaker et al. 2017, doi:10.17632/tt3yj2pf38.3), one in five (whole groups) held out: "
        f"{len(sources.real)} heads, {len(sources.debris)} pieces of debris, {len(sources.grounds)} backgrounds; "
        f"{len(sources.drawn)} rendered heads."
    )
