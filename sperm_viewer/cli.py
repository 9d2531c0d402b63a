"""Composition root of the command line."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, ParamSpec

import typer
from rich.console import Console
from typer.core import TyperCommand

from sperm_viewer import __version__
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.reports.request import ReportFormat, ReportRequest
from sperm_viewer.system import paths

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Scores sperm heads and shows what the model looked at. Research use only. "
    "Without a command, `sperm-viewer [PATH...]` opens the window.",
)
errors = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)

COULD_NOT_RUN, INTERRUPTED = 1, 130


def run_command(arguments: list[str]) -> int:
    """Runs a command and returns its exit code; wrong arguments are typer's to explain."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        app(arguments)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else COULD_NOT_RUN
    return 0


P = ParamSpec("P")


def _report_errors(command: Callable[P, None]) -> Callable[P, None]:
    """A command whose every error ends as one message and an exit code."""

    @wraps(command)
    def told(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except SpermViewerError as error:
            errors.print(f"sperm-viewer: {error}")
            raise typer.Exit(COULD_NOT_RUN) from error
        except OSError as error:
            errors.print(f"sperm-viewer: {error.filename or 'a file'}: {error.strerror or error}.")
            raise typer.Exit(COULD_NOT_RUN) from error
        except (KeyboardInterrupt, typer.Abort):
            errors.print("Interrupted.")
            raise typer.Exit(INTERRUPTED) from None

    return told


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sperm-viewer {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[  # noqa: ARG001, RUF100 (typer calls `_version`)
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


class Heatmaps(StrEnum):
    """Which heatmap is written: that of the scoring itself, or one that is worked out anew."""

    COARSE = "coarse"
    FINE = "fine"


class _ScoreCommand(TyperCommand):
    """`--heatmaps` may stand alone: what follows it is its value only where it names one."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        following = [*args[1:], ""]
        for place, word in enumerate(args):
            if word == "--heatmaps" and following[place] not in list(Heatmaps):
                args[place] = f"--heatmaps={Heatmaps.COARSE}"
        return super().parse_args(ctx, args)


@app.command(cls=_ScoreCommand)
@_report_errors
def score(
    paths_: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Folders of slides, or images.")],
    model: Annotated[str | None, typer.Option(help="A model's name, or its folder. Default: smids.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where results go. Default: a new folder under Documents/Sperm Viewer.")
    ] = None,
    heatmaps: Annotated[
        Heatmaps | None,
        typer.Option(help="Also write each heatmap over its crop as PNG; fine takes some 0.2 s a crop more."),
    ] = None,
    engine: Annotated[str | None, typer.Option(help="auto, onnx or torch.")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda, directml, coreml or mps.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over where there are results, after asking.")] = False,
) -> None:
    """Score every head in the images and folders given. The same command again goes on where it was stopped."""
    from sperm_viewer.inference.open_engine import DEVICES, ENGINES
    from sperm_viewer.run.command import ScoreRequest, run_score
    from sperm_viewer.training.load import load_network

    for name, value, allowed in (("--engine", engine, ENGINES), ("--device", device, DEVICES)):
        if value is not None and value not in allowed:
            raise typer.BadParameter(f"{name} must be one of: {', '.join(allowed)}.")
    request = ScoreRequest(paths_, model, out, heatmaps, engine, device, fresh, load_network)
    if not run_score(request):
        raise typer.Exit(INTERRUPTED)


@app.command()
@_report_errors
def report(
    session: Annotated[Path, typer.Argument(metavar="SESSION", help="A session file.")],
    format_: Annotated[ReportFormat, typer.Option("--format", help="What to write.")],
    out: Annotated[Path, typer.Option(help="The file to write.")],
    laboratory: Annotated[str, typer.Option(help="The laboratory's name.")] = "",
    logo: Annotated[Path | None, typer.Option(help="The laboratory's logo, a PNG or JPEG file.")] = None,
) -> None:
    """Write a report on a session."""
    from sperm_viewer.reports.write import write_report

    with errors.status(f"Writing {out.name}…") as status:
        for step in write_report(ReportRequest(session, format_, out, laboratory, logo)):
            status.update(f"Writing {out.name}… {step.done:,} of {step.total:,}")
    typer.echo(out)


@app.command()
@_report_errors
def verify(session: Annotated[Path, typer.Argument(metavar="SESSION", help="A session file.")]) -> None:
    """Check that nothing in a session was changed behind the app's back."""
    from sperm_viewer.session.verify import verify as walk

    found = walk(session)
    for problem in found.problems:
        errors.print(problem)
    typer.echo(f"{found.head.rows} rows, the last one's hash is {found.head.hash}")
    if found.problems:
        raise SpermViewerError(
            f"{session}: this session was changed behind the app's back, or is damaged. Restore a copy."
        )
    typer.echo("Verified: the audit trail is whole, and all tables say what it says.")


@app.command()
@_report_errors
def models() -> None:
    """List the models that can be used."""
    from sperm_viewer.inference.model_folders import list_models

    found, problems = list_models()
    for model in found:
        spec = model.spec
        typer.echo(f"{spec.name}\t{spec.title}\t{', '.join(spec.classes)}\tsha256 {model.id.sha256[:12]}")
        figures = ", ".join(f"{key} {value}" for key, value in spec.metrics.items() if key != "protocol")
        typer.echo(f"\t{figures} ({spec.metrics.get('protocol', 'protocol not stated')})")
    for problem in problems:
        errors.print(problem)
    if not found:
        raise SpermViewerError("There is no model that can be used. Reinstall the app.")


@app.command()
@_report_errors
def demo(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the demo slide goes.")]) -> None:
    """Write the demo slide: synthetic crops, and one broken file, so that every state can be seen."""
    from sperm_viewer.synthetic.demo import write_demo_slide

    typer.echo(write_demo_slide(folder))


@app.command("self-test")
@_report_errors
def self_test() -> None:
    """Score twenty drawn crops with each shipped model and compare with what was stored when the app was made."""
    from sperm_viewer.inference import self_test as test

    passed = True
    for found in test.self_test():
        passed &= found.passed
        typer.echo(f"{found.model}: {found.crops} crops, probabilities at most {found.apart:.7f} from the stored ones.")
    if not passed:
        raise SpermViewerError(
            f"Self-test failed: more than {test.TOLERANCE} apart. Don't use this installation; install the app again."
        )
    typer.echo("Self-test passed.")


_PRETRAINED = "ImageNet weights: a safetensors file of EfficientNetV2-B0, or timm (needs a connection)."


@app.command()
@_report_errors
def train(
    dataset: Annotated[Path, typer.Argument(metavar="DATASET", help="A folder with index.csv, or a folder a class.")],
    name: Annotated[str, typer.Option(help="The model's name.")],
    system: Annotated[str, typer.Option(help="Which system's recipe.")] = "best",
    recipes: Annotated[str | None, typer.Option(help="smids or hushem, for a data set of another name.")] = None,
    pretrained: Annotated[str | None, typer.Option(help=_PRETRAINED)] = None,
    out: Annotated[Path | None, typer.Option(help="Where the model folder goes. Default: the user's models.")] = None,
    work: Annotated[Path | None, typer.Option(help="Where checkpoints are kept.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
) -> None:
    """Train a network on all crops of a data set and publish it as a model folder. Goes on where it was stopped."""
    training = _training()
    from sperm_viewer.system.terminal import EpochDisplay

    request = training.TrainingRequest(
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
    chosen = training.recipes_for(recipes or dataset.name, pretrained)
    with EpochDisplay() as display:
        folder = training.train(
            request,
            chosen,
            lambda stage, done: display.show(stage, done.epoch, done.epochs, done.loss, done.seconds_left),
        )
    typer.echo(folder)


@app.command()
@_report_errors
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
    """Measure systems by repeated five-fold cross-validation. Goes on where it was stopped."""
    if split not in ("group", "image"):
        raise typer.BadParameter("--split must be group or image.")
    training = _training()
    from sperm_viewer.system.terminal import FoldDisplay

    kept = work or _folds_folder(dataset, split)
    protocol = training.Protocol(dataset, repeats, split == "group", pretrained, training.pick_device(device), kept)
    with FoldDisplay() as display:
        report = training.evaluate(
            training.EvaluationRequest(tuple(system), protocol, out),
            training.recipes_for(recipes or dataset.name, pretrained),
            errors.print,
            lambda name, at: display.show(f"{name} {at.repeat + 1}.{at.fold + 1}", at.done, at.total, at.seconds_left),
        )
    typer.echo(report)


@app.command()
@_report_errors
def examine(
    dataset: Annotated[Path, typer.Argument(metavar="DATASET", help="A folder with index.csv.")],
    other: Annotated[Path, typer.Option(help="Another data set, foreign to this one.")],
    out: Annotated[Path, typer.Option(help="Where the per-image files go: a model folder's `evaluation`.")],
    system: Annotated[str, typer.Option(help="Which system.")] = "best",
    pretrained: Annotated[str | None, typer.Option(help=_PRETRAINED)] = None,
    work: Annotated[Path | None, typer.Option(help="Where `evaluate` kept the folds' networks.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
) -> None:
    """Examine a system on its test folds: is it robust, does it know what is foreign, can its heatmaps be trusted."""
    training = _training()
    from sperm_viewer.training.examine import ExaminationRequest
    from sperm_viewer.training.examine import examine as steps

    kept = work or _folds_folder(dataset, "group")
    protocol = training.Protocol(dataset, 1, True, pretrained, training.pick_device(device), kept)
    request = ExaminationRequest(system, protocol, other, out)
    for said in steps(request, training.recipes_for(dataset.name, pretrained)):
        errors.print(said)
    typer.echo(out)


@app.command()
@_report_errors
def figures(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A model folder, or one with predictions.")],
) -> None:
    """Work out every table and figure anew from the predictions; of a model folder the card too."""
    _training()
    from sperm_viewer.inference.model_folders import SPEC_FILE
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


def _training() -> ModuleType:
    """The training room, where the torch extra is installed."""
    try:
        return import_module("sperm_viewer.training.cli")
    except ModuleNotFoundError as error:
        raise SpermViewerError(
            "Training isn't part of this installation. It needs Python: pip install 'sperm-viewer[torch]' "
            f"({error.name} is missing)."
        ) from error
