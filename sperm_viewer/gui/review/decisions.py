"""What the commands of review make of the decision on a cell, and why a cell takes none."""

from __future__ import annotations

from dataclasses import replace

from sperm_viewer.domain.anomalies import Anomaly
from sperm_viewer.domain.cell import EXCLUDED, Cell, Status
from sperm_viewer.domain.verdict import Decision


def accepted(cell: Cell, decision: Decision) -> Decision:
    """With the model's first choice as the class."""
    return replace(decision, class_name=cell.prediction.first) if cell.prediction else decision


def ticked(decision: Decision, anomaly: Anomaly, on: bool) -> Decision:
    """With an anomaly ticked, or not."""
    before = decision.anomalies or frozenset()
    return replace(decision, anomalies=before | {str(anomaly)} if on else before - {str(anomaly)})


def excluded(decision: Decision, reason: str) -> Decision:
    """Left out of the count; the reason is the note."""
    return replace(decision, class_name=EXCLUDED, note=reason)


def why_no_verdict(cell: Cell) -> str:
    """Why a cell can't have a verdict, in a sentence; empty if it can."""
    if cell.status is Status.FAILED:
        return "A failed file can't have a verdict."
    if cell.status is Status.NOT_COUNTED and not cell.set_aside:
        return "This cell is not counted, so it can't have a verdict."
    return "" if cell.readable else "No head was found in this field, so it can't have a verdict."
