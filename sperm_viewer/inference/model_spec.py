"""What a model folder says of its model: `model.toml`, read and written here and nowhere else."""

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

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a crop becomes the network's input; training, window and command line all read it from here.

    `window` is the side, in crop pixels, of the square around the head that is cut out and brought to `size` x `size`;
    `upright` turns the head acrosome up first; `views` is how many rotated views (the first as found, the others
    turned on by equal steps of the circle) are averaged. `mean` and `std` are per channel, RGB, of values in 0..1.
    """

    window: float
    size: int
    upright: bool
    views: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class KnownErrors:
    """What was taken for what, of crops that were not referred, in `repeats` of a cross-validation, added up.

    `counts` has a row a true class and a column a first choice, both in the order of the model's classes.
    """

    repeats: int
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class FeatureGrid:
    """Where the cells of the feature map look: the centre of cell i is at `first` + i `step`, across and down alike, in
    pixels of the network's input. Padding puts them anywhere but in even parts of the window.
    """

    first: float
    step: float


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """All that a model folder says. `metrics` and `data` are for people; the rest decides what is computed.

    `head_length` is the range of head lengths in crop pixels that the training data held (1st to 99th percentile);
    `refer_below` is the probability of the first choice under which the cell is referred to a person;
    `unlike_above` the distance from the training crops' look (see `likeness.py`) over which it is.
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
    heatmap_layer: str
    feature_grid: FeatureGrid
    head_length: tuple[float, float]
    data: Mapping[str, str]
    metrics: Mapping[str, float | int | str]
    known_errors: KnownErrors | None = None
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def knows_non_sperm(self) -> bool:
        return NON_SPERM in self.classes

    @property
    def in_short(self) -> str:
        """What tells models apart: their data, their network, and how often they are right."""
        said = f"{self.title}, by {self.architecture}"
        accuracy = self.metrics.get("accuracy")
        return f"{said}: right on {accuracy:.1%} in cross-validation" if isinstance(accuracy, float) else said

    @property
    def confusion(self) -> Confusion | None:
        """The known errors, each crop counted once; None for a model that was not measured."""
        if self.known_errors is None:
            return None
        repeats = self.known_errors.repeats
        return Confusion(self.classes, tuple(tuple(n / repeats for n in row) for row in self.known_errors.counts))


def write_spec(spec: ModelSpec, path: Path) -> None:
    # TOML has no word for nothing: what is not known is left out.
    said = {name: value for name, value in asdict(spec).items() if value is not None}
    path.write_bytes(tomli_w.dumps({"format": FORMAT, **said}).encode())


def parse_spec(text: str, where: Path) -> ModelSpec:
    """The spec in the text of a `model.toml`. Raises ModelError, naming the key, where it doesn't fit."""
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
        known = raw.pop("known_errors", None)
        spec = ModelSpec(
            preprocessing=Preprocessing(**{k: _frozen(v) for k, v in preprocessing.items()}),
            feature_grid=FeatureGrid(**feature_grid),
            known_errors=None if known is None else KnownErrors(**{k: _frozen(v) for k, v in known.items()}),
            **{k: _frozen(v) for k, v in raw.items()},
        )
    except (KeyError, TypeError) as error:
        raise ModelError(f"{where}: incomplete model description ({error}). Install the model again.") from error
    _check(spec, where)
    return spec


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _check(spec: ModelSpec, where: Path) -> None:
    def need(holds: bool, what: str) -> None:
        if not holds:
            raise ModelError(f"{where}: {what}. Install the model again.")

    pre = spec.preprocessing
    need(
        len(spec.classes) >= 2 and len(set(spec.classes)) == len(spec.classes), "classes must be two or more, distinct"
    )
    need(all(isinstance(c, str) and c for c in spec.classes), "classes must be words")
    need(spec.normal_class in spec.classes, f"normal_class '{spec.normal_class}' is not one of its classes")
    need(pre.window > 0 and 16 <= pre.size <= 2048 and 1 <= pre.views <= 64, "window, size or views out of range")
    need(len(pre.mean) == 3 and len(pre.std) == 3 and min(pre.std) > 0, "mean and std need three values each")
    need(spec.temperature > 0 and 0 <= spec.refer_below <= 1, "temperature or refer_below out of range")
    need(spec.feature_grid.step > 0, "feature_grid out of range")
    need(spec.unlike_above > 0, "unlike_above out of range")
    known = spec.known_errors
    if known is not None:
        square = len(known.counts) == len(spec.classes) and all(len(row) == len(spec.classes) for row in known.counts)
        need(known.repeats >= 1 and square, "known_errors need a row and a column for each class")
        need(all(min(row) >= 0 and sum(row) > 0 for row in known.counts), "known_errors need a crop of each class")
