"""The commands of training; `sperm_viewer.cli` mounts them. torch is imported when a command runs."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.inference.model_folders import SPEC_FILE
from sperm_viewer.system import paths
from sperm_viewer.system.terminal import EpochDisplay, FoldDisplay, StepDisplay, errors, report_errors

commands = typer.Typer()
_PRETRAINED = "ImageNet weights: a safetensors file of EfficientNetV2-B0, or timm (needs a connection)."


@commands.command()
@report_errors
def train(
    dataset: Annotated[Path, typer.Argument(metavar="DATASET", help="A folder with index.csv, or a folder per class.")],
    name: Annotated[str, typer.Option(help="The model's name.")],
    system: Annotated[str, typer.Option(help="Which system's recipe.")] = "best",
    recipes: Annotated[str | None, typer.Option(help="smids or hushem, for a data set of another name.")] = None,
    pretrained: Annotated[str | None, typer.Option(help=_PRETRAINED)] = None,
    out: Annotated[Path | None, typer.Option(help="Where the model folder goes. Default: the user's models.")] = None,
    work: Annotated[Path | None, typer.Option(help="Where checkpoints are kept.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
) -> None:
    """Train a network on all crops of a data set and publish it as a model folder. Resumes where it was stopped."""
    with _training_extra():
        from sperm_viewer.training.train import TrainingRequest, recipes_for
        from sperm_viewer.training.train import train as train_system

    request = TrainingRequest(
        dataset,
        name,
        system,
        pretrained,
        out or paths.user_models(),
        work or paths.cache_folder() / "training" / name,
        device,
        shlex.join(
            ["sperm-viewer", "train", str(dataset), "--name", name, "--system", system]
            + (["--pretrained", pretrained] if pretrained else [])
        ),
    )
    chosen = recipes_for(recipes or dataset.name, pretrained)
    with EpochDisplay() as display:
        folder = train_system(
            request,
            chosen,
            lambda stage, done: display.show(stage, done.epoch, done.epochs, done.loss, done.seconds_left),
        )
    typer.echo(folder)


@commands.command("train-detector")
@report_errors
def train_detector(
    datasets: Annotated[list[Path], typer.Argument(metavar="DATASET...", help="Folders of crops with index.csv.")],
    pretrained: Annotated[Path, typer.Option(help="ImageNet weights: a safetensors file of EfficientNetV2-B0.")],
    out: Annotated[Path, typer.Option(help="Where the folder `detector` goes.")],
    work: Annotated[Path | None, typer.Option(help="Where checkpoints are kept.")] = None,
) -> None:
    """Train the detector of heads on composites made from crops. Resumes where it was stopped."""
    with _training_extra():
        from sperm_viewer.training.detector import DetectorRequest
        from sperm_viewer.training.detector import train_detector as train_on_composites
        from sperm_viewer.training.detector_fit import DetectorRecipe

    command = ["sperm-viewer", "train-detector", *map(str, datasets), "--pretrained", str(pretrained)]
    request = DetectorRequest(
        datasets,
        pretrained,
        out,
        work or paths.cache_folder() / "training" / "detector",
        DetectorRecipe(),
        shlex.join(command),
    )
    with StepDisplay() as display:
        folder = train_on_composites(
            request, lambda done: display.show(done.step, done.steps, sum(done.losses), done.seconds_left)
        )
    typer.echo(folder)


@commands.command()
@report_errors
def evaluate(
    dataset: Annotated[Path, typer.Argument(metavar="DATASET", help="A folder with index.csv.")],
    system: Annotated[list[str], typer.Option(help="A system's name; may be given several times.")],
    out: Annotated[Path, typer.Option(help="Where predictions and the report go.")],
    split: Annotated[str, typer.Option(help="group keeps groups on one side; image, as papers do, doesn't.")] = "group",
    repeats: Annotated[int, typer.Option(min=1, help="Five-fold cross-validations, each with its own seed.")] = 1,
    recipes: Annotated[str | None, typer.Option(help="smids or hushem, for a data set of another name.")] = None,
    pretrained: Annotated[str | None, typer.Option(help=_PRETRAINED)] = None,
    work: Annotated[Path | None, typer.Option(help="Where the folds' networks are kept, some 25 MB each.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
) -> None:
    """Measure systems by repeated five-fold cross-validation. Resumes where it was stopped."""
    if split not in ("group", "image"):
        raise typer.BadParameter("--split must be group or image.")
    with _training_extra():
        from sperm_viewer.training.crossval import Protocol
        from sperm_viewer.training.evaluate import EvaluationRequest
        from sperm_viewer.training.evaluate import evaluate as evaluate_systems
        from sperm_viewer.training.fit import pick_device
        from sperm_viewer.training.train import recipes_for

    kept = work or _folds_folder(dataset, split)
    protocol = Protocol(dataset, repeats, split == "group", pretrained, pick_device(device), kept)
    with FoldDisplay() as display:
        report = evaluate_systems(
            EvaluationRequest(tuple(system), protocol, out),
            recipes_for(recipes or dataset.name, pretrained),
            errors.print,
            lambda name, at: display.show(f"{name} {at.repeat + 1}.{at.fold + 1}", at.done, at.total, at.seconds_left),
        )
    typer.echo(report)


@commands.command()
@report_errors
def examine(
    dataset: Annotated[Path, typer.Argument(metavar="DATASET", help="A folder with index.csv.")],
    other: Annotated[Path, typer.Option(help="Another data set, out of distribution for this one.")],
    out: Annotated[Path, typer.Option(help="Where the per-image files go: a model folder's `evaluation`.")],
    system: Annotated[str, typer.Option(help="Which system.")] = "best",
    pretrained: Annotated[str | None, typer.Option(help=_PRETRAINED)] = None,
    work: Annotated[Path | None, typer.Option(help="Where `evaluate` kept the folds' networks.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
) -> None:
    """Examine a system on its test folds: robustness, out-of-distribution images, heatmaps."""
    with _training_extra():
        from sperm_viewer.training.crossval import Protocol
        from sperm_viewer.training.examine import ExaminationRequest
        from sperm_viewer.training.examine import examine as examination
        from sperm_viewer.training.fit import pick_device
        from sperm_viewer.training.train import recipes_for

    kept = work or _folds_folder(dataset, "group")
    protocol = Protocol(dataset, 1, True, pretrained, pick_device(device), kept)
    request = ExaminationRequest(system, protocol, other, out)
    for step in examination(request, recipes_for(dataset.name, pretrained)):
        errors.print(step)
    typer.echo(out)


@commands.command()
@report_errors
def figures(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A model folder, or one with predictions.")],
) -> None:
    """Recompute every table and figure from the predictions; for a model folder the card too."""
    with _training_extra():
        from sperm_viewer.training.describe import describe
        from sperm_viewer.training.report import splits_in, write_report

    if (folder / SPEC_FILE).is_file():
        typer.echo(describe(folder))
        return
    splits = splits_in(folder)
    if not splits:
        raise SpermViewerError(f"{folder}: no predictions here. Choose a folder that `evaluate` wrote.")
    for split in splits:
        typer.echo(write_report(folder, split))


def _folds_folder(dataset: Path, split: str) -> Path:
    return paths.cache_folder() / "evaluation" / f"{dataset.name}-{split}"


@contextmanager
def _training_extra() -> Iterator[None]:
    """Turns a missing package of the `torch` extra into a SpermViewerError; wraps imports alone."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise SpermViewerError(
            "Training isn't part of this installation. It needs Python: pip install 'sperm-viewer[torch]' "
            f"({error.name} is missing)."
        ) from error
