"""Scores an image: read it, find its heads, run their views, make their heatmaps, decide whether to refer them."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sperm_viewer.domain.arrays import FloatArray, UInt8Array
from sperm_viewer.domain.cell import NON_SPERM, CellEvent, CellFailed, CellScored, Status
from sperm_viewer.domain.detection import NO_HINTS, ImageHints
from sperm_viewer.domain.errors import ImageRefusedError, ModelError
from sperm_viewer.domain.flags import FLAG_TEXT, Flag
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.prediction import Forward, Prediction
from sperm_viewer.imaging.quality import quality_flags
from sperm_viewer.imaging.reading.large import LargeTurn
from sperm_viewer.imaging.reading.read import decode, read_bytes
from sperm_viewer.imaging.regions import heat_shares
from sperm_viewer.inference.engine import Engine
from sperm_viewer.inference.fields import CellFinder
from sperm_viewer.inference.gradcam import class_maps, merge, to_heatmap
from sperm_viewer.inference.model_folders import ModelFolder
from sperm_viewer.inference.out_of_distribution import ReferenceAppearance, appearance_of
from sperm_viewer.inference.preprocess import prepare
from sperm_viewer.inference.seen_cell import SeenCell, crop_cell, known_cells, on_crop
from sperm_viewer.inference.similarity import features_of

_REFERRED = frozenset({Flag.SMALL, Flag.NO_HEAD, Flag.OUT_OF_DISTRIBUTION, Flag.UNCERTAIN})


class Scorer:
    """A model on an engine. `score` may be called from several threads at once; each cell is one engine call, its
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
        self._cells = CellFinder()
        self._stack: tuple[Path, bytes, str] | None = None
        self._stack_lock = threading.Lock()

    def score(
        self, ref: ImageRef, hints: ImageHints = NO_HINTS, working: Callable[[int], None] | None = None
    ) -> tuple[CellEvent, ...]:
        """The events of an image's cells: one for a crop, one for each head of a field; one that can't be read failed.

        Of a field whose heads are known, those of the wanted heads. `working` is given the image's pixels when they are
        known, and again after each cell. Raises EngineError if the engine fails.
        """
        sha256 = ""
        with LargeTurn(working) as turn:
            try:
                data, sha256 = self._file(ref, turn)
                rgb, flags = decode(data, ref.page, turn)
                del data
                return self.score_image(ref, rgb, sha256, flags, hints, working)
            except ImageRefusedError as error:
                return (CellFailed(ref, sha256, str(error)),)

    def _file(self, ref: ImageRef, turn: LargeTurn) -> tuple[bytes, str]:
        """A file's bytes and their sha256. The last multi-page file is kept, so that a stack is read once."""
        if ref.page is None:
            data = read_bytes(ref.path, turn)
            return data, hashlib.sha256(data).hexdigest()
        with self._stack_lock:
            if self._stack is None or self._stack[0] != ref.path:
                data = read_bytes(ref.path)
                self._stack = (ref.path, data, hashlib.sha256(data).hexdigest())
            return self._stack[1:]

    def score_image(
        self,
        ref: ImageRef,
        rgb: UInt8Array,
        sha256: str,
        flags: frozenset[Flag],
        hints: ImageHints = NO_HINTS,
        working: Callable[[int], None] | None = None,
    ) -> tuple[CellScored, ...]:
        """As `score`, for an image that was read: `rgb` uint8 (height, width, 3)."""
        image = _Image(ref, sha256, (rgb.shape[1], rgb.shape[0]), flags)
        length, known = self._reference.head_length, hints.heads
        events = []
        for seen in known_cells(rgb, known, length) if known else self._cells.find(rgb, length, hints.kind):
            events.append(self._score_cell(image, seen))
            if working:
                working(rgb.shape[0] * rgb.shape[1])
        return tuple(events)

    def score_pixels(self, ref: ImageRef, rgb: UInt8Array, sha256: str, flags: frozenset[Flag]) -> CellScored:
        """The event of an image that is a crop, whatever it looks like: `rgb` uint8 (height, width, 3)."""
        return self._score_cell(_Image(ref, sha256, (rgb.shape[1], rgb.shape[0]), flags), crop_cell(rgb))

    def _score_cell(self, image: _Image, seen: SeenCell) -> CellScored:
        preprocessing, rgb = self._spec.preprocessing, seen.rgb
        flags = image.flags | quality_flags(rgb, seen.heads, preprocessing.window, self._spec.head_length)
        head = seen.heads[0] if seen.heads else None
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
        if not np.isfinite(merged).all():
            raise ModelError(f"The model '{self._id.name}' gives a heatmap that is not of numbers. Install it again.")
        heatmap = to_heatmap(merged, transforms[0], preprocessing.size)
        if not prediction.confidence >= self._spec.refer_below:
            flags |= {Flag.UNCERTAIN}
        sperm = prediction.first != NON_SPERM
        shares = heat_shares(heatmap, head, *rgb.shape[:2]) if sperm else None
        status, reason = _decided(flags, unfamiliar_in, cut_in_field=seen.cut)
        return CellScored(
            *(image.ref, image.sha256, image.size, prediction, on_crop(heatmap, seen)),
            *(flags | {Flag.CUT} if seen.cut else flags, status, reason, shares, features_of(forward.features)),
            *(unfamiliar_in, seen.place, seen.morphometry, seen.in_field, seen.outline),
        )

    def _check_outputs(self, forward: Forward, probabilities: FloatArray) -> None:
        """Raises ModelError for a network that gives no numbers, or not one for each class."""
        name, classes = self._id.name, len(self._spec.classes)
        if probabilities.shape != (classes,):
            raise ModelError(
                f"The model '{name}' gives {probabilities.size} outputs for its {classes} classes. Install it again."
            )
        if forward.features.ndim != 4 or forward.features.shape[1] != self._weights.shape[1]:
            raise ModelError(f"The model '{name}' gives a feature map that its weights don't fit. Install it again.")
        if not (np.isfinite(probabilities).all() and np.isfinite(forward.features).all()):
            raise ModelError(f"The model '{name}' gives answers that are not numbers. Install it again.")


@dataclass(frozen=True, slots=True)
class _Image:
    ref: ImageRef
    sha256: str
    size: tuple[int, int]
    flags: frozenset[Flag]


def _decided(flags: frozenset[Flag], unfamiliar_in: Sequence[str], *, cut_in_field: bool) -> tuple[Status, str]:
    """The status of a cell, and why a person has to look at it, or why it isn't counted."""
    if cut_in_field:
        return Status.NOT_COUNTED, "The border of the field cuts this head, so the cell is not counted."
    reason = refer_reason(flags, unfamiliar_in)
    return (Status.REFERRED if reason else Status.SCORED), reason


def refer_reason(flags: frozenset[Flag], unfamiliar_in: Sequence[str] = ()) -> str:
    """Why a person has to look at a cell with these flags, as sentences; empty if nobody has to.

    `unfamiliar_in` names the aspects in which the image differs from the training images.
    """
    words = [FLAG_TEXT[flag] for flag in Flag if flag in flags & _REFERRED]
    if unfamiliar_in:
        words.append(f"Different from the training data: {', '.join(unfamiliar_in)}.")
    return " ".join(words)


def softmax(logits: FloatArray) -> FloatArray:
    """Probabilities of logits (classes,), computed in float64 so that they add up to 1 to the last digit shown."""
    shifted = np.exp(logits.astype(np.float64) - float(logits.max()))
    return np.asarray(shifted / shifted.sum(), np.float32)
