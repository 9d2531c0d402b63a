"""Runs of control slides: photographed anew and scored each day, measured, and kept in a file beside the settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from sperm_viewer.domain.cell import NON_SPERM, Cell, Status
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.prediction import ModelId
from sperm_viewer.imaging.reading.read import decode, read_bytes
from sperm_viewer.inference.fields import CellFinder
from sperm_viewer.inference.model_folders import ModelFolder, installed_model
from sperm_viewer.inference.open_engine import read_reference
from sperm_viewer.inference.out_of_distribution import ReferenceAppearance, appearance_of
from sperm_viewer.inference.preprocess import prepare
from sperm_viewer.session.session import CellFilter, Session
from sperm_viewer.system.guarded_list import Entries, GuardedList

LEAST_CELLS = 10
"""Of a control slide; the mean of fewer says little."""


class Measure(StrEnum):
    """A mean over the counted cells of a control slide."""

    DISTANCE = "distance from the training images"
    LENGTH = "mean head length, px"
    ELLIPTICITY = "mean head L/W"
    CONFIDENCE = "mean confidence"


class Proportion(StrEnum):
    """A share of the counted cells of a control slide: of its sperm by the model, and of those that a person read."""

    REFERRED = "referred"
    NORMAL = "normal, by the model"
    READ_NORMAL = "normal, as read"


@dataclass(frozen=True, slots=True)
class ControlSlide:
    """`images` are the sha256 of its files; `shares` has a count and of how many for each proportion."""

    name: str
    images: tuple[str, ...]
    cells: int
    means: Mapping[Measure, float]
    shares: Mapping[Proportion, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class ControlRun:
    """`at` is the time in UTC, ISO 8601."""

    at: str
    by: str
    model: ModelId
    slides: tuple[ControlSlide, ...]


def control_list(file: Path) -> GuardedList:
    return GuardedList(
        file,
        "the control runs of this laboratory",
        "nothing says whether microscope and stain are as they were",
        "compare a slide by eye before you report",
    )


def read_runs(file: Path) -> list[ControlRun]:
    """All runs, in the order in which they were added. Raises SpermViewerError if the file is damaged."""
    return [_run(entry) for entry in control_list(file).read()]


def add_run(session: Session, by: str, file: Path) -> ControlRun:
    """Measures the slides of a session as control slides and adds them as one run.

    A slide's name says which control slide it is. Raises SpermViewerError if a slide has fewer than 10 counted cells,
    if an image was in an earlier run (the same files vary by nothing), or if the model that scored it isn't here.
    """
    if not by.strip():
        raise SpermViewerError(f"{session.path}: a control run needs the name of the person who made it. Give a name.")
    run = _measure(session, by.strip())

    def added(before: Entries) -> Entries:
        known = {image for entry in before for slide in _run(entry).slides for image in slide.images}
        for slide in run.slides:
            again = known.intersection(slide.images)
            if again:
                raise SpermViewerError(
                    f"{session.path}: {len(again)} of {len(slide.images)} images of the slide '{slide.name}' were in "
                    "an earlier control run. The same files vary by nothing: photograph the control slide anew."
                )
            known.update(slide.images)
        return [*before, _entry(run)]

    control_list(file).change(added)
    return run


def _measure(session: Session, by: str) -> ControlRun:
    model = session.model()
    folder = installed_model(model.id) if model else None
    if model is None or folder is None:
        raise SpermViewerError(
            f"{session.path}: the model that scored this session is not here. Install it, or score again with an "
            "installed one."
        )
    measuring = _Measuring(session, folder)
    slides = tuple(measuring.slide(slide.id, slide.name) for sample in session.samples() for slide in sample.slides)
    return ControlRun(datetime.now(UTC).isoformat(timespec="seconds"), by, model.id, slides)


class _Measuring:
    def __init__(self, session: Session, model: ModelFolder) -> None:
        self._session = session
        self._model = model
        self._reference: ReferenceAppearance = read_reference(model)
        self._finder = CellFinder()

    def slide(self, number: int, name: str) -> ControlSlide:
        cells = self._session.cells(self._session.cell_ids(where=CellFilter(slide=number)))
        counted = [cell for cell in cells if cell.countable and cell.prediction and cell.morphometry]
        if len(counted) < LEAST_CELLS:
            raise SpermViewerError(
                f"{self._session.path}: the slide '{name}' has {len(counted)} cells with a measured head; a control "
                f"slide needs at least {LEAST_CELLS}. Photograph more of it."
            )
        normal = self._model.spec.normal_class
        answers = _sperm(cell.prediction.first for cell in counted if cell.prediction)
        verdicts = _sperm(cell.final_class for cell in counted if cell.reviewed)
        return ControlSlide(
            name,
            tuple(sorted({cell.sha256 for cell in counted})),
            len(counted),
            {**_means(counted), Measure.DISTANCE: self._distance([cell.ref for cell in counted])},
            {
                Proportion.REFERRED: (sum(cell.status is Status.REFERRED for cell in counted), len(counted)),
                Proportion.NORMAL: (answers.count(normal), len(answers)),
                Proportion.READ_NORMAL: (verdicts.count(normal), len(verdicts)),
            },
        )

    def _distance(self, images: Sequence[ImageRef]) -> float:
        """The mean distance of the cells' appearance from the model's training crops."""
        looks = []
        for image in dict.fromkeys(images):
            rgb, _ = decode(read_bytes(image.path), image.page)
            for seen in self._finder.find(rgb, self._reference.head_length):
                if seen.heads and not seen.cut:
                    batch, _ = prepare(seen.rgb, seen.heads[0], self._model.spec.preprocessing)
                    looks.append(appearance_of(batch, seen.heads[0], self._model.spec.preprocessing))
        return float(self._reference.distances(np.stack(looks)).mean())


def _sperm(classes: Iterable[str]) -> list[str]:
    return [name for name in classes if name != NON_SPERM]


def _means(cells: Sequence[Cell]) -> dict[Measure, float]:
    heads = [cell.morphometry for cell in cells if cell.morphometry]
    return {
        Measure.LENGTH: float(np.mean([head.length for head in heads])),
        Measure.ELLIPTICITY: float(np.mean([head.ellipticity for head in heads])),
        Measure.CONFIDENCE: float(np.mean([cell.prediction.confidence for cell in cells if cell.prediction])),
    }


def _entry(run: ControlRun) -> dict[str, Any]:
    return {
        "at": run.at,
        "by": run.by,
        "model": run.model.name,
        "model_sha256": run.model.sha256,
        "slides": [
            {
                "name": slide.name,
                "images": list(slide.images),
                "cells": slide.cells,
                "means": {str(measure): value for measure, value in slide.means.items()},
                "shares": {str(proportion): list(counts) for proportion, counts in slide.shares.items()},
            }
            for slide in run.slides
        ],
    }


def _run(entry: Mapping[str, Any]) -> ControlRun:
    slides = tuple(
        ControlSlide(
            slide["name"],
            tuple(slide["images"]),
            slide["cells"],
            {Measure(name): value for name, value in slide["means"].items()},
            {Proportion(name): (counts[0], counts[1]) for name, counts in slide["shares"].items()},
        )
        for slide in entry["slides"]
    )
    return ControlRun(entry["at"], entry["by"], ModelId(entry["model"], entry["model_sha256"]), slides)
