"""What a worker of a cluster runs: the function of the scoring process, over a chunk of images."""

from __future__ import annotations

import platform
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sperm_viewer import __version__
from sperm_viewer.domain.detection import ImageHints
from sperm_viewer.domain.errors import EngineError, ModelError, SpermViewerError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.prediction import ModelId
from sperm_viewer.inference.child import Answer, ChildFailed, EngineReady, answer
from sperm_viewer.inference.model_folders import ModelFolder, installed_model, open_model
from sperm_viewer.inference.open_engine import NetworkLoader, Opened, open_scorer


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """What a worker needs. It takes the model in `folder` if it is that very model, else the installed one."""

    app_version: str
    model: ModelId
    folder: Path
    engine: str
    device: str
    load_network: NetworkLoader | None


@dataclass(frozen=True, slots=True)
class ScoredChunk:
    """The answers of a chunk, and the numbers of the images whose file isn't there for this worker."""

    host: str
    ready: EngineReady
    answers: tuple[Answer, ...]
    unseen: frozenset[int]


_opened: dict[WorkerPlan, Opened] = {}
_opening = threading.Lock()


def score_chunk(plan: WorkerPlan, images: Sequence[tuple[int, ImageRef, ImageHints]]) -> ScoredChunk:
    """Scores images, each with its number. Raises EngineError, naming this machine, if it can't score at all."""
    host = platform.node()
    try:
        opened = _open(plan)
    except SpermViewerError as error:
        raise EngineError(f"The worker on {host} can't score: {error}") from error
    unseen = frozenset(number for number, ref, _ in images if not ref.path.exists())
    answers = []
    for number, ref, hints in images:
        found = answer(opened, number, ref, hints)
        if isinstance(found, ChildFailed):
            raise EngineError(f"The worker on {host} can't score: {found.message}")
        answers.append(found)
    return ScoredChunk(host, _ready(opened), tuple(answers), unseen)


def _open(plan: WorkerPlan) -> Opened:
    """The model, loaded once in the life of a worker; its threads share it."""
    with _opening:
        if plan not in _opened:
            if plan.app_version != __version__:
                raise EngineError(
                    f"It has Sperm Viewer {__version__}, the command {plan.app_version}. Install the same version on "
                    "all machines."
                )
            model = _model(plan)
            _opened[plan] = open_scorer(model, plan.engine, plan.device, plan.load_network)
        return _opened[plan]


def _model(plan: WorkerPlan) -> ModelFolder:
    try:
        here = open_model(plan.folder)
    except ModelError:
        here = None
    found = here if here and here.id == plan.model else installed_model(plan.model)
    if found is None:
        raise ModelError(
            f"The model '{plan.model.name}' ({plan.model.sha256[:12]}) isn't installed there. Install the same models "
            "on all machines."
        )
    return found


def _ready(opened: Opened) -> EngineReady:
    return EngineReady(opened.engine.name, opened.engine.device, opened.notes)
