"""Heads on the detector's maps, brought to the pixels of the image: outline, mask, acrosome and direction."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.arrays import BoolArray, FloatArray, UInt8Array
from sperm_viewer.domain.detection import Detection, KnownHead
from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.domain.head import Head
from sperm_viewer.imaging.acrosome import refined_acrosome
from sperm_viewer.imaging.head import describe_mask
from sperm_viewer.imaging.morphometry import measure_head
from sperm_viewer.imaging.outline import RIM, mask_outline, outline_mask, refined_outline
from sperm_viewer.inference.detector_heads import MappedHead
from sperm_viewer.inference.detector_maps import STRIDE

_Place = tuple[BoolArray, tuple[int, int]]
"""A mask, and the pixel (x, y) of the image that it begins at."""
_BORDER = 2
"""A head that comes nearer than this to the image's border (px) is cut by it."""
_LEAST_SHARE = 0.08
"""An acrosome, or the rest of the head, that covers less of the head doesn't say where up is."""


def detections(rgb: UInt8Array, heads: list[MappedHead], scale: float) -> list[Detection]:
    """The heads on maps made at `scale` (network px per image px) as heads of `rgb`, uint8 (height, width, 3)."""
    outlines = [_image_outline(head, scale) for head in heads]
    shape = (rgb.shape[0], rgb.shape[1])
    places = [(np.zeros((0, 0), np.bool_), (0, 0)) if o is None else outline_mask(o, shape) for o in outlines]
    found = []
    for index, (head, outline) in enumerate(zip(heads, outlines, strict=True)):
        if outline is not None:
            detection = _detection(rgb, head, outline, _others(shape, places, index), scale)
            found += [] if detection is None else [detection]
    return found


def _image_outline(head: MappedHead, scale: float) -> FloatArray | None:
    outline = mask_outline(head.share, head.corner)
    if outline is None:
        return None
    return np.asarray((outline + 0.5) * np.float32(STRIDE / scale) - 0.5, np.float32)


def _others(shape: tuple[int, int], places: list[_Place], index: int) -> BoolArray | None:
    """True on the heads whose box is near that of head `index`, (height, width); None where there are none."""
    mask, (x, y) = places[index]
    reach = max(mask.shape)
    found: BoolArray | None = None
    for number, (other, (left, top)) in enumerate(places):
        height, width = other.shape
        beside = left > x + mask.shape[1] + reach or left + width < x - reach
        below = top > y + mask.shape[0] + reach or top + height < y - reach
        if number == index or beside or below:
            continue
        found = np.zeros(shape, np.bool_) if found is None else found
        found[top : top + height, left : left + width] |= other
    return found


def _detection(
    rgb: UInt8Array, mapped: MappedHead, mapped_outline: FloatArray, others: BoolArray | None, scale: float
) -> Detection | None:
    outline = refined_outline(rgb, mapped_outline, others)
    mask, (x, y) = outline_mask(refined_outline(rgb, mapped_outline, others, RIM), (rgb.shape[0], rgb.shape[1]))
    if mask.size == 0 or cv2.contourArea(outline) <= 1:
        return None
    if others is not None:
        mask &= ~others[y : y + mask.shape[0], x : x + mask.shape[1]]
    measured = measure_head(outline)
    moments = cv2.moments(outline)
    centre = moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
    height, width = mask.shape
    rough = _acrosome(mapped, mask, (x, y), scale)
    acrosome = refined_acrosome(rgb[y : y + height, x : x + width], mask, rough)
    angle, oriented = _direction(mapped.axis, mask, acrosome, (x, y), centre)
    head = Head(mask, (x, y), centre, angle, oriented, measured.length, measured.width)
    return Detection(head, outline, acrosome, mapped.score, _is_cut(head, rgb))


def known_detection(rgb: UInt8Array, known: KnownHead) -> Detection:
    """A head whose outline is known, in `rgb` (height, width, 3), with a score of 1 and no acrosome.

    Raises ImageRefusedError where the outline encloses nothing of the image.
    """
    mask, corner = outline_mask(known.outline, (rgb.shape[0], rgb.shape[1]))
    if mask.size == 0 or cv2.contourArea(known.outline) <= 1:
        raise ImageRefusedError("The outline encloses nothing. Draw it around a head.")
    head = describe_mask(rgb, mask, corner)
    measured = measure_head(known.outline)
    head = replace(head, length=measured.length, width=measured.width)
    if known.place is not None and known.place.angle is not None:
        head = replace(head, angle=known.place.angle, oriented=True)
    return Detection(head, known.outline, None, 1.0, _is_cut(head, rgb))


def _is_cut(head: Head, rgb: UInt8Array) -> bool:
    """Whether the image's border cuts the head."""
    (x, y), (height, width) = head.corner, head.mask.shape
    return bool(min(x, y, rgb.shape[1] - x - width, rgb.shape[0] - y - height) < _BORDER)


def _acrosome(mapped: MappedHead, mask: BoolArray, corner: tuple[int, int], scale: float) -> BoolArray:
    """The acrosome on the image's pixels, in the shape of the head's mask."""
    step = scale / STRIDE
    x, y = ((corner[axis] + 0.5) * step - 0.5 - mapped.corner[axis] for axis in range(2))
    move = np.array([[step, 0, x], [0, step, y]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (mask.shape[1], mask.shape[0])
    share = cv2.warpAffine(_to_the_rim(mapped), move, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(share >= 0.5)


def _to_the_rim(mapped: MappedHead) -> FloatArray:
    """The acrosome's map with each pixel near or beyond the head's edge as the nearest one well inside: an acrosome
    reaches as far out as its head."""
    inner = cv2.erode((mapped.share >= 0.5).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if not inner.any():
        return mapped.acrosome
    outside: npt.NDArray[np.uint8] = (~inner).astype(np.uint8)
    _, nearest = cv2.distanceTransformWithLabels(outside, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    values = np.zeros(int(nearest.max()) + 1, np.float32)
    values[nearest[inner]] = mapped.acrosome[inner]
    return np.asarray(values[nearest], np.float32)


def _direction(
    axis: float, mask: BoolArray, acrosome: BoolArray, corner: tuple[int, int], centre: tuple[float, float]
) -> tuple[float, bool]:
    """The head's angle in degrees (-180 to 180), turned so that the acrosome is up, and whether that is known."""
    ys, xs = np.nonzero(acrosome)
    area = max(1, int(np.count_nonzero(mask)))
    turn = math.radians(axis)
    ahead = 0.0
    if len(xs):
        x, y = xs.mean() + corner[0] - centre[0], ys.mean() + corner[1] - centre[1]
        ahead = float(-x * math.sin(turn) - y * math.cos(turn)) / math.sqrt(area)
    angle = axis + 180 if ahead < 0 else axis
    known = _LEAST_SHARE < len(xs) / area < 1 - _LEAST_SHARE and abs(ahead) > _LEAST_SHARE
    return (angle + 180) % 360 - 180, known
