"""Composition root of the command line."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer
from typer.main import get_command

from sperm_viewer import __version__
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.prediction import HeatmapKind
from sperm_viewer.reports.request import Paper, ReportFormat, ReportRequest, Section
from sperm_viewer.run.bench.command import commands as bench_commands
from sperm_viewer.system.score_options import STOP_AT_HELP, ScoreCommand
from sperm_viewer.system.terminal import COULD_NOT_RUN, INTERRUPTED, errors, harmless, report_errors, say
from sperm_viewer.teaching.control_cli import commands as control_commands
from sperm_viewer.teaching.teach_cli import commands as teach_commands
from sperm_viewer.training.cli import commands as training_commands

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Scores sperm heads and shows what the model looked at. Research use only. "
    "Without a command, `sperm-viewer [PATH...]` opens the window.",
)
app.add_typer(training_commands)
app.add_typer(bench_commands)
app.add_typer(control_commands, name="control")
app.add_typer(teach_commands)


def run_command(arguments: list[str]) -> int:
    """Runs a command and returns its exit code; wrong arguments are typer's to explain."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        app(arguments)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else COULD_NOT_RUN
    return 0


def command_names() -> set[str]:
    return set(get_command(app).commands)  # type: ignore[attr-defined]


def _version(wanted: bool) -> None:
    if wanted:
        say(f"sperm-viewer {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[  # noqa: ARG001, RUF100 (typer calls `_version`)
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command(cls=ScoreCommand)
@report_errors
def score(
    paths_: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Folders of slides, or images.")],
    model: Annotated[str | None, typer.Option(help="A model's name, or its folder. Default: smids.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where results go. Default: a new folder under Documents/Sperm Viewer.")
    ] = None,
    heatmaps: Annotated[
        HeatmapKind | None,
        typer.Option(help="Also write each heatmap over its crop as PNG; fine takes some 0.2 s a crop more."),
    ] = None,
    engine: Annotated[str | None, typer.Option(help="auto, onnx or torch.")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda, directml, coreml or mps.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over where there are results, after asking.")] = False,
    sample: Annotated[
        str | None, typer.Option(help="All images are of this one sample. Without it, each folder given is one.")
    ] = None,
    stop_at: Annotated[int | None, typer.Option(min=1, help=STOP_AT_HELP)] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Then score new images in the folders as they come.")] = False,
    cluster: Annotated[
        str | None,
        typer.Option(help="The address of a Dask scheduler whose workers score, or local to start one here."),
    ] = None,
) -> None:
    """Score every head in the images and folders given. The same command again goes on where it was stopped."""
    from sperm_viewer.inference.open_engine import DEVICES, ENGINES
    from sperm_viewer.run.command import ScoreRequest, run_score
    from sperm_viewer.training.load import load_network

    for name, value, allowed in (("--engine", engine, ENGINES), ("--device", device, DEVICES)):
        if value is not None and value not in allowed:
            raise typer.BadParameter(f"{name} must be one of: {', '.join(allowed)}.")
    how = (engine, device, fresh, sample, load_network, cluster, stop_at, watch)
    if not run_score(ScoreRequest(paths_, model, out, heatmaps, *how)):
        raise typer.Exit(INTERRUPTED)


@app.command()
@report_errors
def report(
    session: Annotated[Path, typer.Argument(metavar="SESSION", help="A session file.")],
    format_: Annotated[ReportFormat, typer.Option("--format", help="What to write.")],
    out: Annotated[Path, typer.Option(help="The file to write.")],
    laboratory: Annotated[str, typer.Option(help="The laboratory's name.")] = "",
    logo: Annotated[Path | None, typer.Option(help="The laboratory's logo, a PNG or JPEG file.")] = None,
    sample: Annotated[
        list[str] | None, typer.Option(help="A sample's identifier; may be given several times. Default: all samples.")
    ] = None,
    section: Annotated[
        list[Section] | None, typer.Option(help="A section of HTML and PDF; may be given several times. Default: all.")
    ] = None,
    paper: Annotated[Paper, typer.Option(help="The paper of a PDF.")] = Paper.A4,
) -> None:
    """Write a report on the samples of a session.

    CSV is a file of cells, beside it one of samples and one of slides, and two of the readings if a cell was read
    twice.
    """
    from sperm_viewer.reports.write import files_beside, write_report
    from sperm_viewer.run.command import ask_about_computers

    ask_about_computers(session)
    samples, sections = tuple(sample or ()), frozenset(section or Section)
    request = ReportRequest(session, format_, out, laboratory, logo, samples, sections, paper)
    with errors.status(f"Writing {harmless(out.name)}…") as status:
        for step in write_report(request):
            status.update(f"Writing {harmless(out.name)}… {step.done:,} of {step.total:,}")
    say(out)
    if format_ is ReportFormat.CSV:
        for file in files_beside(out):
            say(file)


@app.command()
@report_errors
def authorise(
    session: Annotated[Path, typer.Argument(metavar="SESSION", help="A session file.")],
    sample: Annotated[str, typer.Option(help="The sample's identifier.")],
    by: Annotated[str, typer.Option(help="The name of the person who answers for the report.")],
) -> None:
    """Authorise the report of a sample: a later change makes its next report an amended one."""
    from sperm_viewer.reports.authorise import authorise_sample

    found = authorise_sample(session, sample, by)
    say(f"{session}: report {found.number} of sample '{sample}' is authorised by {found.reader}.")


@app.command()
@report_errors
def samples(
    session: Annotated[Path, typer.Argument(metavar="SESSION", help="A session file.")],
    csv: Annotated[Path, typer.Option(help="Written if it doesn't exist; otherwise read, and the session changed.")],
    by: Annotated[str, typer.Option(help="The name of the person who changes the session; needed to change it.")] = "",
) -> None:
    """Write the samples and slides of a session to a CSV file, or move, rename and remove slides as that file says."""
    from sperm_viewer.reports.sample_list import change_samples, write_sample_list
    from sperm_viewer.run.results import refresh_tables
    from sperm_viewer.session.session import Session

    if csv.exists():
        changed = change_samples(session, csv, by)
        with Session.open(session, read_only=True) as opened:
            refresh_tables(opened)
        say(f"{session}: {changed} changed.")
    else:
        write_sample_list(session, csv)
        say(csv)


@app.command()
@report_errors
def plan(
    session: Annotated[Path, typer.Argument(metavar="SESSION", help="A session file.")],
    sample: Annotated[str | None, typer.Option(help="A sample's identifier. Without it, all samples.")] = None,
) -> None:
    """List the cells to read next, and what reading them is worth for the share of normal heads."""
    from sperm_viewer.run.sample_plan import known_errors, sample_plan
    from sperm_viewer.session.session import Session

    with Session.open(session, read_only=True) as opened:
        known = known_errors(opened)
        found = [one for one in opened.samples() if sample in (None, one.identifier)]
        if not found:
            raise SpermViewerError(f"{session}: there is no sample '{sample}'. Choose one that `samples` lists.")
        for one in found:
            planned = sample_plan(opened, one, known)
            say(f"{one.identifier}: {planned.words}")
            for cell in planned.cells:
                why = "audit cell" if cell.audit else cell.outcome
                say(f"\t{cell.cell.ref.slide}\t{cell.cell.ref.path.name}\t{why}")
            if not planned.cells:
                say("\tEnough was read.")


@app.command()
@report_errors
def verify(
    session: Annotated[Path, typer.Argument(metavar="SESSION", help="A session file.")],
    hash_: Annotated[
        str, typer.Option("--hash", help="The hash at the end of a report: the session must still hold its row.")
    ] = "",
) -> None:
    """Check that nothing in a session was changed behind the app's back."""
    from sperm_viewer.session.verify import verify as walk

    found = walk(session, hash_)
    for problem in found.problems:
        errors.tell(problem)
    say(f"{found.head.rows} rows, the last one's hash is {found.head.hash}")
    if found.problems:
        raise SpermViewerError(
            f"{session}: this session was changed behind the app's back, or is damaged. Restore a copy."
        )
    say("Verified: the audit trail is whole, and all tables say what it says.")


@app.command()
@report_errors
def models() -> None:
    """List the models that can be used."""
    from sperm_viewer.inference.model_folders import list_models

    found, problems = list_models()
    for model in found:
        spec = model.spec
        say(f"{spec.name}\t{spec.title}\t{', '.join(spec.classes)}\tsha256 {model.id.sha256[:12]}")
        figures = ", ".join(f"{key} {value}" for key, value in spec.metrics.items() if key != "protocol")
        say(f"\t{figures} ({spec.metrics.get('protocol', 'protocol not stated')})")
    for problem in problems:
        errors.tell(problem)
    if not found:
        raise SpermViewerError("There is no model that can be used. Reinstall the app.")


@app.command()
@report_errors
def demo(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the demo goes.")]) -> None:
    """Write the demo: two samples of real crops, a broken, a blurred and an empty one among them, and a field."""
    from sperm_viewer.system.demo import write_demo

    say(write_demo(folder))


@app.command("self-test")
@report_errors
def self_test() -> None:
    """Score twenty drawn crops with each shipped model and compare with what was stored when the app was made."""
    from sperm_viewer.inference import self_test as test

    passed = True
    for found in test.self_test():
        passed &= found.passed
        say(f"{found.model}: {found.crops} crops, probabilities at most {found.apart:.7f} from the stored ones.")
    if not passed:
        raise SpermViewerError(
            f"Self-test failed: more than {test.TOLERANCE} apart. Don't use this installation; install the app again."
        )
    say("Self-test passed.")
