"""Teaches a site model: from the verdicts of a laboratory to a model folder, or to the reasons against it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.progress import counted
from sperm_viewer.inference.model_folders import ONNX_FILE, ModelFolder
from sperm_viewer.inference.onnx_engine import OnnxEngine
from sperm_viewer.inference.out_of_distribution import REFERENCE_APPEARANCE_FILE, parse_reference_appearance
from sperm_viewer.teaching.assemble import Studied, site_model
from sperm_viewer.teaching.cross_validation import (
    Figure,
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
from sperm_viewer.teaching.learning_curve import Worth, worth_of_more
from sperm_viewer.teaching.material import Material, SiteCell, read_material
from sperm_viewer.teaching.register import changing, read_register, register_file
from sperm_viewer.teaching.site_model import (
    refuse_name,
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
    worth: Worth | None = None
    """What more labels would be worth; None where no model was made."""

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
            "more_labels": self.worth.words if self.worth else "",
        }


def teach(request: TeachRequest) -> Generator[Step, None, Taught]:
    """Teaches, and returns what came of it, which is in the folder by then.

    Raises SpermViewerError where material, backbone or folder can't be used.
    """
    refuse_name(request.name)
    folder = request.out / request.name
    refuse_taken(folder)
    material = read_material(request.paths)
    classes = _classes(material, request.classes)
    labelled = material.labelled
    why = missing(_verdicts(labelled, classes))
    if why:
        return _refused(Taught(folder, len(labelled), material.slides, None, tuple(why)))
    found = yield from _found(material, request.backbone)
    locked = frozenset(key for one in read_register(register_file()).locked for key in one.cells)
    found = [one for one in _once(found) if one.content not in locked]
    count = sum(bool(one.cell.label) for one in found)
    why = missing(_verdicts([one.cell for one in found[:count]], classes))
    if why and count < len(labelled):
        why.append(
            f"{counted(len(labelled) - count, 'label')} did not count: unreadable images, copies, the same image with "
            "different labels, or cells of a locked set."
        )
    if why:
        return _refused(Taught(folder, count, material.slides, None, tuple(why)))
    backbone = _windowed(request.backbone, found)
    seen = yield from _seen(found, backbone)
    yield Step("Learning", 0, 1)
    material = replace(material, cells=tuple(one.cell for one in found))
    contents = tuple(one.content for one in found)
    studied = Studied(material, seen, classes, _lesson(found, seen, classes), contents)
    return _learnt(studied, backbone, folder, request.name)


def _learnt(studied: Studied, backbone: ModelFolder, folder: Path, name: str) -> Taught:
    lesson = studied.lesson
    held = hold_back(lesson)
    answers = held.answers
    found = figure(lesson.labels, answers, lesson.classes, lesson.units)
    why = doubts(found, chance(lesson.labels, answers, lesson.classes))
    result = Taught(folder, len(lesson.labels), studied.material.slides, found, tuple(why))
    if why:
        return _refused(result)
    result = replace(result, worth=worth_of_more(lesson, found.value))
    write_site_model(backbone, site_model(studied, held, found, backbone, name, result.content()), folder)
    with changing(register_file()) as held_register:
        who = ", ".join(studied.material.readers)
        held_register[0] = held_register[0].with_entry(who, "taught", name, result.content())
    return result


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
    labels: dict[str, set[str]] = {}
    first: dict[str, FoundCell] = {}
    for one in found:
        key = one.content
        first.setdefault(key, one)
        labels.setdefault(key, set()).update({one.cell.label} - {""})
    kept = []
    for one in first.values():
        given = labels[one.content]
        label = next(iter(given)) if len(given) == 1 else ""
        kept.append(replace(one, cell=replace(one.cell, label=label)))
    return sorted(kept, key=lambda one: not one.cell.label)


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
