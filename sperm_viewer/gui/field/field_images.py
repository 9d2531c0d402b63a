"""Reads whole images in the background, and keeps the last ones."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.gui.background.tasks import Tasks
from sperm_viewer.gui.widgets.qt_images import to_image
from sperm_viewer.imaging.recall import recall_image

_SMALLEST = 700
"""Copies are halved until the longer side is no longer than this (px)."""
_KEPT = 3

ImageKey = tuple[ImageRef, str]
"""Where an image is, and the sha256 of its file."""


@dataclass(frozen=True, slots=True)
class FieldImage:
    """`rgb` uint8 (height, width, 3), and copies for the screen: the whole image, then each half as large.

    Without an image, `problem` says why in words.
    """

    key: ImageKey
    rgb: UInt8Array | None
    copies: tuple[QImage, ...] = ()
    problem: str = ""


class FieldImages(QObject):
    loaded = Signal(object)
    """A `FieldImage`, the one asked for last."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = Tasks(1, self)
        self._kept: OrderedDict[ImageKey, FieldImage] = OrderedDict()
        self._wanted: ImageKey | None = None

    def load(self, cell: Cell) -> None:
        """Reads the image of a cell, or takes it from those that were kept."""
        key = self._wanted = image_key(cell)
        known = self._kept.get(key)
        if known:
            self._kept.move_to_end(key)
            self.loaded.emit(known)
            return
        self._tasks.start(partial(_read, cell, key), self._keep, partial(self._fail, key))

    def forget(self) -> None:
        self._wanted = None
        self._kept.clear()

    def close(self) -> None:
        self._tasks.close()

    def _keep(self, image: FieldImage) -> None:
        if image.rgb is not None:
            self._kept[image.key] = image
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        if image.key == self._wanted:
            self.loaded.emit(image)

    def _fail(self, key: ImageKey, error: Exception) -> None:
        self._keep(FieldImage(key, None, problem=f"The image can't be drawn ({error})."))


def image_key(cell: Cell) -> ImageKey:
    return cell.ref, cell.sha256


def _read(cell: Cell, key: ImageKey) -> FieldImage:
    try:
        rgb = recall_image(cell)
    except ImageRefusedError as error:
        return FieldImage(key, None, problem=str(error))
    copies, smaller = [to_image(rgb)], rgb
    while max(smaller.shape[:2]) > _SMALLEST:
        smaller = cv2.resize(smaller, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(np.uint8)
        copies.append(to_image(smaller))
    return FieldImage(key, rgb, tuple(copies))
