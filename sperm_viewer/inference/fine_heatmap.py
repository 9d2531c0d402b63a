"""A finer heatmap of one cell: the one of its scoring, sharpened by where the evidence for the class lies.

The evidence is integrated gradients (Sundararajan et al. 2017, arXiv:1703.01365) along the way from the blurred window
to the window, so that only what blurring hides can be hot. What is shared out among the pixels is the class's log-odds,
its logit against all the others together. Alone it is as fine as the pixels, but specked; the map of the scoring says
which of it to believe.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import cv2
import numpy as np

from sperm_viewer.domain.arrays import Affine, FloatArray, UInt8Array
from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.imaging.overlay import is_flat
from sperm_viewer.inference.gradcam import merge, to_heatmap
from sperm_viewer.inference.model_folders import GRADIENT_FILE, ONNX_FILE, ModelFolder
from sperm_viewer.inference.model_spec import FeatureGrid, Preprocessing
from sperm_viewer.inference.onnx_engine import OnnxGradient
from sperm_viewer.inference.preprocess import prepare_views, turned_views
from sperm_viewer.inference.seen_cell import at_scale, scale_of, window_of

_PARTS = (0.25, 0.75)
"""How far along the way the gradient is taken: in the middle of each half."""
_BLUR = 0.1
"""Sigma of the blurred window, as a share of the window."""
_FINE, _BROAD = 1.5 / 112, 6 / 112
"""Sigmas by which the evidence is smoothed, as shares of the window: how it falls on neighbouring pixels is chance."""
_SHARE_OF_BROAD, _FAINT = 0.5, 0.03
"""How much heat broad evidence gives beside fine one, and how much is left where there is no evidence."""
_PIXELS = FeatureGrid(0.0, 1.0)
_KEPT = 500


class Gradient(Protocol):
    """The gradient of class `best`'s log-odds by a batch, float32 (views, 3, size, size), in the same shape."""

    def __call__(self, batch: FloatArray, best: int) -> FloatArray: ...


def evidence(
    gradient: Gradient, batch: FloatArray, transforms: Sequence[Affine], best: int, preprocessing: Preprocessing
) -> FloatArray:
    """What speaks for class `best` at each pixel of the first view's window, or against it, float32 (size, size).

    `batch` and `transforms` are what `prepare` gives; the views' maps are averaged, each turned back.
    """
    size = preprocessing.size
    blurred = [cv2.GaussianBlur(view, (0, 0), _BLUR * size) for view in batch.transpose(0, 2, 3, 1)]
    start = np.ascontiguousarray(np.stack(blurred).transpose(0, 3, 1, 2))
    way = batch - start
    mean = np.mean([gradient(start + np.float32(part) * way, best) for part in _PARTS], axis=0)
    maps = np.asarray((mean * way).sum(axis=1), np.float32)
    return merge(maps, transforms, size, _PIXELS, finer=1)


def sharpen(coarse: FloatArray, found: FloatArray) -> FloatArray:
    """The map of the scoring, brought to the size of the evidence `found`, hot where both are and never hotter."""
    height, width = found.shape
    enlarged = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    share = _smoothed(found, _FINE) + _SHARE_OF_BROAD * _smoothed(found, _BROAD) + _FAINT
    return np.asarray(enlarged * share / (1 + _SHARE_OF_BROAD + _FAINT), np.float32)


def _smoothed(found: FloatArray, sigma: float) -> FloatArray:
    """What speaks for the class, 1 where most does; all 0 where nothing does."""
    smooth = np.maximum(cv2.GaussianBlur(found, (0, 0), sigma * len(found)), 0)
    return np.asarray(smooth / max(float(smooth.max()), np.finfo(np.float32).tiny), np.float32)


class FineHeatmaps:
    """The fine heatmaps of a model, each worked out once; the last five hundred are kept.

    On the CPU, on its caller's thread; `of` may be called from several threads at once.
    """

    def __init__(self, model: ModelFolder) -> None:
        """Raises ModelError for altered or missing files, EngineError if ONNX Runtime can't load them."""
        model.verify(GRADIENT_FILE, ONNX_FILE)
        self.model = model.id
        self._spec = model.spec
        self._gradient = OnnxGradient(model.path / GRADIENT_FILE)
        self._done: OrderedDict[tuple[str, int | None, int], Heatmap] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, cell: Cell, coarse: Heatmap, rgb: UInt8Array) -> Heatmap:
        """The map for the class that was predicted, in the place and on the scale of `coarse`, the one of the scoring.

        `rgb` is the cell's crop, uint8 (height, width, 3). A flat map stays as it is. Raises ValueError for a cell that
        has no prediction, EngineError where ONNX Runtime fails.
        """
        if cell.prediction is None:
            raise ValueError(f"cell {cell.id} has no prediction")
        if is_flat(coarse):
            return coarse
        done = self.kept(cell)
        if done:
            return done
        heatmap = self._make(coarse, rgb, self._spec.classes.index(cell.prediction.first))
        with self._lock:
            self._done[_key(cell)] = heatmap
            if len(self._done) > _KEPT:
                self._done.popitem(last=False)
        return heatmap

    def kept(self, cell: Cell) -> Heatmap | None:
        """The map of a cell that has been worked out; None for another one."""
        key = _key(cell)
        with self._lock:
            if key not in self._done:
                return None
            self._done.move_to_end(key)
            return self._done[key]

    def _make(self, coarse: Heatmap, rgb: UInt8Array, best: int) -> Heatmap:
        preprocessing = self._spec.preprocessing
        # The very windows of the scoring: where it was sure of the head, and at its scale.
        scale = scale_of(coarse, preprocessing.window)
        first = window_of(coarse, scale, preprocessing.size)
        transforms = turned_views(first, preprocessing)
        batch = prepare_views(at_scale(rgb, scale), transforms, preprocessing)
        step = np.float32((coarse.peak - coarse.floor) / 255)
        values = np.float32(coarse.floor) + step * coarse.grid.astype(np.float32)
        found = evidence(self._gradient, batch, transforms, best, preprocessing)
        sharp = sharpen(values, found)
        # Specks would outshine all else; the root keeps their order and the peak, and shows what lies around them.
        return replace(to_heatmap(np.sqrt(sharp * sharp.max()), first, preprocessing.size), placement=coarse.placement)


def _key(cell: Cell) -> tuple[str, int | None, int]:
    return cell.sha256, cell.ref.page, cell.number
