"""The figures of a session, worked out from the raw rows of its file; nothing of the app is imported.

Wilson's interval is scipy's, Cohen's kappa scikit-learn's; everything else is counted here.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scipy.stats import binomtest
from sklearn.metrics import cohen_kappa_score

NOT_SPERM = ("non-sperm", "refer", "")


@dataclass(frozen=True)
class Read:
    """A cell: its model's answer, status, and the last verdict of each reading as a row of the table."""

    slide: str
    answer: str
    status: str
    verdicts: dict[int, sqlite3.Row]

    @property
    def final(self) -> str:
        given = self.verdicts.get(1)
        if given and given["class"]:
            return str(given["class"])
        return "refer" if self.status == "referred" else self.answer


def cells_of(session: Path, sample: str) -> list[Read]:
    with closing(sqlite3.connect(session)) as db:
        db.row_factory = sqlite3.Row
        found = db.execute(
            "SELECT results.cell_id, slides.name, class, status FROM results JOIN slides ON slides.id = slide_id"
            " JOIN samples ON samples.id = sample_id WHERE identifier = ?",
            (sample,),
        ).fetchall()
        verdicts: dict[tuple[int, int], sqlite3.Row] = {}
        for row in db.execute("SELECT * FROM verdicts ORDER BY id"):
            verdicts[row["cell_id"], row["reading"]] = row
    return [
        Read(name, answer, status, {r: v for (c, r), v in verdicts.items() if c == cell})
        for cell, name, answer, status in found
    ]


def share(count: int, of: int) -> tuple[float, float, float]:
    """A percentage with its 95% interval."""
    found = binomtest(count, of).proportion_ci(method="wilson")
    return 100 * count / of, 100 * found.low, 100 * found.high


def sperm(cells: list[Read]) -> Counter[str]:
    return Counter(cell.final for cell in cells if cell.final not in NOT_SPERM)


def how(cells: list[Read]) -> Counter[str]:
    return Counter(cell.verdicts[1]["how"] for cell in cells if 1 in cell.verdicts and cell.verdicts[1]["class"])


def defects(cells: list[Read]) -> dict[str, Any]:
    """The four percentages and the three indices; None if an abnormal sperm has no tick."""
    counted = [cell for cell in cells if cell.final not in NOT_SPERM]
    ticks = [((cell.verdicts[1]["anomalies"] if 1 in cell.verdicts else "") or "").split() for cell in counted]
    abnormal = [found for cell, found in zip(counted, ticks, strict=True) if cell.final != "normal" or found]
    if not all(abnormal):
        return {}
    parts = [[tick.split("-")[0] for tick in found] for found in abnormal]
    found = {part: 100 * sum(part in each for each in parts) / len(counted) for part in REGIONS}
    found["tzi"] = sum(len(set(each)) for each in parts) / len(abnormal)
    found["mai"] = sum(map(len, parts)) / len(abnormal)
    found["sdi"] = sum(each.count("head") + len(set(each) - {"head"}) for each in parts) / len(counted)
    return found


REGIONS = ("head", "midpiece", "tail", "cytoplasm")


def agreement(cells: list[Read]) -> tuple[int, int, float]:
    """Of the two readings: cells, those on which they agree, Cohen's kappa."""
    both = [
        (cell.verdicts[1]["class"], cell.verdicts[2]["class"])
        for cell in cells
        if all(n in cell.verdicts and cell.verdicts[n]["class"] for n in (1, 2))
    ]
    return len(both), sum(a == b for a, b in both), float(cohen_kappa_score(*zip(*both, strict=True)))
