"""The spot check: how often does the model agree with a reader on 50 random cells of a slide?"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass

from sperm_viewer.domain.cell import Cell, Status
from sperm_viewer.domain.verdict import How
from sperm_viewer.session.session import CellFilter, Session
from sperm_viewer.statistics.intervals import wilson

CELLS = 50
_KIND = "spot-check"


@dataclass(frozen=True, slots=True)
class SpotCheck:
    """Random cells of the slide with that id, in the order in which the reader labels them."""

    slide: int
    cells: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SpotCheckFigures:
    """How often the model's first choice was the reader's class: `right` of `labelled`, out of `cells` in all.

    `percent` and its 95% Wilson interval, 0 to 100, are None before the first cell is labelled. A cell that the reader
    called non-sperm counts as an error of a model without that class.
    """

    cells: int
    labelled: int
    right: int
    percent: float | None
    low: float | None
    high: float | None

    def __str__(self) -> str:
        if self.percent is None:
            return f"None of {self.cells} cells is labelled yet."
        return (
            f"The model was right on {self.right} of {self.labelled} cells: {self.percent:.0f}% "
            f"(95% interval {self.low:.0f} to {self.high:.0f}%)."
        )


def begin_spot_check(session: Session, slide: int, who: str) -> SpotCheck:
    """Draws the cells, or returns the check that was begun on that slide with the model in use.

    Referred cells are included, failed ones are not. A slide with fewer cells is checked whole. Raises SessionError if
    the session can't be written.
    """
    begun = begun_spot_check(session, slide)
    if begun:
        return begun
    statuses = (Status.SCORED, Status.REFERRED)
    cells = sorted(cell for status in statuses for cell in session.cell_ids(where=CellFilter(slide, status=status)))
    drawn = random.SystemRandom().sample(cells, min(CELLS, len(cells)))
    session.set_note(_key(session, slide), json.dumps(drawn), who)
    return SpotCheck(slide, tuple(drawn))


def begun_spot_check(session: Session, slide: int) -> SpotCheck | None:
    """The check that was begun on a slide with the model in use, or None."""
    cells = session.note(_key(session, slide))
    return SpotCheck(slide, tuple(json.loads(cells))) if cells else None


def spot_check_figures(session: Session, check: SpotCheck) -> SpotCheckFigures:
    """The figures so far, from the verdicts in force that were given in a check: other readers saw the answers."""
    labelled = [cell for cell in session.cells(check.cells) if cell.countable and _labelled(cell)]
    right = sum(cell.final_class == cell.prediction.first for cell in labelled if cell.prediction)
    share = wilson(right, len(labelled))
    return SpotCheckFigures(
        len(check.cells),
        len(labelled),
        right,
        percent=100 * right / len(labelled) if labelled else None,
        low=100 * share.low if share else None,
        high=100 * share.high if share else None,
    )


def left_to_label(session: Session, check: SpotCheck) -> set[int]:
    """The cells of a check that were not labelled in it, those with another verdict among them."""
    return {cell.id for cell in session.cells(check.cells) if not _labelled(cell)}


def checked_slide(key: str) -> int | None:
    """The slide whose check is noted under this key; None if it is another note's."""
    kind, *parts = key.split(":")
    return int(parts[-1]) if kind == _KIND else None


def _labelled(cell: Cell) -> bool:
    return cell.verdict is not None and cell.verdict.class_name != "" and cell.verdict.how is How.BLIND


def _key(session: Session, slide: int) -> str:
    model = session.model()
    return f"{_KIND}:{model.id.sha256 if model else ''}:{slide}"
