"""What each stage of scoring costs on one thread, by Python's profiler, so that the app's very code is measured."""

from __future__ import annotations

import cProfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

from sperm_viewer.domain.image import ImageRef
from sperm_viewer.imaging.quality import quality_flags
from sperm_viewer.imaging.reading.read import decode, read_bytes
from sperm_viewer.imaging.regions import heat_shares
from sperm_viewer.inference.fields import CellFinder
from sperm_viewer.inference.gradcam import class_maps, merge, to_heatmap
from sperm_viewer.inference.model_folders import ModelFolder
from sperm_viewer.inference.onnx_engine import OnnxEngine
from sperm_viewer.inference.open_engine import open_scorer
from sperm_viewer.inference.out_of_distribution import ReferenceAppearance, appearance_of
from sperm_viewer.inference.preprocess import prepare
from sperm_viewer.run.bench.processes import StoppedError, never
from sperm_viewer.run.results import write_tables
from sperm_viewer.run.settle import session_model
from sperm_viewer.session.session import Session

_STAGES: tuple[tuple[str, tuple[CodeType, ...]], ...] = (
    ("read and decode", (read_bytes.__code__, decode.__code__)),
    ("find the head", (CellFinder.find.__code__,)),
    ("quality", (quality_flags.__code__,)),
    ("windows", (prepare.__code__,)),
    ("appearance", (appearance_of.__code__, ReferenceAppearance.distance.__code__)),
    ("network", (OnnxEngine.forward.__code__,)),
    ("heatmap", (class_maps.__code__, merge.__code__, to_heatmap.__code__)),
    ("regions", (heat_shares.__code__,)),
)
_A_WRITE = 10
"""About as many images are stored together during a run."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the work, in milliseconds per crop on one thread."""

    name: str
    ms: float


def measure_stages(
    model: ModelFolder, refs: Sequence[ImageRef], folder: Path, stop: Callable[[], bool] = never
) -> tuple[Stage, ...]:
    """Scores the crops on one thread and stores them in a session in `folder`; the last stages are the rest of scoring,
    the session and the tables. Raises StoppedError soon after `stop` says so.
    """
    scorer = open_scorer(model, "onnx", "cpu", None).scorer
    # The first crop pays for what is made once.
    scorer.score(refs[0])
    profile = cProfile.Profile()
    events = []
    for ref in refs:
        if stop():
            raise StoppedError
        profile.enable()
        events.append(scorer.score(ref))
        profile.disable()
    inclusive = {entry.code: entry.totaltime for entry in profile.getstats()}
    seconds = {name: sum(inclusive.get(code, 0.0) for code in those) for name, those in _STAGES}
    seconds["rest of scoring"] = inclusive[type(scorer).score.__code__] - sum(seconds.values())
    with Session.create(folder / "session.spermview") as session:
        session.use_model(session_model(model))
        session.add_slide("A", refs[0].path.parent, refs)
        started = time.perf_counter()
        for first in range(0, len(events), _A_WRITE):
            session.record([event for image in events[first : first + _A_WRITE] for event in image])
        seconds["session"] = time.perf_counter() - started
        started = time.perf_counter()
        write_tables(session)
        seconds["tables"] = time.perf_counter() - started
    return tuple(Stage(name, round(1000 * took / len(refs), 3)) for name, took in seconds.items())
