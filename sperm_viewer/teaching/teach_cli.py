"""The commands of site models; `sperm_viewer.cli` mounts them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sperm_viewer.system.terminal import report_errors, say

commands = typer.Typer()


@commands.command()
@report_errors
def teach(
    given: Annotated[
        list[Path],
        typer.Argument(metavar="SESSION...", help="Session files, or folders with index.csv: path, label, slide."),
    ],
    name: Annotated[str, typer.Option(help="The name of the site model.")],
    backbone: Annotated[str, typer.Option(help="The shipped model whose features it is built on.")] = "smids",
    classes: Annotated[
        str, typer.Option(help="The classes, separated by commas, the normal one first. Default: those of the labels.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="Where the model folder goes. Default: the folder of your own models.")
    ] = None,
) -> None:
    """Teach a model your own microscope, from verdicts given singly or blind. Exit code 1 where it can't be learnt."""
    from sperm_viewer.teaching.command import run_teach

    if not run_teach(given, name, backbone, classes, out):
        raise typer.Exit(1)


@commands.command()
@report_errors
def promote(
    model: Annotated[str, typer.Argument(help="A site model's name, or its folder.")],
    locked: Annotated[
        list[Path],
        typer.Option(help="The locked set: a session read blind, or a folder with index.csv; may be given again."),
    ],
    over: Annotated[str, typer.Option(help="The model that it is to take the place of.")] = "smids",
    by: Annotated[str, typer.Option(help="The name of the person who answers for the comparison.")] = "",
) -> None:
    """Compare a site model on a locked set, and put it into use if it is better. Exit code 1 if it isn't."""
    from sperm_viewer.teaching.command import run_promote

    if not run_promote(model, locked, over, by):
        raise typer.Exit(1)


@commands.command("take-back")
@report_errors
def take_back(
    by: Annotated[str, typer.Option(help="The name of the person who takes it back.")] = "",
) -> None:
    """Put the model into use again that the last promoted site model replaced."""
    from sperm_viewer.teaching.compare import take_back as put_back

    say(put_back(by))


@commands.command("lock-cells")
@report_errors
def lock_cells(
    sessions: Annotated[list[Path], typer.Argument(metavar="SESSION...", help="Session files.")],
    by: Annotated[str, typer.Option(help="The name of the person who draws the set.")] = "",
) -> None:
    """Draw a locked set from slides that nobody has read: to be read blind, and never taught from."""
    from sperm_viewer.teaching.command import run_lock

    run_lock(sessions, by)
