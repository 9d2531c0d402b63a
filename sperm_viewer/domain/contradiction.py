"""Whether a reader's verdict on a cell and the anomalies that the reader ticked contradict each other."""

from __future__ import annotations

from sperm_viewer.domain.anomalies import ANOMALY_TEXT, Anomaly, Region, anomaly_texts
from sperm_viewer.domain.cell import NON_SPERM, SET_ASIDE, Cell
from sperm_viewer.domain.verdict import Decision


def contradiction(cell: Cell, said: Decision) -> str:
    """The contradiction in a sentence; empty if there is none, or if the reader gave no class or ticked nothing."""
    if not said.class_name or said.anomalies is None:
        return ""
    texts = anomaly_texts(said.anomalies)
    if said.class_name in SET_ASIDE:
        ticked = ""
    elif not is_abnormal(cell, said.class_name):
        ticked = f"an anomaly is ticked: {', '.join(texts)}" if texts else ""
    elif not texts:
        ticked = "no anomaly is ticked"
    else:
        named = f"{Region.HEAD}-{said.class_name}"
        missing = named in set(Anomaly) and named not in said.anomalies
        ticked = f"'{ANOMALY_TEXT[Anomaly(named)]}' is not ticked" if missing else ""
    return f"The verdict is {said.class_name}, but {ticked}." if ticked else ""


def is_abnormal(cell: Cell, class_name: str) -> bool:
    """Whether a class is that of an abnormal sperm."""
    return class_name not in ("", cell.normal_class, NON_SPERM, *SET_ASIDE)
