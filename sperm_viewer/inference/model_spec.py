"""The description of a model, `model.toml`; it is read and written only here."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import tomli_w

from sperm_viewer.domain.cell import NON_SPERM
from sperm_viewer.domain.errors import ModelError
from sperm_viewer.statistics.confusion import Confusion
from sperm_viewer.statistics.outcomes import ErrorMatrix

FORMAT = 1


_MOST = 1e5
"""Pixels, or any other number of a description."""


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a crop becomes the network's input, for training, window and command line alike.

    `window` is the side, in crop pixels, of the square around the head that is cut out and resized to `size` x `size`;
    `upright` first turns the head acrosome up; `views` is the number of views that are averaged, rotated by equal
    steps of a full turn. `mean` and `std` are per channel, RGB, of values in 0..1.
    """

    window: float
    size: int
    upright: bool
    views: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class KnownOutcomes:
    """How often each outcome met each true class, of all crops in `repeats` of a cross-validation, added up.

    `bands` has for each class the lowest confidences of its middle and its high band; `counts` a row a true class and
    a column an outcome, in the order of `ErrorMatrix`.
    """

    repeats: int
    bands: tuple[tuple[float, float], ...]
    counts: tuple[tuple[int, ...], ...]

    def matrix(self, classes: tuple[str, ...], normal_class: str) -> ErrorMatrix:
        """Each crop counted once. Raises ValueError where the sizes don't fit the classes."""
        rows = tuple(tuple(count / self.repeats for count in row) for row in self.counts)
        return ErrorMatrix(classes, normal_class, self.bands, rows)


@dataclass(frozen=True, slots=True)
class FeatureGrid:
    """The position of the feature map's cells: the centre of cell i is at `first` + i `step`, in x and y, in pixels of
    the network's input. Because of padding they don't divide the window evenly.
    """

    first: float
    step: float


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """The content of `model.toml`. `metrics` and `data` are for people; everything else affects results.

    `head_length` is the range of head lengths in the training data, in crop pixels (1st to 99th percentile);
    `refer_below` is the probability of the first choice under which the cell is referred to a person;
    `unlike_above` is the distance from the training crops' appearance (`out_of_distribution.py`) above which it is too.
    """

    name: str
    title: str
    architecture: str
    classes: tuple[str, ...]
    normal_class: str
    preprocessing: Preprocessing
    temperature: float
    refer_below: float
    unlike_above: float
    feature_grid: FeatureGrid
    head_length: tuple[float, float]
    data: Mapping[str, str]
    metrics: Mapping[str, float | int | str]
    known_outcomes: KnownOutcomes | None = None
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def knows_non_sperm(self) -> bool:
        return NON_SPERM in self.classes

    @property
    def in_short(self) -> str:
        """A summary: training data, network and accuracy."""
        text = f"{self.title}, by {self.architecture}"
        accuracy = self.metrics.get("accuracy")
        return f"{text}: right on {accuracy:.1%} in cross-validation" if isinstance(accuracy, float) else text

    @property
    def in_plain_words(self) -> str:
        """`Normal / abnormal / non-sperm, stained like SMIDS; right on 92% of test crops`, as far as it is known."""
        words = " / ".join(self.classes)
        text = words[:1].upper() + words[1:]
        if "name" in self.data:
            text += f", stained like {self.data['name']}"
        accuracy = self.metrics.get("accuracy")
        return f"{text}; right on {accuracy:.0%} of test crops" if isinstance(accuracy, float) else text

    @property
    def confusion(self) -> Confusion | None:
        """True class against answer of the crops that are not referred, each counted once; None if not measured."""
        matrix = self.error_matrix
        if matrix is None:
            return None
        answers = [matrix.answered(name) for name in self.classes]
        rows = (tuple(sum(row[outcome] for outcome in answer) for answer in answers) for row in matrix.counts)
        return Confusion(self.classes, tuple(rows))

    @property
    def error_matrix(self) -> ErrorMatrix | None:
        """What the headline of a sample rests on; None for a model that was not measured."""
        return self.known_outcomes.matrix(self.classes, self.normal_class) if self.known_outcomes else None


def write_spec(spec: ModelSpec, path: Path) -> None:
    # TOML has no null: unknown values are left out.
    known = {name: value for name, value in asdict(spec).items() if value is not None}
    path.write_bytes(tomli_w.dumps({"format": FORMAT, **known}).encode())


def parse_spec(text: str, where: Path) -> ModelSpec:
    """The spec in the text of a `model.toml`. Raises ModelError, naming the key, if it doesn't fit."""
    try:
        raw: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ModelError(
            f"{where}: this is not a valid model description ({error}). Install the model again."
        ) from error
    found = raw.pop("format", None)
    if found != FORMAT:
        raise ModelError(
            f"{where}: made for another version of Sperm Viewer (format {found}, expected {FORMAT}). Update both."
        )
    try:
        preprocessing = raw.pop("preprocessing")
        feature_grid = raw.pop("feature_grid")
        outcomes = raw.pop("known_outcomes", None)
        spec = ModelSpec(
            preprocessing=Preprocessing(**{k: _frozen(v) for k, v in preprocessing.items()}),
            feature_grid=FeatureGrid(**feature_grid),
            known_outcomes=None if outcomes is None else KnownOutcomes(**{k: _frozen(v) for k, v in outcomes.items()}),
            **{k: _frozen(v) for k, v in raw.items()},
        )
        _check(spec, where)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ModelError(
            f"{where}: incomplete or mistaken model description ({error}). Install the model again."
        ) from error
    return spec


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _check(spec: ModelSpec, where: Path) -> None:
    def need(holds: bool, what: str) -> None:
        if not holds:
            raise ModelError(f"{where}: {what}. Install the model again.")

    pre = spec.preprocessing
    words = (spec.name, spec.title, spec.architecture)
    need(all(isinstance(word, str) and word for word in words), "name, title and architecture must be words")
    for table in (spec.data, spec.metrics, spec.files):
        need(isinstance(table, dict), "data, metrics and files must be tables")
    need(
        len(spec.classes) >= 2 and len(set(spec.classes)) == len(spec.classes), "classes must be two or more, distinct"
    )
    need(all(isinstance(c, str) and c for c in spec.classes), "classes must be words")
    need(spec.normal_class in spec.classes, f"normal_class '{spec.normal_class}' is not one of its classes")
    need(isinstance(pre.upright, bool), "upright must be true or false")
    need(
        0 < pre.window <= _MOST and 16 <= pre.size <= 2048 and 1 <= pre.views <= 64,
        "window, size or views out of range",
    )
    need(len(pre.mean) == 3 and len(pre.std) == 3 and min(pre.std) > 0, "mean and std need three values each")
    need(all(abs(value) <= _MOST for value in (*pre.mean, *pre.std)), "mean or std out of range")
    need(0.01 <= spec.temperature <= 100 and 0 <= spec.refer_below <= 1, "temperature or refer_below out of range")
    need(0 < spec.feature_grid.step <= _MOST and abs(spec.feature_grid.first) <= _MOST, "feature_grid out of range")
    shortest, longest = spec.head_length
    need(0 < shortest <= longest <= _MOST, "head_length out of range")
    need(0 < spec.unlike_above < float("inf"), "unlike_above out of range")
    if spec.known_outcomes is not None:
        problem = _misfit(spec.known_outcomes, spec)
        need(not problem, f"known_outcomes don't fit ({problem})")


def _misfit(known: KnownOutcomes, spec: ModelSpec) -> str:
    """What is wrong with them, empty where nothing is."""
    if known.repeats < 1:
        return "one repeat or more"
    try:
        matrix = known.matrix(spec.classes, spec.normal_class)
    except (TypeError, ValueError) as error:
        return str(error)
    return "" if all(sum(row) > 0 for row in matrix.counts) else "a class without a crop"
