"""Crops drawn by our own renderer, labelled by what was drawn: they teach shapes before any real crop is seen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.cell import NON_SPERM
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.imaging.head import find_head
from sperm_viewer.synthetic.render import (
    GREY,
    PINK,
    HeadClass,
    Look,
    render_cell,
    render_debris,
    render_empty,
    typical_cell,
)
from sperm_viewer.training.data import LabelledCrop, LoadedCrop

_SHAPES = tuple(HeadClass)
_ABNORMAL = _SHAPES[1:]
_EMPTY_EVERY = 5


def synthetic_crops(count: int, classes: Sequence[str]) -> list[LoadedCrop]:
    """So many crops, the classes in turn, the same every time. Raises SpermViewerError for a class that can't be drawn.

    They are grey like SMIDS, or, where `classes` are head shapes alone, mostly pink like HuSHeM.
    """
    pink = NON_SPERM not in classes
    crops = []
    for number in range(count):
        label, turn = classes[number % len(classes)], number // len(classes)
        rgb = _draw(label, turn, PINK if pink and turn % 4 else GREY, number)
        crops.append(LoadedCrop(LabelledCrop(Path(f"drawn-{number}"), label, str(number)), rgb, find_head(rgb)))
    return crops


def _draw(label: str, turn: int, look: Look, seed: int) -> UInt8Array:
    if label == NON_SPERM:
        return render_debris(look, seed) if turn % _EMPTY_EVERY else render_empty(look, seed)
    if label == "abnormal":
        return render_cell(typical_cell(_ABNORMAL[turn % len(_ABNORMAL)], look, seed)).rgb
    if label not in _SHAPES:
        raise SpermViewerError(f"There is no drawing of the class '{label}'. Choose a recipe without drawn crops.")
    return render_cell(typical_cell(HeadClass(label), look, seed)).rgb
