"""Cells made up for tests: no model, no image."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sperm_viewer.domain.cell import CellFailed, CellScored, Status
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.image import CropRef
from sperm_viewer.domain.prediction import Heatmap, ModelId, Prediction
from sperm_viewer.session.session import Session, SessionModel

MODEL = SessionModel(ModelId("made-up", "ab" * 32), ("normal", "tapered", "non-sperm"), "normal")


def scored(
    ref: CropRef,
    probabilities: tuple[float, ...] = (0.7, 0.2, 0.1),
    flags: frozenset[Flag] = frozenset(),
    reason: str = "",
    model: SessionModel = MODEL,
) -> CellScored:
    """A cell event; with a reason it is a referred one."""
    heatmap = Heatmap(np.arange(25, dtype=np.uint8).reshape(5, 5), 0.25, 3.5, np.array([[0.01, 0, 0], [0, 0.01, 0]]))
    prediction = Prediction(model.id, model.classes, probabilities)
    status = Status.REFERRED if reason else Status.SCORED
    return CellScored(ref, "cd" * 32, (131, 120), prediction, heatmap, flags, status, reason)


def session_with(folder: Path, names: list[str], slide: str = "A-017") -> tuple[Session, list[CropRef]]:
    """A session in `folder` with one slide of crops of these names, none of them scored."""
    session = Session.create(folder / "session.spermview")
    refs = [CropRef(slide, folder / slide / name) for name in names]
    session.add_slide(slide, folder / slide, refs)
    session.use_model(MODEL)
    return session, refs


def failed(ref: CropRef, reason: str = "The file is empty.") -> CellFailed:
    return CellFailed(ref, "", reason)
