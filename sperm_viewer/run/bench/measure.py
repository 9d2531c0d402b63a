"""`sperm-viewer bench`: the app and the script that people write, over the same crops, in one run."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from sperm_viewer.domain.image import ImageRef
from sperm_viewer.inference.model_folders import ModelFolder
from sperm_viewer.run.bench.machine import Machine, this_machine
from sperm_viewer.run.bench.processes import (
    Measured,
    explain_by_script,
    measure_process,
    never,
    score_folder,
)
from sperm_viewer.run.bench.stages import Stage, measure_stages
from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell

_FOR_STAGES = 200
_SCRIPT_NEEDS = ("torch", "timm", "pytorch_grad_cam")


@dataclass(frozen=True, slots=True)
class Bench:
    """One run. `date` is UTC. `script` is None where torch isn't installed."""

    date: str
    machine: Machine
    model: str
    views: int
    app: Measured
    script: Measured | None
    stages: tuple[Stage, ...]

    @property
    def ratio(self) -> float | None:
        """How many times as fast as the script the app is, whole process against whole process."""
        return self.app.crops_per_s / self.script.crops_per_s if self.script else None


def measure(
    model: ModelFolder, crops: int, *, script: bool = True, stop: Callable[[], bool] = never
) -> Iterator[str | Bench]:
    """Yields what is done next, and last of all the result. `crops` are rendered, with seeds 0, 1, 2, …

    Without `script` the app alone is measured. Raises SpermViewerError if a measured process fails, StoppedError soon
    after `stop` says so.
    """
    date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    machine = this_machine()
    with tempfile.TemporaryDirectory() as made:
        folder, stored = Path(made) / "A", Path(made) / "stages"
        folder.mkdir()
        stored.mkdir()
        yield f"Rendering {crops:,} crops…"
        files = _render(folder, crops)
        by_script = None
        if script and all(importlib.util.find_spec(name) for name in _SCRIPT_NEEDS):
            yield "The script that people write…"
            by_script = measure_process(explain_by_script, crops, folder, stop=stop)
        yield "The app, end to end…"
        session = Path(made) / "session.spermview"
        app = measure_process(score_folder, crops, model.path, folder, session, stop=stop)
        yield "The app's stages on one thread…"
        stages = measure_stages(model, [ImageRef("A", file) for file in files[:_FOR_STAGES]], stored, stop)
    yield Bench(date, machine, model.spec.name, model.spec.preprocessing.views, app, by_script, stages)


def _render(folder: Path, crops: int) -> list[Path]:
    files = []
    for seed in range(crops):
        files.append(folder / f"{seed:06d}.png")
        cell = typical_cell(list(HeadClass)[seed % len(HeadClass)], seed=seed)
        Image.fromarray(render_cell(cell).rgb).save(files[-1])
    return files
