"""What a cell is judged by: a whole crop, or a part of a field brought to the scale that the model learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

import cv2
import numpy as np

from sperm_viewer.domain.arrays import Affine, FloatArray, UInt8Array
from sperm_viewer.domain.cell import Place
from sperm_viewer.domain.detection import Detection, KnownHeads
from sperm_viewer.domain.head import Head
from sperm_viewer.domain.morphometry import Morphometry
from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.imaging.cell_part import cell_part, cut_part
from sperm_viewer.imaging.head import find_heads
from sperm_viewer.imaging.morphometry import measure_head
from sperm_viewer.imaging.outline import outline_of
from sperm_viewer.inference.detections import known_detection

_BY_THRESHOLD = 0.92
"""Length of a head as `find_heads` gives it, which models learnt from, over its largest Feret diameter."""


@dataclass(frozen=True, slots=True)
class SeenCell:
    """`rgb` uint8 (height, width, 3) and `heads`, best first, in its pixels; none if no head was found.

    `scale` is how many pixels of `rgb` one of the cell's crop has. `place`, `morphometry` and `outline`, float32
    (n, 2), are in pixels of the image, which is a field if `in_field`. `cut` is True if the border of a field cuts
    the head.
    """

    rgb: UInt8Array
    heads: Sequence[Head]
    place: Place | None
    morphometry: Morphometry | None
    scale: float = 1.0
    in_field: bool = False
    cut: bool = False
    outline: FloatArray | None = None


def crop_cell(rgb: UInt8Array) -> SeenCell:
    """The cell of a crop: the head that `find_heads` ranks first."""
    heads = find_heads(rgb)
    if not heads:
        return SeenCell(rgb, (), None, None)
    head = heads[0]
    outline = outline_of(rgb, head)
    if outline is None or cv2.contourArea(outline) <= 0:
        return SeenCell(rgb, heads, _place(head), None)
    return SeenCell(rgb, heads, _place(head), measure_head(outline), outline=outline)


def empty_field(rgb: UInt8Array) -> SeenCell:
    """The one row of a field in which no head was found."""
    return SeenCell(rgb, (), None, None, in_field=True)


def field_cells(rgb: UInt8Array, found: Sequence[Detection], head_length: float) -> list[SeenCell]:
    """The cells of a field from top to bottom; `head_length` is that of the model's training heads (`find_heads`, px).

    All heads of a field are brought to the model's scale by one factor, so that a small one stays small.
    """
    scale = _field_scale(found, head_length)
    in_order = sorted(found, key=lambda one: (one.box[1], one.box[0]))
    return [_field_cell(rgb, one, scale) for one in in_order]


def known_cells(rgb: UInt8Array, known: KnownHeads, head_length: float) -> list[SeenCell]:
    """The wanted cells of a field whose heads are known, in the order wanted; `head_length` as for `field_cells`.

    Raises ImageRefusedError if an outline encloses nothing of the image.
    """
    found = [known_detection(rgb, head) for head in known.heads]
    scale = _field_scale(found, head_length)
    cells = []
    for index in known.wanted:
        cell, head = _field_cell(rgb, found[index], scale), known.heads[index]
        if head.place is not None:
            cell = replace(cell, place=head.place, morphometry=head.morphometry)
        cells.append(cell)
    return cells


def _field_scale(found: Sequence[Detection], head_length: float) -> float:
    whole = [one.head.length for one in found if not one.cut] or [one.head.length for one in found]
    return head_length / (_BY_THRESHOLD * median(whole))


def _field_cell(rgb: UInt8Array, found: Detection, scale: float) -> SeenCell:
    place = _place(found.head)
    left, top, right, bottom = part = cell_part(place, rgb.shape[1], rgb.shape[0])
    share = None if found.acrosome is None else float(found.acrosome.mean(where=found.head.mask))
    measured = replace(measure_head(found.outline), acrosome_share=share)
    scaled = at_scale(cut_part(rgb, part), scale)
    exact = scaled.shape[1] / (right - left), scaled.shape[0] / (bottom - top)
    head = _scaled_head(found.head, (left, top), exact, scaled)
    return SeenCell(scaled, (head,), place, measured, scale, True, found.cut, found.outline)


def at_scale(crop: UInt8Array, scale: float) -> UInt8Array:
    """A crop (height, width, 3) enlarged by `scale`, averaged where that makes it smaller."""
    size = (max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(crop, size, interpolation=method), np.uint8)


def on_crop(heatmap: Heatmap, seen: SeenCell) -> Heatmap:
    """A heatmap on a cell's scaled crop as one on the crop itself."""
    return heatmap if seen.scale == 1 else replace(heatmap, placement=heatmap.placement @ _enlarging(seen.scale))


def scale_of(heatmap: Heatmap, window: float) -> float:
    """The scale at which a cell was seen, from the heatmap that was stored and the model's window in px."""
    return float(window * np.sqrt(abs(np.linalg.det(heatmap.placement[:, :2]))))


def window_of(heatmap: Heatmap, scale: float, size: int) -> Affine:
    """The transform of the first view, from the pixels of the crop enlarged by `scale` to a window of `size` px."""
    to_window = np.array([[size, 0, -0.5], [0, size, -0.5], [0, 0, 1]])
    placement = np.vstack([heatmap.placement @ np.linalg.inv(_enlarging(scale)), [0, 0, 1]])
    matrix: Affine = (to_window @ placement)[:2]
    return matrix


def _enlarging(scale: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """From the pixels of a crop to those of the crop enlarged, both with their origin at a pixel's centre."""
    return np.array([[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2], [0, 0, 1]])


def _place(head: Head) -> Place:
    height, width = head.mask.shape
    return Place(*head.corner, width, height, head.angle if head.oriented else None)


def _scaled_head(head: Head, origin: tuple[int, int], by: tuple[float, float], scaled: UInt8Array) -> Head:
    """A head of the image as one on the scaled part that begins at `origin`, `by` the exact factors of its sides."""
    height, width = head.mask.shape
    left, top = (round((head.corner[axis] - origin[axis]) * by[axis]) for axis in range(2))
    across = min(max(1, round(width * by[0])), scaled.shape[1] - left)
    down = min(max(1, round(height * by[1])), scaled.shape[0] - top)
    mask = cv2.resize(head.mask.astype(np.uint8), (across, down), interpolation=cv2.INTER_NEAREST) > 0
    x, y = ((head.centre[axis] - origin[axis] + 0.5) * by[axis] - 0.5 for axis in range(2))
    size = _BY_THRESHOLD * (by[0] + by[1]) / 2
    return replace(
        head, mask=mask, corner=(left, top), centre=(x, y), length=head.length * size, width=head.width * size
    )
