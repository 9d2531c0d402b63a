"""The table's columns, each described once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from sperm_viewer.domain.anomalies import anomaly_texts
from sperm_viewer.domain.cell import Cell, Status
from sperm_viewer.domain.contradiction import contradiction
from sperm_viewer.domain.flags import FLAG_TEXT, Flag
from sperm_viewer.domain.verdict import How, Verdict
from sperm_viewer.session.session import Order


class Col(IntEnum):
    CROP = 0
    HEAT = 1
    SLIDE = 2
    FILE = 3
    CLASS = 4
    VERDICT = 5
    ANOMALIES = 6
    CONFIDENCE = 7
    FLAGS = 8
    STATUS = 9
    REVIEWER = 10


@dataclass(frozen=True, slots=True)
class Column:
    """`order` is None if the column can't be sorted; `text` is shown and read out, `more` is the tooltip."""

    title: str
    tip: str
    order: Order | None
    width: int
    text: Callable[[Cell], str]
    more: Callable[[Cell], str] = lambda cell: ""


def class_text(cell: Cell) -> str:
    return cell.prediction.first if cell.prediction else ""


def verdict_text(cell: Cell) -> str:
    """The reader's class, after `≠ ` if it differs from the model's."""
    if cell.verdict is None or not cell.verdict.class_name:
        return ""
    return ("≠ " if disagrees(cell) else "") + cell.verdict.class_name


def disagrees(cell: Cell) -> bool:
    """Whether the reader's class differs from the model's; one who set the cell aside gave no class."""
    return cell.reviewed and cell.countable and cell.final_class != class_text(cell)


def reviewer_text(cell: Cell) -> str:
    return cell.verdict.reader if cell.verdict and cell.verdict.class_name else ""


def how_in_words(verdict: Verdict) -> str:
    """`, in bulk`; empty for a verdict on one cell whose answers were shown."""
    return {How.SINGLE: "", How.BULK: ", in bulk", How.BLIND: ", blind"}[verdict.how]


def _verdict_in_words(cell: Cell) -> str:
    if cell.verdict is None:
        return ""
    said = (
        f"{cell.verdict.class_name}, by {cell.verdict.reader}{how_in_words(cell.verdict)}."
        if cell.verdict.class_name
        else ""
    )
    model = f"The model: {class_text(cell)}." if disagrees(cell) else ""
    return "\n".join(part for part in (said, model, cell.verdict.note) if part)


def contradiction_text(cell: Cell) -> str:
    """How the first reader's verdict and ticks contradict each other; empty if they don't."""
    return contradiction(cell, cell.verdict.decision) if cell.verdict else ""


def anomaly_words(cell: Cell) -> list[str]:
    """The anomalies that the first reader ticked; the first one after `⚠ ` if they contradict the verdict."""
    words = anomaly_texts(cell.verdict.anomalies or ()) if cell.verdict else []
    if contradiction_text(cell):
        words = words or ["none"]
        words[0] = f"⚠ {words[0]}"
    return words


def anomalies_text(cell: Cell) -> str:
    return ", ".join(anomaly_words(cell))


def confidence_text(cell: Cell) -> str:
    return f"{cell.prediction.confidence:.2f}" if cell.prediction else ""


def flag_words(cell: Cell) -> list[str]:
    return [flag_word(flag) for flag in Flag if flag in cell.flags]


def flag_word(flag: Flag) -> str:
    return flag.value.replace("-", " ")


def flags_text(cell: Cell) -> str:
    return ", ".join(flag_words(cell))


def file_text(cell: Cell) -> str:
    """The file's name, the page of a stack, and the cell's number in a field: `a.tif (page 2), cell 3`."""
    page = f" (page {cell.ref.page})" if cell.ref.page else ""
    return cell.ref.path.name + page + (f", cell {cell.number}" if cell.in_field else "")


def status_text(cell: Cell) -> str:
    return f"failed: {cell.reason}" if cell.status is Status.FAILED else cell.status.replace("-", " ")


def _flags_in_words(cell: Cell) -> str:
    return "\n".join(FLAG_TEXT[flag] for flag in Flag if flag in cell.flags)


COLUMNS: tuple[Column, ...] = (
    Column("Crop", "The image as it was read", None, 58, lambda cell: f"crop of {file_text(cell)}"),
    Column("Heat", "Where the model looked", None, 58, lambda cell: f"heatmap of {file_text(cell)}"),
    Column("Slide", "The folder of the image", Order.SLIDE, 80, lambda cell: cell.slide_name),
    Column("File", "The image's file", Order.FILE, 100, file_text, lambda cell: str(cell.ref.path)),
    Column("Class", "The model's first choice", Order.CLASS, 106, class_text),
    Column(
        "Verdict",
        "The reader's class; ≠ if it differs from the model's",
        Order.VERDICT,
        118,
        verdict_text,
        _verdict_in_words,
    ),
    Column(
        "Anomalies",
        "What the reader ticked; ⚠ if it contradicts the verdict",
        Order.ANOMALIES,
        118,
        anomalies_text,
        lambda cell: contradiction_text(cell) or anomalies_text(cell),
    ),
    Column("Confidence", "The probability of the first choice", Order.CONFIDENCE, 88, confidence_text),
    Column("Flags", "Warnings about the image", Order.FLAGS, 74, flags_text, _flags_in_words),
    Column(
        "Status",
        "Scored, referred to a person, not counted, or failed",
        Order.STATUS,
        68,
        status_text,
        lambda c: c.reason,
    ),
    Column("Reviewer", "Who gave the verdict", Order.READER, 90, reviewer_text),
)
