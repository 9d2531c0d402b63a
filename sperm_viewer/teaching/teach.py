"""Teaches a site model: from the verdicts of a laboratory to a model folder, or to the reasons against it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.inference.model_folders import ONNX_FILE, ModelFolder
from sperm_viewer.inference.onnx_engine import OnnxEngine
from sperm_viewer.inference.out_of_distribution import REFERENCE_APPEARANCE_FILE, parse_reference_appearance
from sperm_viewer.statistics.confusion import confusion
from sperm_viewer.teaching.card import Measured, write_card
from sperm_viewer.teaching.classifier import learn
from sperm_viewer.teaching.cross_validation import (
    Figure,
    HeldBack,
    Lesson,
    chance,
    figure,
    hold_back,
)
from sperm_viewer.teaching.features import (
    FoundCell,
    SeenBySite,
    find_cells,
    see,
    site_preprocessing,
    together,
)
from sperm_viewer.teaching.judgement import Verdicts, classes_in_order, doubts, missing
from sperm_viewer.teaching.material import Material, SiteCell, read_material
from sperm_viewer.teaching.measure import calibrate, familiar, known_outcomes
from sperm_viewer.teaching.projection import fit_projection
from sperm_viewer.teaching.site_model import (
    SiteModel,
    half_weights,
    refuse_taken,
    write_site_model,
    write_teaching,
)

MOST_UNLABELLED = 200
"""Cells without a label that are looked at: more don't change the components much."""
_SEED = 16


@dataclass(frozen=True, slots=True)
class TeachRequest:
    """`classes`: those that labels may have, in order, the normal one first; empty for those that the labels have."""

    paths: tuple[Path, ...]
    name: str
    out: Path
    backbone: ModelFolder
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """How far a teaching is: `done` of `total` cells."""

    words: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Taught:
    """What came of it. `why` is empty where a model was made; `figure` is None where nothing could be measured."""

    folder: Path
    labels: int
    slides: int | None
    figure: Figure | None
    why: tuple[str, ...]

    @property
    def teachable(self) -> bool:
        return not self.why

    def content(self) -> dict[str, object]:
        """What `teaching.json` says."""
        found = self.figure
        return {
            "labels": self.labels,
            "slides": self.slides,
            "macro_f1": None if found is None else round(found.value, 4),
            "macro_f1_low": None if found is None else round(found.low, 4),
            "macro_f1_high": None if found is None else round(found.high, 4),
            "teachable": self.teachable,
            "why": " ".join(self.why),
        }


def teach(request: TeachRequest) -> Generator[Step, None, Taught]:
    """Teaches, and returns what came of it, which is in the folder by then.

    Raises SpermViewerError where material, backbone or folder can't be used.
    """
    folder = request.out / request.name
    refuse_taken(folder)
    material = read_material(request.paths)
    classes = _classes(material, request.classes)
    labelled = material.labelled
    why = missing(_verdicts(labelled, classes))
    if why:
        return _refused(Taught(folder, len(labelled), material.slides, None, tuple(why)))
    found = yield from _found(material, request.backbone)
    found = _once(found)
    count = sum(bool(one.cell.label) for one in found)
    why = missing(_verdicts([one.cell for one in found[:count]], classes))
    if why:
        return _refused(Taught(folder, count, material.slides, None, tuple(why)))
    backbone = _windowed(request.backbone, found)
    seen = yield from _seen(found, backbone)
    yield Step("Learning", 0, 1)
    material = replace(material, cells=tuple(one.cell for one in found))
    return _learnt(_Lesson(material, seen, classes, _lesson(found, seen, classes)), backbone, folder, request.name)


@dataclass(frozen=True, slots=True)
class _Lesson:
    material: Material
    seen: SeenBySite
    classes: tuple[str, ...]
    lesson: Lesson


def _learnt(taught: _Lesson, backbone: ModelFolder, folder: Path, name: str) -> Taught:
    lesson = taught.lesson
    held = hold_back(lesson)
    answers = held.answers
    found = figure(lesson.labels, answers, lesson.classes, lesson.units)
    why = doubts(found, chance(lesson.labels, answers, lesson.classes))
    result = Taught(folder, len(lesson.labels), taught.material.slides, found, tuple(why))
    if why:
        return _refused(result)
    write_site_model(backbone, _site_model(taught, held, result, backbone, name), folder)
    return result


def _site_model(taught: _Lesson, held: HeldBack, result: Taught, backbone: ModelFolder, name: str) -> SiteModel:
    lesson, seen, classes = taught.lesson, taught.seen, taught.classes
    count = len(lesson.labels)
    projection = fit_projection(lesson.views)
    pooled = lesson.views.mean(axis=1, dtype=np.float64)
    linear, choice = learn(projection.of(pooled[:count]), lesson.labels, lesson.classes, lesson.units)
    layer = linear.behind(projection)
    weights, bias = half_weights(
        layer.weights.T.astype(np.float32), layer.bias.astype(np.float32), pooled.mean(axis=0).astype(np.float32)
    )
    found = calibrate(held, lesson, classes)
    look = familiar(seen.looks, lesson.unit_of_all)
    right = found.probabilities.argmax(axis=1) == lesson.labels
    assert result.figure is not None
    measured = Measured(
        result.figure,
        float(right.mean()),
        float(found.kept.mean()),
        float(right[found.kept].mean()) if found.kept.any() else 0.0,
        confusion(
            [classes[label] for label in lesson.labels],
            [classes[number] for number in found.probabilities.argmax(axis=1)],
            classes,
        ),
    )
    material = taught.material
    lengths = np.exp(seen.looks[:, -2][seen.looks[:, -2] > 0])
    spec = replace(
        backbone.spec,
        name=name,
        title=f"sperm heads as {name} was taught them",
        classes=classes,
        normal_class="normal" if "normal" in classes else classes[0],
        temperature=round(found.temperature, 4),
        refer_below=round(found.refer_below, 4),
        unlike_above=look.unlike_above,
        head_length=(round(float(np.quantile(lengths, 0.01)), 1), round(float(np.quantile(lengths, 0.99)), 1)),
        data=_data(taught, backbone, name, f"{choice.components} components, penalty {choice.penalty:g}"),
        metrics=_metrics(measured, count, material),
        known_outcomes=known_outcomes(found, lesson, look.distances[:count] > look.unlike_above),
        files={},
    )
    card = write_card(spec, backbone, material, measured)
    return SiteModel(spec, weights, bias, look.reference, card, result.content())


def _data(taught: _Lesson, backbone: ModelFolder, name: str, chosen: str) -> dict[str, str]:
    material = taught.material
    return {
        "name": name,
        "crops": str(len(material.labelled)),
        "citation": str(backbone.spec.data.get("citation", "")),
        "licence": str(backbone.spec.data.get("licence", "")),
        "backbone": f"{backbone.spec.name} {backbone.id.sha256}",
        "taught_by": ", ".join(material.readers),
        "taught_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "taught_from": "\n".join(f"{source.path.name} {source.hash}" for source in material.sources),
        "chosen": chosen,
    }


def _metrics(measured: Measured, crops: int, material: Material) -> dict[str, float | int | str]:
    found = measured.macro_f1
    return {
        "protocol": f"nested cross-validation by {'slide' if material.slides else 'cell'}",
        "crops": crops,
        "accuracy": round(measured.accuracy, 4),
        "macro_f1": round(found.value, 4),
        "macro_f1_low": round(found.low, 4),
        "macro_f1_high": round(found.high, 4),
    }


def _refused(result: Taught) -> Taught:
    write_teaching(result.folder, result.content())
    return result


def _classes(material: Material, wanted: Sequence[str]) -> tuple[str, ...]:
    labels = [cell.label for cell in material.labelled]
    if not wanted:
        return classes_in_order(labels)
    other = sorted(set(labels) - set(wanted))
    if other:
        raise SpermViewerError(
            f"Cells have labels that are not among --classes: {', '.join(other)}. Add those classes, or leave "
            "--classes away."
        )
    return tuple(dict.fromkeys(wanted))


def _verdicts(cells: Sequence[SiteCell], classes: tuple[str, ...]) -> Verdicts:
    return Verdicts(classes, tuple(cell.label for cell in cells), tuple(cell.slide for cell in cells))


def _found(material: Material, backbone: ModelFolder) -> Generator[Step, None, list[FoundCell]]:
    """The cells to look at, labelled ones first."""
    backbone.verify(ONNX_FILE, REFERENCE_APPEARANCE_FILE)
    reference = parse_reference_appearance(load_file(backbone.path / REFERENCE_APPEARANCE_FILE))
    unread = [cell for cell in material.cells if not cell.label]
    order = np.random.default_rng(_SEED).permutation(len(unread))[:MOST_UNLABELLED]
    cells = [*material.labelled, *(unread[i] for i in np.sort(order))]
    found = []
    for done, cell in enumerate(find_cells(cells, reference.head_length)):
        yield Step("Finding heads", done, len(cells))
        if cell is not None:
            found.append(cell)
    return found


def _once(found: Sequence[FoundCell]) -> list[FoundCell]:
    """Each cell of each content once; one that was given two different labels has none."""
    labels: dict[object, set[str]] = {}
    first: dict[object, FoundCell] = {}
    for one in found:
        key = _content(one)
        first.setdefault(key, one)
        labels.setdefault(key, set()).update({one.cell.label} - {""})
    kept = []
    for one in first.values():
        given = labels[_content(one)]
        label = next(iter(given)) if len(given) == 1 else ""
        kept.append(replace(one, cell=replace(one.cell, label=label)))
    return sorted(kept, key=lambda one: not one.cell.label)


def _content(one: FoundCell) -> object:
    return one.sha256, one.cell.ref.page, one.cell.place


def _windowed(backbone: ModelFolder, found: Sequence[FoundCell]) -> ModelFolder:
    reference = parse_reference_appearance(load_file(backbone.path / REFERENCE_APPEARANCE_FILE))
    preprocessing = site_preprocessing(backbone.spec.preprocessing, found, reference.head_length)
    return replace(backbone, spec=replace(backbone.spec, preprocessing=preprocessing))


def _seen(found: Sequence[FoundCell], backbone: ModelFolder) -> Generator[Step, None, SeenBySite]:
    engine = OnnxEngine(backbone.path / ONNX_FILE)
    seen = []
    for done, one in enumerate(see(found, engine, backbone.spec.preprocessing)):
        yield Step("Looking at cells", done, len(found))
        seen.append(one)
    return together(seen)


def _lesson(found: Sequence[FoundCell], seen: SeenBySite, classes: tuple[str, ...]) -> Lesson:
    labels = np.array([classes.index(one.cell.label) for one in found if one.cell.label], np.int64)
    return Lesson(seen.views, labels, len(classes), _units([one.cell.unit for one in found]))


def _units(names: Sequence[str]) -> npt.NDArray[np.int64]:
    """A number for each cell, the same for those of one unit; a cell of which none is known is a unit of its own."""
    number: dict[str, int] = {}
    return np.array(
        [number.setdefault(name or f"\0{place}", len(number)) for place, name in enumerate(names)], np.int64
    )
