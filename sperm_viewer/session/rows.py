"""Conversions between values and the columns of a session file, and filters and orders as SQL."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import asdict, astuple, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from sperm_viewer.domain.anomalies import Anomaly
from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.domain.cell import Cell, CellEvent, CellScored, Place, Status
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.morphometry import Morphometry
from sperm_viewer.domain.prediction import Heatmap, HeatShares, ModelId, Prediction
from sperm_viewer.domain.sample import Sample, SampleDetails, Slide, SlideDetails
from sperm_viewer.domain.verdict import How, Verdict, Why
from sperm_viewer.session.decoding import decoder, texts


class Order(StrEnum):
    """What cells can be sorted by."""

    NATURAL = "natural"
    SAMPLE = "sample"
    SLIDE = "slide"
    FILE = "file"
    CLASS = "class"
    CONFIDENCE = "confidence"
    FLAGS = "flags"
    STATUS = "status"
    VERDICT = "verdict"
    ANOMALIES = "anomalies"
    READER = "reader"


# Two names may have the same sort key: the ids keep the cells of a slide together.
SLIDE_COLUMNS = ("samples.sort_key", "samples.id", "slides.sort_key", "slides.id")
NATURAL_COLUMNS = (*SLIDE_COLUMNS, "images.sort_key", "images.page", "cells.number")
ORDER_COLUMNS = {
    Order.NATURAL: (),
    Order.SAMPLE: ("samples.sort_key", "samples.id"),
    Order.SLIDE: ("slides.sort_key", "slides.id"),
    Order.FILE: ("images.sort_key", "images.page", "cells.number"),
    Order.CLASS: ("counted.class",),
    Order.CONFIDENCE: ("counted.confidence",),
    Order.FLAGS: ("counted.flags",),
    Order.STATUS: ("counted.status", "counted.reason"),
    Order.VERDICT: ("counted.verdict",),
    Order.ANOMALIES: ("(SELECT anomalies FROM verdicts WHERE verdicts.id = counted.verdict_id)",),
    Order.READER: ("counted.reader",),
}


RESULT_BLOBS = ("heat", "features")
RESULT_COLUMNS = (
    "cell_id",
    "model_id",
    "slide_id",
    "sha256",
    "status",
    "class",
    "confidence",
    "probabilities",
    "flags",
    "reason",
    "app_version",
    "heat_acrosome",
    "heat_postacrosome",
    "heat_neck",
    "heat_outside",
    "unfamiliar_in",
    *RESULT_BLOBS,
)
PLACE_COLUMNS = (
    *("x", "y", "width", "height", "angle"),
    *("head_length", "head_width", "area", "perimeter", "symmetry", "acrosome_share"),
)
WITH_HEAD = "NOT (coalesce(images.is_field, 0) AND cells.x IS NULL)"
"""The row of a field without a head is left out."""
STORED_COLUMNS = (*PLACE_COLUMNS, "outline")
"""What is stored of a cell besides its image and number."""
_HEATMAP_HEADER = struct.Struct("<HH2d6d")
_FINE = 16
"""Steps per pixel to which an outline is stored."""


@dataclass(frozen=True, slots=True)
class CellFilter:
    """Which cells to show; None, False and the empty text exclude nothing.

    `sample` and `slide` are ids. `flagged`: with at least one flag; `disagree`: the reader's class
    differs from the model's first choice. `how` is how the first reader's class was given. `waiting`: referred or
    uncertain, without a verdict, and not a field without a head, which takes none.
    """

    slide: int | None = None
    first: str | None = None
    status: Status | None = None
    flag: Flag | None = None
    flagged: bool = False
    text: str = ""
    final: str | None = None
    reviewed: bool | None = None
    disagree: bool = False
    reader: str | None = None
    sample: int | None = None
    how: How | None = None
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class SessionModel:
    """A model that a session has results of."""

    id: ModelId
    classes: tuple[str, ...]
    normal_class: str


@dataclass(frozen=True, slots=True)
class SlideCounts:
    """The progress of a slide with the model in use; `classes` counts the first choices of scored cells, by class.

    `sample` is the identifier of its sample. `crops` are all of its images, `done` those with a result. The other
    counts are of cells: by status, flagged ones, and those to which the first reader gave a class. `to_read` are the
    referred ones without a verdict; the row of a field without a head is not among them. `sperm` are the counted cells
    with a head that are no non-sperm: by the verdict, else by the model's first choice, referred or not.
    """

    id: int
    sample_id: int
    sample: str
    name: str
    folder: Path
    crops: int
    done: int
    scored: int
    referred: int
    not_counted: int
    failed: int
    flagged: int
    classes: dict[str, int]
    reviewed: int = 0
    to_read: int = 0
    sperm: int = 0

    @property
    def cells(self) -> int:
        return self.scored + self.referred + self.not_counted + self.failed

    @property
    def expected(self) -> int:
        """The cells, and one for each image without a result."""
        return self.cells + self.crops - self.done


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogatepass")


def image_ref(slide: str, folder: str, file: str, page: int) -> ImageRef:
    return ImageRef(slide, Path(folder) / file, page or None)


def heatmap_bytes(heatmap: Heatmap) -> bytes:
    """Shape, floor, peak and placement, then the grid."""
    height, width = heatmap.grid.shape
    header = _HEATMAP_HEADER.pack(height, width, heatmap.floor, heatmap.peak, *heatmap.placement.ravel())
    return header + heatmap.grid.tobytes()


@decoder
def to_heatmap(blob: bytes) -> Heatmap:
    height, width, floor, peak, *placement = _HEATMAP_HEADER.unpack_from(blob)
    grid = np.frombuffer(blob, np.uint8, height * width, _HEATMAP_HEADER.size).reshape(height, width)
    return Heatmap(grid, floor, peak, np.array(placement).reshape(2, 3))


def place_row(event: CellEvent) -> tuple[float | str | None, ...]:
    """The columns `STORED_COLUMNS` of a cell."""
    if not isinstance(event, CellScored) or event.place is None:
        return (None,) * len(STORED_COLUMNS)
    measured = astuple(event.morphometry) if event.morphometry else (None,) * (len(PLACE_COLUMNS) - 5)
    outline = None if event.outline is None else outline_text(event.outline, event.place)
    return (*astuple(event.place), *measured, outline)


def outline_text(outline: FloatArray, place: Place) -> str:
    """An outline (n, 2) in px, as sixteenths of a pixel from the corner of the head's box: int16 in base64."""
    steps = np.round((outline - np.array([place.x, place.y], np.float32)) * _FINE)
    return base64.b64encode(steps.astype("<i2").tobytes()).decode("ascii")


def to_outline(text: str, place: Place) -> FloatArray:
    """The outline, float32 (n, 2) of x, y in px of the image."""
    steps = np.frombuffer(base64.b64decode(text), "<i2").reshape(-1, 2)
    return (steps / np.float32(_FINE) + np.array([place.x, place.y], np.float32)).astype(np.float32)


def blob_hash(blob: bytes | None) -> str | None:
    return None if blob is None else hashlib.sha256(blob).hexdigest()


def result_blobs(event: CellEvent) -> dict[str, bytes | None]:
    """The heatmap and the features as bytes; None for a failed cell, or if there are none."""
    if not isinstance(event, CellScored):
        return {"heat": None, "features": None}
    features = None if event.features is None else event.features.astype("<f2").tobytes()
    return {"heat": heatmap_bytes(event.heatmap), "features": features}


def result_body(event: CellEvent, blobs: Mapping[str, bytes | None]) -> dict[str, Any]:
    """A result in the audit trail: the columns of its row, with the hashes of the blobs in their place."""
    body: dict[str, Any] = dict.fromkeys(RESULT_COLUMNS) | {name: blob_hash(blob) for name, blob in blobs.items()}
    body |= {"sha256": event.sha256, "reason": event.reason, "class": "", "probabilities": "", "flags": ""}
    body |= {"status": str(Status.FAILED), "unfamiliar_in": "[]"}
    if isinstance(event, CellScored):
        prediction = event.prediction
        body |= {
            "status": str(event.status),
            "class": prediction.first,
            "confidence": prediction.confidence,
            "probabilities": json.dumps(prediction.probabilities),
            "flags": " ".join(sorted(event.flags)),
            "unfamiliar_in": json.dumps(event.unfamiliar_in),
        }
        if event.shares:
            body |= {f"heat_{part}": share for part, share in asdict(event.shares).items()}
    return body


@decoder
def to_model(name: str, sha256: str, classes: str, normal_class: str) -> SessionModel:
    found = tuple(json.loads(classes))
    if normal_class not in found or not all(isinstance(one, str) for one in found):
        raise ValueError(f"the classes {classes[:80]}")
    return SessionModel(ModelId(name, sha256), found, normal_class)


@decoder
def to_slide(number: int, name: str, folder: str, *details: Any) -> Slide:
    found = SlideDetails(*details)
    texts(name, folder, *(value for value in details if value is not found.um_per_px))
    if not isinstance(found.um_per_px, float | int | None):
        raise TypeError(f"{found.um_per_px!r:.80} in the place of a number")
    return Slide(number, name, Path(folder), found)


@decoder
def to_sample(number: int, slides: tuple[Slide, ...], identifier: str, *details: Any) -> Sample:
    texts(identifier, *details)
    return Sample(number, identifier, slides, SampleDetails(*details))


@decoder
def to_cell(row: tuple[Any, ...], model: SessionModel) -> Cell:
    cell, sample, slide_id, slide, folder, file, page, sha256, width, height = row[:10]
    number, is_field, place, measured = row[10], row[11], row[12:17], row[17:23]
    outline, status, probabilities, flags, reason, version = row[23:29]
    shares, verdict, second = row[29:33], row[33:40], row[40:47]
    return Cell(
        id=cell,
        sample=sample,
        slide=slide_id,
        place=None if place[0] is None else Place(*place),
        ref=image_ref(slide, folder, file, page),
        sha256=sha256,
        size=None if width is None else (width, height),
        status=Status(status),
        prediction=_prediction(probabilities, model) if probabilities else None,
        flags=frozenset(Flag(flag) for flag in flags.split()),
        reason=reason,
        shares=HeatShares(*shares) if shares[0] is not None else None,
        verdict=_verdict(*verdict),
        app_version=version,
        second=_verdict(*second),
        number=number,
        in_field=bool(is_field),
        morphometry=None if measured[0] is None else Morphometry(*measured),
        outline=outline or "",
        normal_class=model.normal_class,
        outlined_by=row[47],
    )


def _prediction(probabilities: str, model: SessionModel) -> Prediction:
    found = tuple(json.loads(probabilities))
    if len(found) != len(model.classes) or not all(0 <= one <= 1 for one in found):
        raise ValueError(f"the probabilities {probabilities[:80]}")
    return Prediction(model.id, model.classes, found)


@decoder
def _verdict(
    class_name: str | None, reader: str, at: str, note: str, anomalies: str | None, how: str, why: str
) -> Verdict | None:
    if class_name is None:
        return None
    texts(class_name, reader, at, note)
    return Verdict(class_name, reader, at, note, to_anomalies(anomalies), How(how), Why(why))


@decoder
def to_anomalies(text: str | None) -> frozenset[str] | None:
    return None if text is None else frozenset(str(Anomaly(word)) for word in text.split())


def conditions(where: CellFilter) -> Iterator[tuple[str, Any]]:
    """SQL conditions on the view `counted` joined with `slides` and `images`, each with its one value."""
    if where.sample is not None:
        yield "slides.sample_id = ?", where.sample
    if where.slide is not None:
        yield "slides.id = ?", where.slide
    if where.first is not None:
        yield "counted.class = ?", where.first
    if where.status is not None:
        yield "counted.status = ?", str(where.status)
    if where.flag is not None:
        yield "' ' || counted.flags || ' ' LIKE ?", f"% {where.flag} %"
    if where.flagged:
        yield "counted.flags <> ?", ""
    if where.final is not None:
        yield "counted.final_class = ?", where.final
    if where.reviewed is not None:
        yield "(counted.verdict <> '') = ?", where.reviewed
    if where.disagree:
        yield "counted.verdict NOT IN (?, counted.class) AND counted.status <> 'not-counted'", ""
    if where.reader is not None:
        yield "counted.verdict <> '' AND counted.reader = ?", where.reader
    if where.how is not None:
        yield "counted.how = ?", str(where.how)
    if where.waiting:
        doubtful = f"counted.status = ? OR ' ' || counted.flags || ' ' LIKE '% {Flag.UNCERTAIN} %'"
        yield f"({doubtful}) AND counted.verdict = '' AND {WITH_HEAD}", str(Status.REFERRED)
    if where.text:
        yield "instr(images.folded, CAST(? AS TEXT)) > 0", encoded(where.text.casefold())
