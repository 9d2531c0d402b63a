"""`sperm-viewer bench`; `sperm_viewer.cli` mounts it. What it measures with is imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sperm_viewer.system.terminal import errors, report_errors, say

commands = typer.Typer()


@commands.command()
@report_errors
def bench(
    crops: Annotated[int, typer.Option(min=20, help="How many crops are rendered and scored.")] = 500,
    model: Annotated[str, typer.Option(help="A model's name, or its folder.")] = "smids",
    json: Annotated[Path | None, typer.Option(help="Also write all figures to this file.")] = None,
) -> None:
    """Measure the speed of this machine: the app end to end and by stage, on the CPU, and its memory.

    The script that people write is measured beside it if torch is installed: pip install 'sperm-viewer[torch]'.
    """
    from sperm_viewer.inference.model_folders import find_model
    from sperm_viewer.run.bench.measure import Bench, measure
    from sperm_viewer.run.bench.text import bench_json, bench_text
    from sperm_viewer.system.atomic_write import replacing

    with errors.status("Measuring…") as status:
        for step in measure(find_model(model), crops):
            if isinstance(step, Bench):
                found = step
            else:
                status.update(step)
    say(bench_text(found))
    if json:
        with replacing(json) as file:
            file.write(bench_json(found).encode())
        say(json)
