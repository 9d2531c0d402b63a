"""Scoring without a model, and answers without a person, for tests of the window."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import SignalInstance
from PySide6.QtPrintSupport import QPrinter

from sperm_viewer.domain.cell import CellEvent, CellFailed, CellScored, Status
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.prediction import Heatmap, ModelId, Prediction
from sperm_viewer.domain.reading import NewReading, Reading, ReadingKind
from sperm_viewer.gui.dialogs.reading_dialog import ReadingBegun
from sperm_viewer.inference.child import ScoringPlan
from sperm_viewer.inference.model_folders import ModelFolder
from sperm_viewer.inference.model_shelf import ModelShelf
from sperm_viewer.inference.model_spec import FeatureGrid, ModelSpec, Preprocessing
from sperm_viewer.reports.request import Paper
from sperm_viewer.run.counting import Selection
from sperm_viewer.run.events import EngineReady, Recorded, Waiting
from sperm_viewer.session.session import Session, SessionModel

CLASSES = ("normal", "abnormal", "non-sperm")


def model_folder(name: str = "smids", sha256: str = "ab" * 32) -> ModelFolder:
    pre = Preprocessing(110.0, 128, True, 1, (0.5, 0.5, 0.5), (0.2, 0.2, 0.2))
    spec = ModelSpec(
        name=name,
        title=f"Made up {name}",
        architecture="b0",
        classes=CLASSES,
        normal_class="normal",
        preprocessing=pre,
        temperature=1.0,
        refer_below=0.6,
        unlike_above=2.0,
        feature_grid=FeatureGrid(15.5, 32.0),
        head_length=(10.0, 40.0),
        data={"name": "none"},
        metrics={},
    )
    return ModelFolder(Path("/no/such/model") / name, spec, ModelId(name, sha256))


def shelf(*names: str) -> ModelShelf:
    return ModelShelf(
        [model_folder(name, f"{number:064d}") for number, name in enumerate(names or ("smids",))], (), ["cpu"]
    )


def session_model(folder: ModelFolder) -> SessionModel:
    return SessionModel(folder.id, folder.spec.classes, folder.spec.normal_class)


def event_of(ref: ImageRef, model: SessionModel) -> CellEvent:
    """What is made up depends on the number in the name: every tenth fails, every seventh is referred."""
    number = int("".join(c for c in ref.path.stem if c.isdigit()) or 0)
    if number % 10 == 9:
        return CellFailed(ref, "", "The file is cut short. Copy it again.")
    first = 0.4 + (number * 37 % 60) / 100
    shares = [(1 - first) / 2] * 3
    shares[number % 3] = first
    flags = frozenset({Flag.UNCERTAIN} if number % 7 == 3 else {Flag.FOCUS} if number % 5 == 1 else ())
    referred = Flag.UNCERTAIN in flags
    grid = np.arange(49, dtype=np.uint8).reshape(7, 7) * 5
    heatmap = Heatmap(grid, 0.0, 2.0, np.array([[0.02, 0, 0], [0, 0.02, 0]]))
    prediction = Prediction(model.id, model.classes, tuple(shares))
    status = Status.REFERRED if referred else Status.SCORED
    data = ref.path.read_bytes() if ref.path.is_file() else str(ref.path).encode()
    sha256 = hashlib.sha256(data).hexdigest()
    return CellScored(ref, sha256, (50, 50), prediction, heatmap, flags, status, "Not sure." if referred else "")


_FILES = 200
"""How many images of a slide `fill` puts there."""


def fill(path: Path, slides: dict[str, int], folder: Path, model: SessionModel | None = None) -> Path:
    """A session file with scored slides of so many crops each; the images are there, but can't be read."""
    model = model or session_model(shelf().folders[0])
    with Session.create(path) as session:
        session.use_model(model)
        for slide, count in slides.items():
            refs = [ImageRef(slide, folder / slide / f"img_{n}.png") for n in range(count)]
            session.add_slide(slide, folder / slide, refs)
            session.record([event_of(ref, model) for ref in refs])
            (folder / slide).mkdir(parents=True, exist_ok=True)
            for ref in refs[:_FILES]:
                ref.path.touch()
    return path


def write_images(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        picture = np.full((50, 50, 3), 200, np.uint8)
        cv2.ellipse(picture, (25, 25), (8, 12), number * 7, 0, 360, (140, 60, 90), -1)
        cv2.imwrite(str(folder / f"img_{number}.png"), picture)
    return folder


def made_up_scoring(batch: int = 5, pause_s: float = 0.0, after: Callable[[int], None] | None = None):
    """A stand-in for `scoring.score_pending` that makes its events up and stores them as the real one does."""

    def score(
        session: Session, plan: ScoringPlan, selection: Selection
    ) -> Generator[EngineReady | Waiting | Recorded, None, None]:
        model = session.model()
        assert model is not None
        yield EngineReady("onnx", "cpu", ())
        pending = selection.refs
        for start in range(0, len(pending), batch):
            time.sleep(pause_s)
            events = tuple(event_of(ref, model) for ref in pending[start : start + batch])
            ids = tuple(session.record(events))
            if after:
                after(start + len(events))
            yield Recorded(ids, len(events))

    return score


class Answers:
    """Answers the window's questions as a test tells it to, and remembers them.

    It may take a while to: `meanwhile` is what happens until then.
    """

    meanwhile: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.told: list[str] = []
        self.yes = True
        self.choices: list[tuple[str, ...]] = []
        self.choice: str | None = ""
        """The choice that is taken wherever it is offered, else the first one; None cancels."""
        self.path: Path | None = None
        self.typed = ""
        """The new name of a slide or sample."""
        self.offered: list[tuple[str, tuple[str, ...]]] = []
        """The name that was suggested and those to choose among, for each new name that was asked for."""
        self.name = "Ana"
        self.picked = ""
        self.printer_to_use: QPrinter | None = None
        self.names_asked: list[tuple[str, ...]] = []
        self.readings_offered: list[tuple[ReadingBegun, ...]] = []
        self.kind, self.share, self.blind = ReadingKind.FURTHER, 1.0, True

    def confirm(self, title: str, text: str, yes: str, no: str) -> bool:
        self.asked.append(f"{title} {text}")
        answer = self.yes
        self.meanwhile()
        return answer

    def confirm_stop(self, title: str, text: str, yes: str, no: str, over: SignalInstance) -> bool:
        return self.confirm(title, text, yes, no)

    def choose(self, title: str, text: str, choices: Sequence[str]) -> int | None:
        self.choices.append((title, text, *choices))
        return None if self.choice is None else choices.index(self.choice) if self.choice in choices else 0

    def tell(self, title: str, text: str) -> None:
        self.told.append(f"{title} {text}")

    def folder(self, title: str, start: Path) -> Path | None:
        return self.path

    def images(self, title: str, start: Path) -> Sequence[Path]:
        return [self.path] if self.path else []

    def session(self, title: str, start: Path) -> Path | None:
        return self.path

    def save(self, title: str, suggested: Path, kinds: str) -> Path | None:
        return self.path

    def new_name(self, title: str, text: str, current: str, known: Sequence[str] = ()) -> str:
        self.offered.append((current, tuple(known)))
        return self.typed

    def pick(self, title: str, label: str, choices: Sequence[str], current: str) -> str:
        self.asked.append(f"{title} {label}: {', '.join(choices)}")
        return self.picked

    def printer(self, paper: Paper) -> QPrinter | None:
        self.asked.append(f"printer for {paper}")
        return self.printer_to_use

    def reviewer(self, recent: Sequence[str]) -> str:
        self.names_asked.append(tuple(recent))
        return self.name

    def reading(self, begun: Sequence[ReadingBegun], recent: Sequence[str]) -> NewReading | Reading | None:
        """Goes on with the reading that was begun last by `name`; else begins one of `kind`, of `share`."""
        self.readings_offered.append(tuple(begun))
        own = [each.reading for each in begun if each.reading.reader == self.name and each.done < each.cells]
        return own[-1] if own else NewReading(self.kind, self.name, self.share, self.blind)
