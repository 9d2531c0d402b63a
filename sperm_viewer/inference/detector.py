"""Finding the heads of a field (or crop) with the detector's network, on ONNX Runtime."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from statistics import median

import cv2
import numpy as np
import onnxruntime

from sperm_viewer.domain.arrays import FloatArray, UInt8Array
from sperm_viewer.domain.detection import Detection
from sperm_viewer.domain.errors import EngineError
from sperm_viewer.inference.detections import detections
from sperm_viewer.inference.detector_heads import MappedHead, group_heads
from sperm_viewer.inference.detector_maps import (
    CHANNELS,
    HEAD_LENGTH,
    MULTIPLE,
    STRIDE,
    DetectorMaps,
    mirrored_maps,
    network_input,
    split_maps,
)

HEAD_MICROMETRES = 4.6
"""Length of a usual stained head, which a known scale is turned into the working scale with."""
FIRST_SCALE = 0.5
"""Working px per image px that is tried first: right for heads of 80 px, as under oil in a field of 1280 x 1024 px."""
_OTHER_SCALES = (1.0, 0.25)
_GOOD_LENGTH = (0.68 * HEAD_LENGTH, 1.4 * HEAD_LENGTH)
"""Median lengths, in working px, at which no other scale is tried."""
_SURE = 0.4
"""Score of heads that decide on the scale."""
_TILE, _MARGIN = 640, 64
"""Working px: side of a tile, and how much of it on each side only gives context to what is kept."""


class Detector:
    """One session of ONNX Runtime with the detector, on `threads` threads; `name` goes into records."""

    def __init__(self, model: Path, least_score: float, threads: int = 2, name: str = "detector") -> None:
        self.name = name
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Waiting threads sleep: what else the computer does gets the time.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise EngineError(f"{model}: ONNX Runtime can't load this ({error}). Install the model again.") from error
        self._least_score = least_score

    def find(self, rgb: UInt8Array, micrometres: float | None = None) -> list[Detection]:
        """The heads in an image, uint8 RGB (height, width, 3), best first.

        `micrometres` is the side of a pixel where it is known; without it the scale is tried out.
        """
        if micrometres is not None:
            scale = HEAD_LENGTH / (HEAD_MICROMETRES / micrometres)
            return detections(rgb, self.mapped(rgb, scale), scale)
        scale, mapped = self._best_scale(rgb)
        return detections(rgb, mapped, scale)

    def _best_scale(self, rgb: UInt8Array) -> tuple[float, list[MappedHead]]:
        """The scale whose heads are of the size that the network sees best, and those heads."""
        tried = [(FIRST_SCALE, self.mapped(rgb, FIRST_SCALE))]
        if not any(head.score >= _SURE for head in tried[0][1]):
            tried += [(scale, self.mapped(rgb, scale)) for scale in _OTHER_SCALES]
        scale, heads = max(tried, key=lambda one: sum(head.score for head in one[1]))
        lengths = [head.length for head in heads if head.score >= _SURE]
        if lengths and not _GOOD_LENGTH[0] <= median(lengths) <= _GOOD_LENGTH[1]:
            better = min(2.0, max(0.05, scale * HEAD_LENGTH / median(lengths)))
            again = self.mapped(rgb, better)
            if sum(head.score for head in again) > 0.8 * sum(head.score for head in heads):
                return better, again
        return scale, heads

    def mapped(self, rgb: UInt8Array, scale: float) -> list[MappedHead]:
        """The heads at one scale (working px per image px), on the maps of the whole image."""
        return group_heads(self.maps(rgb, scale), self._least_score)

    def maps(self, rgb: UInt8Array, scale: float, tile: int = _TILE, shift: int = 0) -> DetectorMaps:
        """The maps of the whole image at a scale. They are put together from the middles of overlapping tiles before
        heads are looked for, so a tile's border can't cut or double one. `shift` moves the tiles' grid, in working px.
        """
        width, height = (max(MULTIPLE, round(side * scale)) for side in rgb.shape[1::-1])
        whole = np.zeros((CHANNELS, -(-height // STRIDE), -(-width // STRIDE)), np.float32)
        for top, bottom in _spans(height, tile, shift):
            for left, right in _spans(width, tile, shift):
                kept, corner = self._tile(rgb, scale, (left, top, right, bottom), (width, height))
                x, y = corner[0] // STRIDE, corner[1] // STRIDE
                part = whole[:, y : y + kept.shape[1], x : x + kept.shape[2]]
                part[...] = kept[:, : part.shape[1], : part.shape[2]]
        return split_maps(whole)

    def _tile(
        self, rgb: UInt8Array, scale: float, kept: tuple[int, int, int, int], size: tuple[int, int]
    ) -> tuple[FloatArray, tuple[int, int]]:
        """The maps of the working px `kept` (left, top, right, bottom), and their corner (x, y)."""
        left, top = max(kept[0] - _MARGIN, 0), max(kept[1] - _MARGIN, 0)
        right, bottom = min(kept[2] + _MARGIN, size[0]), min(kept[3] + _MARGIN, size[1])
        image = _scaled_part(rgb, scale, (left, top, right, bottom))
        below, beside = -image.shape[0] % MULTIPLE, -image.shape[1] % MULTIPLE
        padded = cv2.copyMakeBorder(image, 0, below, 0, beside, cv2.BORDER_REPLICATE).astype(np.uint8)
        answer = self._answer(network_input(padded))
        x, y = (kept[0] - left) // STRIDE, (kept[1] - top) // STRIDE
        across, down = -(-(kept[2] - kept[0]) // STRIDE), -(-(kept[3] - kept[1]) // STRIDE)
        return answer[:, y : y + down, x : x + across], (kept[0], kept[1])

    def _answer(self, image: FloatArray) -> FloatArray:
        """The mean of the answers to an image (3, height, width) and to its mirror image."""
        try:
            views = [
                self._session.run(["maps"], {"image": np.ascontiguousarray(v)[None]})[0][0]
                for v in (image, image[..., ::-1])
            ]
        except Exception as error:
            raise EngineError(f"ONNX Runtime failed on the detector ({error}). Score again.") from error
        return np.asarray(0.5 * (views[0] + mirrored_maps(views[1])), np.float32)


def _spans(size: int, tile: int, shift: int) -> list[tuple[int, int]]:
    """Cuts `size` px into spans that fit, with their margins, into a tile; whole if it fits as it is."""
    if size <= tile + _MARGIN and not shift:
        return [(0, size)]
    step = tile - 2 * _MARGIN
    first = shift // MULTIPLE * MULTIPLE
    cuts = [0, *range(first or step, size, step), size]
    return [(low, high) for low, high in pairwise(cuts) if high > low]


def _scaled_part(rgb: UInt8Array, scale: float, part: tuple[int, int, int, int]) -> UInt8Array:
    """The working px `part` (left, top, right, bottom) of an image, without scaling the rest of it."""
    left, top, right, bottom = part
    width, height = right - left, bottom - top
    source = [max(0, math.floor(v / scale) - 2) for v in (left, top)]
    end = [math.ceil(v / scale) + 2 for v in (right, bottom)]
    piece: UInt8Array = rgb[source[1] : end[1], source[0] : end[0]]
    if scale < 1:
        # Averaged first: sampling alone would let fine grain through as noise.
        piece = cv2.GaussianBlur(piece, (0, 0), 0.3 / scale).astype(np.uint8)
    shift_x, shift_y = (0.5 * scale - 0.5 + scale * at - corner for at, corner in zip(source, (left, top), strict=True))
    move = np.array([[scale, 0, shift_x], [0, scale, shift_y]])
    scaled = cv2.warpAffine(piece, move, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(scaled, np.uint8)
