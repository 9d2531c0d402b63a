"""Cells made up for tests: no model, no image."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from sperm_viewer.domain.cell import CellFailed, CellScored, Place, Status
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.morphometry import Morphometry
from sperm_viewer.domain.prediction import Heatmap, ModelId, Prediction
from sperm_viewer.session.session import Session, SessionModel

PLACE = Place(40, 30, 50, 60, 12.5)
OUTLINE = np.array([[40, 30], [90, 31.5], [88.25, 90], [41, 88]], np.float32)
MEASURED = Morphometry(60.0, 40.0, 1900.0, 160.0, 0.95, 0.4)
MODEL = SessionModel(ModelId("made-up", "ab" * 32), ("normal", "tapered", "non-sperm"), "normal")


def scored(
    ref: ImageRef,
    probabilities: tuple[float, ...] = (0.7, 0.2, 0.1),
    flags: frozenset[Flag] = frozenset(),
    reason: str = "",
    model: SessionModel = MODEL,
) -> CellScored:
    """A cell event; with a reason it is a referred one."""
    heatmap = Heatmap(np.arange(25, dtype=np.uint8).reshape(5, 5), 0.25, 3.5, np.array([[0.01, 0, 0], [0, 0.01, 0]]))
    prediction = Prediction(model.id, model.classes, probabilities)
    status = Status.REFERRED if reason else Status.SCORED
    sha256 = hashlib.sha256(str(ref.path).encode("utf-8", "surrogatepass")).hexdigest()
    return CellScored(ref, sha256, (131, 120), prediction, heatmap, flags, status, reason, place=PLACE)


def in_field(ref: ImageRef, *places: Place, cut: Sequence[int] = ()) -> list[CellScored]:
    """The events of the cells of a field of 640 x 480 px; those of the indices in `cut` aren't counted."""
    whole = replace(scored(ref), size=(640, 480), in_field=True, morphometry=MEASURED, outline=OUTLINE)
    return [
        replace(whole, place=place, status=Status.NOT_COUNTED if index in cut else Status.SCORED)
        for index, place in enumerate(places)
    ]


def session_with(folder: Path, names: list[str], slide: str = "A-017") -> tuple[Session, list[ImageRef]]:
    """A session in `folder` with one slide of crops of these names, none of them scored."""
    session = Session.create(folder / "session.spermview")
    refs = [ImageRef(slide, folder / slide / name) for name in names]
    session.add_slide(slide, folder / slide, refs)
    session.use_model(MODEL)
    return session, refs


def failed(ref: ImageRef, reason: str = "The file is empty.") -> CellFailed:
    return CellFailed(ref, "", reason)
