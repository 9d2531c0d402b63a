"""What goes into a session file and comes out of it: names, events and cells as columns, filters and orders as SQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sperm_viewer.core import heat_blob
from sperm_viewer.core.types import (
    Cell,
    CellEvent,
    CellScored,
    CropRef,
    Flag,
    HeatShares,
    ModelId,
    Prediction,
    Status,
    Verdict,
)


class Order(StrEnum):
    """What cells can be sorted by."""

    NATURAL = "natural"
    SLIDE = "slide"
    FILE = "file"
    CLASS = "class"
    CONFIDENCE = "confidence"
    FLAGS = "flags"
    STATUS = "status"


NATURAL_COLUMNS = ("slides.sort_key", "crops.sort_key", "crops.page")
ORDER_COLUMNS = {
    Order.NATURAL: (),
    Order.SLIDE: ("slides.sort_key",),
    Order.FILE: ("crops.sort_key", "crops.page"),
    Order.CLASS: ("results.class",),
    Order.CONFIDENCE: ("results.confidence",),
    Order.FLAGS: ("results.flags",),
    Order.STATUS: ("results.status", "results.reason"),
}


@dataclass(frozen=True, slots=True)
class CellFilter:
    """Which cells to show; None, False and the empty text let everything through. `flagged`: with any flag at all."""

    slide: str | None = None
    first: str | None = None
    status: Status | None = None
    flag: Flag | None = None
    flagged: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class SessionModel:
    """A model that a session has results of."""

    id: ModelId
    classes: tuple[str, ...]
    normal_class: str


@dataclass(frozen=True, slots=True)
class SlideCounts:
    """How far a slide is, for the model in use; `classes` counts the first choices of scored cells, by class."""

    name: str
    folder: Path
    crops: int
    scored: int
    referred: int
    failed: int
    flagged: int
    classes: dict[str, int]

    @property
    def done(self) -> int:
        return self.scored + self.referred + self.failed


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogatepass")


def crop_ref(slide: str, folder: str, file: str, page: int) -> CropRef:
    return CropRef(slide, Path(folder) / file, page or None)


def to_columns(event: CellEvent) -> tuple[Any, ...]:
    """sha256, width, height, status, class, confidence, probabilities, flags, reason, heat."""
    if isinstance(event, CellScored):
        prediction = event.prediction
        return (
            event.sha256,
            *event.size,
            str(event.status),
            prediction.first,
            prediction.confidence,
            json.dumps(prediction.probabilities),
            " ".join(sorted(event.flags)),
            event.reason,
            heat_blob.pack(event.heatmap),
        )
    return (event.sha256, None, None, str(Status.FAILED), "", None, "", "", event.reason, None)


def share_columns(event: CellEvent) -> tuple[float | None, ...]:
    """The four shares of the heat."""
    known = isinstance(event, CellScored) and event.shares
    return astuple(known) if known else (None,) * 4


def to_cell(row: tuple[Any, ...], model: SessionModel) -> Cell:
    cell, slide, folder, file, page, sha256, width, height, status, probabilities, flags, reason, version = row[:13]
    shares, verdict = row[13:17], row[17:]
    return Cell(
        id=cell,
        ref=crop_ref(slide, folder, file, page),
        sha256=sha256,
        size=None if width is None else (width, height),
        status=Status(status),
        prediction=Prediction(model.id, model.classes, tuple(json.loads(probabilities))) if probabilities else None,
        flags=frozenset(Flag(flag) for flag in flags.split()),
        reason=reason,
        shares=HeatShares(*shares) if shares[0] is not None else None,
        verdict=Verdict(*verdict) if verdict[0] is not None else None,
        app_version=version,
    )


def conditions(where: CellFilter) -> Iterator[tuple[str, Any]]:
    if where.slide is not None:
        yield "slides.name = CAST(? AS TEXT)", encoded(where.slide)
    if where.first is not None:
        yield "results.class = ?", where.first
    if where.status is not None:
        yield "results.status = ?", str(where.status)
    if where.flag is not None:
        yield "' ' || results.flags || ' ' LIKE ?", f"% {where.flag} %"
    if where.flagged:
        yield "results.flags <> ?", ""
    if where.text:
        yield "instr(crops.folded, CAST(? AS TEXT)) > 0", encoded(where.text.casefold())


def slide_counts(name: str, folder: str, crops: int, counts: dict[tuple[str, str], int], flagged: int) -> SlideCounts:
    def of(status: Status) -> int:
        return sum(count for (found, _), count in counts.items() if found == status)

    classes = {first: count for (status, first), count in sorted(counts.items()) if status == Status.SCORED}
    scored, referred, failed = (of(status) for status in (Status.SCORED, Status.REFERRED, Status.FAILED))
    return SlideCounts(name, Path(folder), crops, scored, referred, failed, flagged, classes)
