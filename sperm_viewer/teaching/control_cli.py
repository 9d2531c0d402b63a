"""The commands of quality control; `sperm_viewer.cli` mounts them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.system.paths import control_runs_file
from sperm_viewer.system.terminal import report_errors, say

commands = typer.Typer(no_args_is_help=True, help="Control slides: the same slide, photographed anew for each run.")


@commands.command()
@report_errors
def add(
    session: Annotated[Path, typer.Argument(metavar="SESSION", help="A scored session: its slides are one run.")],
    by: Annotated[str, typer.Option(help="The name of the person who made the run.")],
) -> None:
    """Add a run of control slides, and say what it shows. A slide's name says which control slide it is."""
    from sperm_viewer.session.session import Session
    from sperm_viewer.teaching.control_charts import control_charts
    from sperm_viewer.teaching.control_runs import add_run, read_runs

    with Session.open(session, read_only=True) as opened:
        run = add_run(opened, by, control_runs_file())
    names = {slide.name for slide in run.slides}
    for chart in control_charts(read_runs(control_runs_file()), run.model):
        if chart.slide in names:
            say(f"{chart.slide}, {chart.measure}: {chart.points[-1].value:.3g}. {chart.words}")


@commands.command()
@report_errors
def chart(
    out: Annotated[Path, typer.Option(help="The file to write: .csv, or .pdf with the charts.")],
    laboratory: Annotated[str, typer.Option(help="The laboratory's name.")] = "",
) -> None:
    """Write the control charts of the model that scored the last run."""
    from sperm_viewer.reports.pdf.write import write_pdf
    from sperm_viewer.teaching.control_charts import control_charts
    from sperm_viewer.teaching.control_report import control_page, write_control_csv
    from sperm_viewer.teaching.control_runs import read_runs

    runs = read_runs(control_runs_file())
    if not runs:
        raise SpermViewerError("There is no control run yet. Add one: sperm-viewer control add SESSION --by NAME.")
    charts = control_charts(runs, runs[-1].model)
    match out.suffix.lower():
        case ".csv":
            write_control_csv(charts, out)
        case ".pdf":
            write_pdf(control_page(charts, runs[-1].model, laboratory), out)
        case _:
            raise SpermViewerError(f"{out}: a control chart is a .csv or a .pdf file. Give another name.")
    say(out)
