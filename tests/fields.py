"""Fields drawn for tests: dark ellipses on a pale ground, with the cells that scoring would have found."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from cells import MEASURED, MODEL, scored

from sperm_viewer.domain.arrays import FloatArray, UInt8Array
from sperm_viewer.domain.cell import CellScored, Place
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.session.session import Session, SessionModel

WIDTH, HEIGHT = 640, 480
HEADS = ((120, 100), (420, 90), (200, 330), (500, 360))
"""The middles of the heads of a field, in px."""
LONG, WIDE = 32, 22
"""Half the length and half the width of a head, in px."""


def ellipse(x: float, y: float, turn: float = 0.0, points: int = 128) -> FloatArray:
    """The outline of a head turned by so many degrees."""
    angles = np.arange(points) * (2 * math.pi / points)
    along, across = LONG * np.cos(angles), WIDE * np.sin(angles)
    cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    return np.stack([x + along * cosine - across * sine, y + along * sine + across * cosine], axis=1).astype(np.float32)


def draw_field(heads: Sequence[tuple[float, float]] = HEADS, seed: int = 7) -> UInt8Array:
    """RGB uint8 (`HEIGHT`, `WIDTH`, 3) with noise of this seed; a head's left half is paler, as its acrosome is."""
    field = np.full((HEIGHT, WIDTH, 3), (205, 205, 200), np.uint8)
    for x, y in heads:
        middle = (round(x), round(y))
        cv2.ellipse(field, middle, (LONG, WIDE), 0, 0, 360, (90, 40, 120), -1, cv2.LINE_AA)
        cv2.ellipse(field, (middle[0] - LONG // 2, middle[1]), (LONG // 3, WIDE // 2), 0, 0, 360, (130, 80, 150), -1)
    noise = np.random.default_rng(seed).normal(0, 2, field.shape)
    return np.clip(cv2.GaussianBlur(field, (0, 0), 1.2) + noise, 0, 255).astype(np.uint8)


def write_field(file: Path, heads: Sequence[tuple[float, float]] = HEADS) -> Path:
    """Two files of other names differ in their noise: the same image would count once."""
    file.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(file), draw_field(heads, sum(file.name.encode()))[..., ::-1])
    return file


def head_event(ref: ImageRef, outline: FloatArray, model: SessionModel = MODEL, reason: str = "") -> CellScored:
    """A cell of a field that scoring could have found."""
    sha256 = hashlib.sha256(ref.path.read_bytes()).hexdigest()
    left, top = np.floor(outline.min(axis=0))
    right, bottom = np.ceil(outline.max(axis=0)) + 1
    place = Place(float(left), float(top), float(right - left), float(bottom - top), 90.0)
    made = replace(scored(ref, reason=reason, model=model), sha256=sha256, size=(WIDTH, HEIGHT), place=place)
    return replace(made, morphometry=MEASURED, in_field=True, outline=outline)


def field_events(
    ref: ImageRef, heads: Sequence[tuple[float, float]] = HEADS, model: SessionModel = MODEL
) -> list[CellScored]:
    """The second head needs a person."""
    return [
        head_event(ref, ellipse(*middle), model, "Not sure." if number == 1 else "")
        for number, middle in enumerate(heads)
    ]


def fields_session(path: Path, folder: Path, names: Sequence[str], model: SessionModel = MODEL) -> Path:
    """A session file with one scored slide of fields that are on disk."""
    with Session.create(path) as session:
        refs = [ImageRef(folder.name, write_field(folder / name)) for name in names]
        session.add_slide(folder.name, folder, refs)
        session.use_model(model)
        for ref in refs:
            session.record(field_events(ref, model=model))
    return path
