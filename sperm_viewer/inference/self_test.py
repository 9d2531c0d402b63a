"""The self-test: compares predictions for twenty synthetic crops with stored references."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.inference.model_folders import ModelFolder, list_models
from sperm_viewer.inference.open_engine import open_scorer
from sperm_viewer.synthetic.render import GREY, PINK, HeadClass, render_cell, render_debris, render_empty, typical_cell
from sperm_viewer.system import paths

TOLERANCE = 1e-4
"""The largest allowed difference of a probability: processors differ by a hundredth of this or less."""
_COLUMNS = ("model", "model_sha256", "crop", "class", "probability")
_REF = ImageRef("self-test", Path("synthetic"))

Answers = Mapping[tuple[str, str], float]
"""Probabilities by the crop's name and the class."""


@dataclass(frozen=True, slots=True)
class Compared:
    """`apart` is the largest difference of a probability from the stored one."""

    model: str
    crops: int
    apart: float

    @property
    def passed(self) -> bool:
        return self.apart <= TOLERANCE


def self_test() -> Iterator[Compared]:
    """Each shipped model, compared. Raises SpermViewerError if files of the installation are missing or altered."""
    stored = _stored()
    for model in _shipped():
        expected = stored.get((model.id.name, model.id.sha256))
        if expected is None:
            raise SpermViewerError(
                f"{_file()}: has no references of the model '{model.id.name}' that is installed. Install the app again."
            )
        found = _answers(model)
        apart = max(abs(found.get(key, float("inf")) - probability) for key, probability in expected.items())
        yield Compared(model.id.name, len({crop for crop, _ in expected}), apart)


def store_answers() -> Path:
    """Writes the references: the shipped models' predictions on this computer."""
    with _file().open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(_COLUMNS)
        for model in _shipped():
            for (crop, name), probability in _answers(model).items():
                rows.writerow([model.id.name, model.id.sha256, crop, name, f"{probability:.7f}"])
    return _file()


def _file() -> Path:
    return paths.resources() / "self-test.csv"


def _shipped() -> list[ModelFolder]:
    models, problems = list_models([paths.resources() / "models"])
    if problems or not models:
        raise SpermViewerError("\n".join(problems) or f"{paths.resources()}: no models. Install the app again.")
    return models


def _stored() -> dict[tuple[str, str], dict[tuple[str, str], float]]:
    try:
        text = _file().read_text("utf-8")
    except OSError as error:
        raise SpermViewerError(f"{_file()}: can't be read ({error.strerror}). Install the app again.") from error
    found: dict[tuple[str, str], dict[tuple[str, str], float]] = {}
    for row in csv.DictReader(text.splitlines()):
        answers = found.setdefault((row["model"], row["model_sha256"]), {})
        answers[row["crop"], row["class"]] = float(row["probability"])
    return found


def _answers(model: ModelFolder) -> Answers:
    scorer = open_scorer(model, "onnx", "cpu", None).scorer
    found = {}
    for crop, rgb in _crops():
        prediction = scorer.score_pixels(_REF, rgb, "", frozenset()).prediction
        found.update({(crop, name): p for name, p in zip(prediction.classes, prediction.probabilities, strict=True)})
    return found


def _crops() -> Iterable[tuple[str, UInt8Array]]:
    """Eighteen cells, debris and an empty crop: name, and uint8 RGB (height, width, 3)."""
    for number in range(18):
        head_class = list(HeadClass)[number % len(HeadClass)]
        look = (GREY, PINK)[number % 2]
        yield f"{head_class}-{number}", render_cell(typical_cell(head_class, look, number)).rgb
    yield "debris", render_debris()
    yield "empty", render_empty()
