"""What goes into a session file and comes out of it: names, events and cells as columns, filters and orders as SQL."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sperm_viewer.domain.cell import Cell, CellEvent, CellScored, Status
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.image import CropRef
from sperm_viewer.domain.prediction import HeatShares, ModelId, Prediction
from sperm_viewer.domain.verdict import Verdict
from sperm_viewer.session import heat_blob


class Order(StrEnum):
    """What cells can be sorted by."""

    NATURAL = "natural"
    SLIDE = "slide"
    FILE = "file"
    CLASS = "class"
    CONFIDENCE = "confidence"
    FLAGS = "flags"
    STATUS = "status"
    VERDICT = "verdict"
    REVIEWER = "reviewer"


FINAL = "coalesce(nullif(v.said, ''), CASE results.status WHEN 'referred' THEN 'refer' ELSE results.class END)"
"""The final class of a cell in SQL, where `v` is the first reader's standing verdict."""
NATURAL_COLUMNS = ("slides.sort_key", "crops.sort_key", "crops.page")
ORDER_COLUMNS = {
    Order.NATURAL: (),
    Order.SLIDE: ("slides.sort_key",),
    Order.FILE: ("crops.sort_key", "crops.page"),
    Order.CLASS: ("results.class",),
    Order.CONFIDENCE: ("results.confidence",),
    Order.FLAGS: ("results.flags",),
    Order.STATUS: ("results.status", "results.reason"),
    Order.VERDICT: ("coalesce(v.said, '')",),
    Order.REVIEWER: ("CASE WHEN coalesce(v.said, '') = '' THEN '' ELSE v.reviewer END",),
}


RESULT_BLOBS = ("heat", "features")
RESULT_COLUMNS = (
    "crop_id",
    "model_id",
    "slide_id",
    "sha256",
    "width",
    "height",
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
    *RESULT_BLOBS,
)


@dataclass(frozen=True, slots=True)
class CellFilter:
    """Which cells to show; None, False and the empty text let everything through.

    `flagged`: with any flag at all; `disagree`: the reader said another class than the model's first choice.
    """

    slide: str | None = None
    first: str | None = None
    status: Status | None = None
    flag: Flag | None = None
    flagged: bool = False
    text: str = ""
    final: str | None = None
    reviewed: bool | None = None
    disagree: bool = False
    reviewer: str | None = None


@dataclass(frozen=True, slots=True)
class SessionModel:
    """A model that a session has results of."""

    id: ModelId
    classes: tuple[str, ...]
    normal_class: str


@dataclass(frozen=True, slots=True)
class SlideDetails:
    """What a laboratory says of a slide; empty where it says nothing.

    `identifier` is a pseudonym, `um_per_px` None for an uncalibrated slide, `replicate_of` another slide's name.
    """

    identifier: str = ""
    date: str = ""
    stain: str = ""
    magnification: str = ""
    um_per_px: float | None = None
    replicate_of: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """So many cells of a slide that the model gave class `first` and that ended as `final`."""

    slide: str
    first: str
    status: str
    final: str
    reviewed: bool
    count: int


@dataclass(frozen=True, slots=True)
class SlideCounts:
    """How far a slide is, for the model in use; `classes` counts the first choices of scored cells, by class.

    `reviewed` counts the cells of which the first reader said a class.
    """

    name: str
    folder: Path
    crops: int
    scored: int
    referred: int
    failed: int
    flagged: int
    classes: dict[str, int]
    reviewed: int = 0

    @property
    def done(self) -> int:
        return self.scored + self.referred + self.failed


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogatepass")


def crop_ref(slide: str, folder: str, file: str, page: int) -> CropRef:
    return CropRef(slide, Path(folder) / file, page or None)


def blob_hash(blob: bytes | None) -> str | None:
    return None if blob is None else hashlib.sha256(blob).hexdigest()


def result_blobs(event: CellEvent) -> dict[str, bytes | None]:
    """The heatmap and the features as bytes; None for a failed cell, and where there are none."""
    if not isinstance(event, CellScored):
        return {"heat": None, "features": None}
    features = None if event.features is None else event.features.astype("<f2").tobytes()
    return {"heat": heat_blob.pack(event.heatmap), "features": features}


def result_body(event: CellEvent, blobs: Mapping[str, bytes | None]) -> dict[str, Any]:
    """What the audit trail says of a result: the columns of its row, blobs as their hashes."""
    body: dict[str, Any] = dict.fromkeys(RESULT_COLUMNS) | {name: blob_hash(blob) for name, blob in blobs.items()}
    body |= {"sha256": event.sha256, "reason": event.reason, "class": "", "probabilities": "", "flags": ""}
    body["status"] = str(Status.FAILED)
    if isinstance(event, CellScored):
        prediction = event.prediction
        body |= {
            "width": event.size[0],
            "height": event.size[1],
            "status": str(event.status),
            "class": prediction.first,
            "confidence": prediction.confidence,
            "probabilities": json.dumps(prediction.probabilities),
            "flags": " ".join(sorted(event.flags)),
        }
        if event.shares:
            body |= {f"heat_{part}": share for part, share in asdict(event.shares).items()}
    return body


def to_cell(row: tuple[Any, ...], model: SessionModel) -> Cell:
    cell, slide, folder, file, page, sha256, width, height, status, probabilities, flags, reason, version = row[:13]
    shares, verdict, second = row[13:17], row[17:22], row[22:27]
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
        verdict=_verdict(*verdict),
        app_version=version,
        second=_verdict(*second),
    )


def _verdict(said: str | None, reviewer: str, at: str, note: str, ticked: str | None) -> Verdict | None:
    return None if said is None else Verdict(said, reviewer, at, note, to_anomalies(ticked))


def to_anomalies(ticked: str | None) -> frozenset[str] | None:
    return None if ticked is None else frozenset(ticked.split())


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
    if where.final is not None:
        yield f"{FINAL} = ?", where.final
    if where.reviewed is not None:
        yield "(coalesce(v.said, '') <> '') = ?", where.reviewed
    if where.disagree:
        yield "coalesce(v.said, '') NOT IN (?, results.class)", ""
    if where.reviewer is not None:
        yield "coalesce(v.said, '') <> '' AND v.reviewer = ?", where.reviewer
    if where.text:
        yield "instr(crops.folded, CAST(? AS TEXT)) > 0", encoded(where.text.casefold())


def slide_counts(
    name: str, folder: str, crops: int, counts: dict[tuple[str, str], int], flagged: int, reviewed: int
) -> SlideCounts:
    def of(status: Status) -> int:
        return sum(count for (found, _), count in counts.items() if found == status)

    classes = {first: count for (status, first), count in sorted(counts.items()) if status == Status.SCORED}
    scored, referred, failed = (of(status) for status in (Status.SCORED, Status.REFERRED, Status.FAILED))
    return SlideCounts(name, Path(folder), crops, scored, referred, failed, flagged, classes, reviewed)
