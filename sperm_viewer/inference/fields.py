"""Whether an image is a field or a crop, decided from what is in it, and the cells that follow."""

from __future__ import annotations

import threading
from statistics import median

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.image import ImageKind
from sperm_viewer.inference.detector_folder import HeadFinder, open_finder
from sperm_viewer.inference.seen_cell import SeenCell, crop_cell, empty_field, field_cells

_LEAST_SIDE = 320
"""No image is a field whose longer side is shorter (px): the largest crops of our data sets have 264."""
_LENGTHS = 6.0
"""A field's longer side is at least so many head lengths; crops of our data sets have at most 5."""


class CellFinder:
    """Finds the cells of images. The detector is opened for the first image that may be a field; any thread may ask."""

    def __init__(self) -> None:
        self._finder: HeadFinder | None = None
        self._lock = threading.Lock()

    def find(self, rgb: UInt8Array, head_length: float, kind: ImageKind | None = None) -> list[SeenCell]:
        """The cells of an image, uint8 RGB (height, width, 3), one at least.

        `head_length` is that of the model's training heads in px. Without `kind` the content decides what the image
        is. Raises ModelError if the detector was altered, EngineError if it fails.
        """
        if kind is ImageKind.CROP or (kind is None and max(rgb.shape[:2]) < _LEAST_SIDE):
            return [crop_cell(rgb)]
        if kind is ImageKind.FIELD:
            heads = self._detector().find(rgb)
            return field_cells(rgb, heads, head_length) if heads else [empty_field(rgb)]
        found = self._detector().find(rgb)
        lengths = [one.head.length for one in found]
        if not lengths:
            # Neither has a large image without a head to be a field: the head of a crop may fill it.
            crop = crop_cell(rgb)
            lengths = [head.length for head in crop.heads[:1]]
            return [crop] if lengths and not _spacious(rgb, lengths) else [empty_field(rgb)]
        return field_cells(rgb, found, head_length) if _spacious(rgb, lengths) else [crop_cell(rgb)]

    def _detector(self) -> HeadFinder:
        with self._lock:
            if self._finder is None:
                # One thread each: images are looked at side by side.
                self._finder = open_finder(threads=1)
            return self._finder


def _spacious(rgb: UInt8Array, lengths: list[float]) -> bool:
    """Whether an image is much larger than its heads."""
    return bool(max(rgb.shape[:2]) >= _LENGTHS * median(lengths))
