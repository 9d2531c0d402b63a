"""The pooled features of a laboratory's cells, by the backbone of a shipped model, and what their images look like."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import cv2
import numpy as np

from sperm_viewer.domain.arrays import FloatArray, UInt8Array
from sperm_viewer.domain.cell import Place
from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.domain.head import Head
from sperm_viewer.imaging.reading.read import decode, read_bytes
from sperm_viewer.inference.engine import Engine
from sperm_viewer.inference.fields import CellFinder
from sperm_viewer.inference.model_spec import Preprocessing
from sperm_viewer.inference.out_of_distribution import appearance_of
from sperm_viewer.inference.preprocess import prepare
from sperm_viewer.inference.seen_cell import SeenCell
from sperm_viewer.teaching.material import SiteCell

VIEWS = 8
"""Turned copies of each cell: twice as many as a shipped model has, since a site has few cells."""
_PRINT = 16


@dataclass(frozen=True, slots=True)
class FoundCell:
    """A cell that was read: `rgb` uint8 (height, width, 3), and its head if there is one. `sha256` is its file's."""

    cell: SiteCell
    rgb: UInt8Array
    head: Head | None
    sha256: str

    @property
    def content(self) -> str:
        """The same for every copy of this cell: the file's sha256, the page, and the place in a field."""
        return content_of(self.sha256, self.cell)


def content_of(sha256: str, cell: SiteCell) -> str:
    """What is the same for every copy of a cell: the file's sha256, the page, and the place in a field."""
    where = "" if cell.place is None else f"{cell.place.x:.0f},{cell.place.y:.0f}"
    return f"{sha256}:{cell.ref.page or 1}:{where}"


@dataclass(frozen=True, slots=True)
class SeenBySite:
    """What the backbone makes of N cells, in their order.

    `views` float32 (N, views, channels): pooled features of each turned copy. `looks` float32 (N, n): appearance.
    `prints` float32 (N, 256): unit vectors of small grey windows; near-duplicates have an inner product near 1.
    """

    views: FloatArray
    looks: FloatArray
    prints: FloatArray


def find_cells(cells: Sequence[SiteCell], head_length: float) -> Iterator[FoundCell | None]:
    """Each cell's crop and head, None where the image or the head in it can't be found any more.

    `head_length` is that of the backbone's training heads in px: the heads of fields are brought to it.
    """
    finder = CellFinder()
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        waiting = deque(pool.submit(_find, cell, finder, head_length) for cell in cells)
        try:
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _find(cell: SiteCell, finder: CellFinder, head_length: float) -> FoundCell | None:
    try:
        data = read_bytes(cell.ref.path)
        rgb, _ = decode(data, cell.ref.page)
    except ImageRefusedError:
        return None
    seen = _at(finder.find(rgb, head_length), cell.place)
    if seen is None:
        return None
    return FoundCell(cell, seen.rgb, seen.heads[0] if seen.heads else None, hashlib.sha256(data).hexdigest())


def _at(cells: Sequence[SeenCell], place: Place | None) -> SeenCell | None:
    """The cell at a place of a field, the middle of its box within a quarter of the box; the only one of a crop."""
    if place is None:
        return cells[0] if len(cells) == 1 else None

    def apart(seen: SeenCell) -> float:
        other = seen.place
        if other is None:
            return np.inf
        across = abs(other.x + other.width / 2 - place.x - place.width / 2) / place.width
        down = abs(other.y + other.height / 2 - place.y - place.height / 2) / place.height
        return float(max(across, down))

    nearest = min(cells, key=apart)
    return nearest if apart(nearest) < 0.25 else None


def site_preprocessing(backbone: Preprocessing, found: Sequence[FoundCell], head_length: float) -> Preprocessing:
    """The backbone's, with a window in which the site's heads look as long as those that the backbone learnt from."""
    lengths = [cell.head.length for cell in found if cell.head and cell.head.length > 0]
    scale = float(np.exp(np.mean(np.log(lengths)))) / head_length if lengths else 1.0
    return replace(backbone, window=round(backbone.window * scale, 1), views=VIEWS)


def see(found: Sequence[FoundCell], engine: Engine, preprocessing: Preprocessing) -> Iterator[SeenBySite]:
    """What the backbone makes of each cell, one by one, in order."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        waiting = deque(pool.submit(_see, cell, engine, preprocessing) for cell in found)
        try:
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _see(found: FoundCell, engine: Engine, preprocessing: Preprocessing) -> SeenBySite:
    batch, _ = prepare(found.rgb, found.head, preprocessing)
    pooled = engine.forward(batch).features.mean(axis=(2, 3))
    look = appearance_of(batch, found.head, preprocessing)
    return SeenBySite(pooled[None], look[None], _print(batch)[None])


def prints(found: Sequence[FoundCell], preprocessing: Preprocessing) -> FloatArray:
    """The prints (N, 256) of cells, without the backbone."""
    one_view = replace(preprocessing, views=1)
    return np.stack([_print(prepare(one.rgb, one.head, one_view)[0]) for one in found])


def _print(batch: FloatArray) -> FloatArray:
    """Of the first view of a batch (views, 3, size, size)."""
    grey = cv2.resize(batch[0].mean(axis=0), (_PRINT, _PRINT), interpolation=cv2.INTER_AREA).ravel()
    centred = grey - grey.mean()
    return np.asarray(centred / max(float(np.linalg.norm(centred)), 1e-9), np.float32)


def together(seen: Sequence[SeenBySite]) -> SeenBySite:
    """Several as one. Raises ValueError where there are none."""
    return SeenBySite(
        np.concatenate([one.views for one in seen]),
        np.concatenate([one.looks for one in seen]),
        np.concatenate([one.prints for one in seen]),
    )
