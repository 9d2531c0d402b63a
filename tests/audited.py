"""Sessions whose audit cells were read: the model answers every cell abnormal, with confidence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cells import scored

from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.sample import SampleOrigin
from sperm_viewer.domain.verdict import Decision, Why
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session, SessionModel

CELLS, AUDITED = 40, 10
"""Cells of a sample, and audit cells among them."""

HIDDEN = (0, 1)
"""Normal cells among the audit cells of two samples, far more than by the model's known errors."""


def write_audited(path: Path, model: SessionModel, normal: Sequence[int]) -> Path:
    """A session with a sample for each entry of `normal`: as many of its audit cells as that are normal."""
    with Session.create(path) as session:
        session.use_model(model)
        for number, found in enumerate(normal):
            name = f"{path.stem}-{number}"
            folder = path.parent / name
            refs = [ImageRef(name, folder / f"{cell}.png") for cell in range(CELLS)]
            session.add_slide(name, folder, refs, SampleOrigin(name))
            ids = session.record([scored(ref, (0.01, 0.98, 0.01), model=model) for ref in refs])
            read = {cell: Decision("normal") for cell in ids[:found]}
            read |= {cell: Decision("abnormal") for cell in ids[found:AUDITED]}
            for cell, decision in read.items():
                Review(session).decide({cell: decision}, "Ada", why=Why.AUDIT)
    return path
