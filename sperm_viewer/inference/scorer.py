"""Scores a crop: read it, find the head, run the views, make the heatmap, decide whether to refer it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sperm_viewer.domain.arrays import FloatArray, UInt8Array
from sperm_viewer.domain.cell import NON_SPERM, CellEvent, CellFailed, CellScored, Status
from sperm_viewer.domain.errors import CropRefusedError, ModelError
from sperm_viewer.domain.flags import FLAG_TEXT, Flag
from sperm_viewer.domain.image import CropRef
from sperm_viewer.domain.prediction import Forward, Prediction
from sperm_viewer.imaging.head import find_heads
from sperm_viewer.imaging.quality import quality_flags
from sperm_viewer.imaging.reading.read import decode, read_bytes
from sperm_viewer.imaging.regions import heat_shares
from sperm_viewer.inference.engine import Engine
from sperm_viewer.inference.gradcam import class_maps, merge, to_heatmap
from sperm_viewer.inference.model_folders import ModelFolder
from sperm_viewer.inference.model_spec import ModelSpec
from sperm_viewer.inference.out_of_distribution import ReferenceAppearance, appearance_of
from sperm_viewer.inference.preprocess import prepare
from sperm_viewer.inference.similarity import features_of

_ALWAYS_REFERRED = frozenset({Flag.SMALL, Flag.FIELD, Flag.OUT_OF_DISTRIBUTION, Flag.UNCERTAIN})


class Scorer:
    """A model on an engine. `score` may be called from several threads at once; each crop is one engine call, its
    views being the batch, so that its result never depends on its neighbours.
    """

    def __init__(
        self, model: ModelFolder, engine: Engine, class_weights: FloatArray, reference: ReferenceAppearance
    ) -> None:
        """`class_weights` (classes, channels) is the linear layer behind the pooled feature map."""
        self._spec = model.spec
        self._id = model.id
        self._engine = engine
        self._weights = class_weights
        self._reference = reference
        self._stack: tuple[Path, bytes, str] | None = None
        self._stack_lock = threading.Lock()

    def score(self, ref: CropRef) -> CellEvent:
        """The event of one crop; one that can't be read is failed. Raises EngineError if the engine fails."""
        sha256 = ""
        try:
            data, sha256 = self._file(ref)
            rgb, flags = decode(data, ref.page)
        except CropRefusedError as error:
            return CellFailed(ref, sha256, str(error))
        return self.score_pixels(ref, rgb, sha256, flags)

    def _file(self, ref: CropRef) -> tuple[bytes, str]:
        """A file's bytes and their sha256. The last multi-page file is kept, so that a stack is read once."""
        if ref.page is None:
            data = read_bytes(ref.path)
            return data, hashlib.sha256(data).hexdigest()
        with self._stack_lock:
            if self._stack is None or self._stack[0] != ref.path:
                data = read_bytes(ref.path)
                self._stack = (ref.path, data, hashlib.sha256(data).hexdigest())
            return self._stack[1:]

    def score_pixels(self, ref: CropRef, rgb: UInt8Array, sha256: str, flags: frozenset[Flag]) -> CellScored:
        """As `score`, for a crop that was read: `rgb` uint8 (height, width, 3)."""
        preprocessing = self._spec.preprocessing
        heads = find_heads(rgb)
        flags |= quality_flags(rgb, heads, preprocessing.window, self._spec.head_length)
        head = heads[0] if heads else None
        batch, transforms = prepare(rgb, head, preprocessing)
        look = appearance_of(batch, head, preprocessing)
        unfamiliar_in: tuple[str, ...] = ()
        # Written so that a distance that isn't a number counts as far.
        if not self._reference.distance(look) <= self._spec.unlike_above:
            flags |= {Flag.OUT_OF_DISTRIBUTION}
            unfamiliar_in = self._reference.unfamiliar_aspects(look)
        forward = self._engine.forward(batch)
        probabilities = softmax(forward.logits.mean(axis=0) / np.float32(self._spec.temperature))
        self._check_outputs(forward, probabilities)
        prediction = Prediction(self._id, self._spec.classes, tuple(float(p) for p in probabilities))
        maps = class_maps(forward.features, self._weights[int(np.argmax(probabilities))])
        merged = merge(maps, transforms, preprocessing.size, self._spec.feature_grid)
        heatmap = to_heatmap(merged, transforms[0], preprocessing.size)
        if not prediction.confidence >= self._spec.refer_below:
            flags |= {Flag.UNCERTAIN}
        reason = refer_reason(flags, self._spec, unfamiliar_in)
        status = Status.REFERRED if reason else Status.SCORED
        size = (rgb.shape[1], rgb.shape[0])
        sperm = prediction.first != NON_SPERM
        shares = heat_shares(heatmap, head, *rgb.shape[:2]) if sperm else None
        features = features_of(forward.features)
        angle = head.angle if head and head.oriented else None
        return CellScored(
            ref, sha256, size, prediction, heatmap, flags, status, reason, shares, features, unfamiliar_in, angle
        )

    def _check_outputs(self, forward: Forward, probabilities: FloatArray) -> None:
        """Raises ModelError for a network that gives no numbers, or not one for each class."""
        name, classes = self._id.name, len(self._spec.classes)
        if probabilities.shape != (classes,):
            raise ModelError(
                f"The model '{name}' gives {probabilities.size} outputs for its {classes} classes. Install it again."
            )
        if not (np.isfinite(probabilities).all() and np.isfinite(forward.features).all()):
            raise ModelError(f"The model '{name}' gives answers that are not numbers. Install it again.")


def refer_reason(flags: frozenset[Flag], spec: ModelSpec, unfamiliar_in: Sequence[str] = ()) -> str:
    """Why a person has to look at a cell with these flags, as sentences; empty if nobody has to.

    `unfamiliar_in` names the aspects in which the image differs from the training images.
    """
    deciding = _ALWAYS_REFERRED if spec.knows_non_sperm else _ALWAYS_REFERRED | {Flag.NO_HEAD}
    words = [FLAG_TEXT[flag] for flag in Flag if flag in flags & deciding]
    if unfamiliar_in:
        words.append(f"Different from the training data: {', '.join(unfamiliar_in)}.")
    return " ".join(words)


def softmax(logits: FloatArray) -> FloatArray:
    """Probabilities of logits (classes,), computed in float64 so that they add up to 1 to the last digit shown."""
    shifted = np.exp(logits.astype(np.float64) - float(logits.max()))
    return np.asarray(shifted / shifted.sum(), np.float32)
