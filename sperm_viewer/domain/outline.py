"""A head's outline as the short text that a session keeps."""

from __future__ import annotations

import base64
import binascii

import numpy as np

from sperm_viewer.domain.arrays import FloatArray

_FINE, _COARSE = 16, 1
"""Steps per pixel, and those for an outline that is too large for the fine ones."""
_MOST = 65_535


def outline_text(outline: FloatArray) -> str:
    """An outline, float32 (n, 2) of x, y in px of its image, to a sixteenth of a pixel."""
    corner = np.floor(outline.min(axis=0)).astype("<i4")
    away = outline - corner
    fine = _FINE if away.max() * _FINE <= _MOST else _COARSE
    head = np.array([*corner, fine], "<i4")
    return base64.b64encode(head.tobytes() + np.round(away * fine).astype("<u2").tobytes()).decode("ascii")


def outline_points(text: str) -> FloatArray:
    """The outline, float32 (n, 2), of such a text. Raises ValueError for any other text."""
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"not an outline: {error}") from error
    if len(raw) < 24 or len(raw) % 4:
        raise ValueError("not an outline: of the wrong length")
    x, y, fine = np.frombuffer(raw, "<i4", 3)
    steps = np.frombuffer(raw, "<u2", offset=12).reshape(-1, 2)
    return np.asarray(np.array([x, y]) + steps / fine, np.float32)
