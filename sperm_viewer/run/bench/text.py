"""A measurement as Markdown and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from sperm_viewer import __version__
from sperm_viewer.run.bench.measure import Bench
from sperm_viewer.run.bench.processes import Measured
from sperm_viewer.run.record import package_versions

_NO_SCRIPT = (
    "The script that people write (torch, EfficientNet-B0 at 224 px, pytorch-grad-cam) needs torch: with Python and "
    "pip install 'sperm-viewer[torch]', `sperm-viewer bench` measures it beside the app."
)
_BUSY = (
    "Other programs kept this machine busy: these figures can't be compared with others, nor the app with the script. "
    "Close them, and measure again."
)
_BUSY_FROM = 0.3
"""Load per core."""


def bench_text(bench: Bench) -> str:
    machine = bench.machine
    load = "" if machine.load is None else f", load {machine.load} before"
    busy = (machine.load or 0) > _BUSY_FROM * machine.cores
    script = [_row("the script that people write, 1 view", bench.script)] if bench.script else []
    compared = f"The app is {bench.ratio:.1f} times as fast, process against process." if bench.ratio else _NO_SCRIPT
    whole = sum(stage.ms for stage in bench.stages)
    return "\n".join(
        [
            f"{bench.date} UTC, {machine.processor}, {machine.cores} cores, {machine.memory_gb:g} GB, "
            f"{machine.system}{load}. Float32 matrix product by numpy: {machine.matrix_gflops:g} GFLOP/s on all cores.",
            "",
            f"{bench.app.crops:,} rendered crops, each with its class and heatmap:",
            "",
            "| | crops/s, whole process | crops/s once loaded | first result after | peak memory |",
            "|---|---|---|---|---|",
            *script,
            _row(f"Sperm Viewer, `{bench.model}`, {bench.views} views", bench.app),
            "",
            *([] if busy and bench.script else [compared]),
            *([_BUSY] if busy else []),
            "",
            "| stage, one thread | ms per crop |",
            "|---|---|",
            *(f"| {stage.name} | {stage.ms:.2f} |" for stage in bench.stages),
            f"| all | {whole:.2f} |",
        ]
    )


def _row(name: str, of: Measured) -> str:
    memory = " + ".join(f"{part:.0f}" for part in of.memory_mb)
    return f"| {name} | {of.crops_per_s:.1f} | {of.loaded_crops_per_s:.1f} | {of.first:.2f} s | {memory} MB |"


def bench_json(bench: Bench) -> str:
    """All that was measured, with the versions of the packages."""
    content = {"app_version": __version__, "packages": package_versions(), **asdict(bench), "ratio": bench.ratio}
    return json.dumps(content, indent=2) + "\n"
