"""The figures of a session, worked out from the raw rows of its file; nothing of the app is imported.

Wilson's interval is scipy's, Cohen's kappa scikit-learn's and its interval statsmodels'; the WHO's table is typed from
the manual; the estimate of a sample with unread cells is drawn anew by a plain Gibbs sampler. Everything else is
counted here.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa

NOT_SPERM = ("non-sperm", "refer", "")
REGIONS = ("head", "midpiece", "tail", "cytoplasm")
WHO_DIFFERENCES = (
    ((0, 0), 1),
    ((1, 1), 2),
    ((2, 2), 3),
    ((3, 4), 4),
    ((5, 7), 5),
    ((8, 11), 6),
    ((12, 16), 7),
    ((17, 23), 8),
    ((24, 34), 9),
    ((35, 65), 10),
    ((66, 76), 9),
    ((77, 83), 8),
    ((84, 88), 7),
    ((89, 92), 6),
    ((93, 95), 5),
    ((96, 97), 4),
    ((98, 98), 3),
    ((99, 99), 2),
    ((100, 100), 1),
)


@dataclass(frozen=True)
class Read:
    """A cell: its model's answer, status, and the row of each reading's last decision that was not undone."""

    id: int
    slide: str
    answer: str
    confidence: float
    status: str
    flags: str
    verdicts: dict[int, sqlite3.Row]

    @property
    def verdict(self) -> sqlite3.Row | None:
        given = self.verdicts.get(1)
        return given if given and given["class"] else None

    def read_in(self, reading: int) -> sqlite3.Row | None:
        """The verdict of a reading on a cell that was looked at by itself."""
        given = self.verdicts.get(reading)
        return given if given and given["class"] and given["how"] != "bulk" else None

    @property
    def final(self) -> str:
        if self.verdict:
            return str(self.verdict["class"])
        return "refer" if self.status == "referred" else self.answer

    @property
    def alone(self) -> str:
        return "refer" if self.status == "referred" else self.answer

    @property
    def is_read(self) -> bool:
        return self.read_in(1) is not None

    @property
    def is_listed(self) -> bool:
        """Referred, or of another class than the model's first choice by the first reader."""
        return self.status == "referred" or bool(self.answer and self.verdict and self.final != self.answer)


def cells_of(session: Path, sample: str) -> list[Read]:
    with _opened(session) as db:
        found = db.execute(
            "SELECT results.cell_id, slides.name, class, confidence, status, flags FROM results"
            " JOIN slides ON slides.id = slide_id JOIN samples ON samples.id = sample_id"
            " WHERE identifier = ? AND removed = 0",
            (sample,),
        ).fetchall()
        rows = db.execute("SELECT * FROM verdicts ORDER BY id").fetchall()
        # The decisions as they were made: what the app wrote to undo and to redo them is not looked at.
        undone = {row["of_action"]: row["act"] == "undo" for row in rows if row["act"] != "decide"}
        decided = (row for row in rows if row["act"] == "decide" and not undone.get(row["action"]))
        verdicts = {(row["cell_id"], row["reading"]): row for row in decided}
    return [Read(*row, {r: v for (c, r), v in verdicts.items() if c == row[0]}) for row in found]


def images_of(session: Path, sample: str) -> Counter[str]:
    """The number of images of each slide."""
    with _opened(session) as db:
        rows = db.execute(
            "SELECT slides.name FROM images JOIN slides ON slides.id = slide_id JOIN samples ON samples.id = sample_id"
            " WHERE identifier = ? AND removed = 0",
            (sample,),
        )
        return Counter(name for (name,) in rows)


def _opened(session: Path) -> closing[sqlite3.Connection]:
    db = sqlite3.connect(session)
    db.row_factory = sqlite3.Row
    return closing(db)


def share(count: int, of: int) -> tuple[float, float, float]:
    """A percentage with its 95% interval."""
    found = binomtest(count, of).proportion_ci(method="wilson")
    return 100 * count / of, 100 * found.low, 100 * found.high


def sperm(cells: Sequence[Read]) -> Counter[str]:
    return Counter(cell.final for cell in cells if cell.final not in NOT_SPERM)


def alone(cells: Sequence[Read]) -> Counter[str]:
    """The sperm by the model's answers alone."""
    return Counter(cell.alone for cell in cells if cell.alone not in NOT_SPERM)


def how(cells: Sequence[Read]) -> Counter[str]:
    return Counter(cell.verdict["how"] for cell in cells if cell.verdict)


def readers(cells: Sequence[Read]) -> dict[tuple[int, str], tuple[int, int]]:
    """By reading and name: the cells with a class from this reader, and how many of them were not accepted in bulk."""
    found: dict[tuple[int, str], tuple[int, int]] = {}
    for cell in cells:
        for reading, verdict in cell.verdicts.items():
            if verdict["class"]:
                given, read = found.get((reading, verdict["reader"]), (0, 0))
                found[reading, verdict["reader"]] = given + 1, read + (verdict["how"] != "bulk")
    return found


def defects(cells: Sequence[Read]) -> dict[str, Any]:
    """The four percentages and the three indices; none if an abnormal sperm has no tick."""
    counted = [cell for cell in cells if cell.final not in NOT_SPERM]
    ticks = [((cell.verdicts[1]["anomalies"] if 1 in cell.verdicts else "") or "").split() for cell in counted]
    abnormal = [found for cell, found in zip(counted, ticks, strict=True) if cell.final != "normal" or found]
    called_normal = sum(cell.final == "normal" and bool(found) for cell, found in zip(counted, ticks, strict=True))
    if not all(abnormal):
        return {}
    parts = [[tick.split("-")[0] for tick in found] for found in abnormal]
    found: dict[str, Any] = {part: 100 * sum(part in each for each in parts) / len(counted) for part in REGIONS}
    found |= {"abnormal": len(abnormal), "called normal": called_normal}
    found["tzi"] = sum(len(set(each)) for each in parts) / len(abnormal)
    found["mai"] = sum(map(len, parts)) / len(abnormal)
    found["sdi"] = sum(each.count("head") + len(set(each) - {"head"}) for each in parts) / len(counted)
    return found


@dataclass(frozen=True)
class Agreed:
    """Two readings: the cells of both, those on which they agree, Cohen's kappa and its 95% interval."""

    cells: int
    same: int
    kappa: float
    low: float
    high: float
    table: Counter[tuple[str, str]]

    @property
    def has_interval(self) -> bool:
        return self.high > self.low


def agreement(cells: Sequence[Read], one: int, other: int, *, same_reader: bool = False) -> Agreed:
    """Of two readings; the number 0 is the model's. Cells that were accepted in bulk were not read."""
    both = []
    for cell in cells:
        first, second = cell.read_in(one), cell.read_in(other)
        if second and cell.answer and not one:
            both.append((cell.answer, str(second["class"])))
        elif first and second and (first["reader"] == second["reader"]) is same_reader:
            both.append((str(first["class"]), str(second["class"])))
    names = sorted({name for pair in both for name in pair})
    table = Counter(both)
    with np.errstate(invalid="ignore"):
        found = cohens_kappa(np.array([[table[a, b] for b in names] for a in names]))
    kappa = float(cohen_kappa_score(*zip(*both, strict=True)))
    low = high = kappa
    if found.std_kappa > 1e-6:
        low, high = max(-1.0, float(found.kappa_low)), min(1.0, float(found.kappa_upp))
    return Agreed(len(both), sum(a == b for a, b in both), kappa, low, high, table)


def consensus(cells: Sequence[Read], independent: Sequence[int], adjudication: int) -> Counter[str]:
    """The cells that were read twice or more, by what their readings come to."""
    found: Counter[str] = Counter()
    for cell in cells:
        read = {number: verdict["class"] for number in cell.verdicts if (verdict := cell.read_in(number))}
        said = [read[number] for number in independent if number in read]
        if len(read) > 1:
            alike = "readers agree" if len(set(said)) == 1 else "readers differ"
            found["adjudicated" if adjudication in read else alike if len(said) > 1 else "one reader"] += 1
    return found


@dataclass(frozen=True)
class Replicates:
    """Of two slides: the percentages normal, their difference, and its limit at the rounded average."""

    one: float
    other: float
    difference: float
    average: int
    limit: int

    @property
    def agree(self) -> bool:
        return self.difference <= self.limit


def replicates(one: Sequence[Read], other: Sequence[Read]) -> Replicates:
    first, second = (Fraction(100 * found["normal"], found.total()) for found in (sperm(one), sperm(other)))
    average = int((first + second) / 2 + Fraction(1, 2))
    limit = next(limit for (low, high), limit in WHO_DIFFERENCES if low <= average <= high)
    return Replicates(float(first), float(second), float(abs(first - second)), average, limit)


def drawn_to_check(session: Path, slide: str) -> list[int]:
    """The cells that a spot check of the slide drew; none if there was no check."""
    with _opened(session) as db:
        (number,) = db.execute("SELECT id FROM slides WHERE name = ?", (slide,)).fetchone()
        noted = db.execute("SELECT value FROM meta WHERE key LIKE 'spot-check:%:' || ?", (number,)).fetchone()
    return json.loads(noted["value"]) if noted else []


def checked(cells: Sequence[Read], drawn: Sequence[int]) -> tuple[int, int]:
    """Of the cells that a spot check drew: how many were labelled in it, and on how many the model was right."""
    labelled = [cell for cell in cells if cell.id in drawn and cell.verdict and cell.verdict["how"] == "blind"]
    return len(labelled), sum(cell.final == cell.answer for cell in labelled)


@dataclass(frozen=True)
class Estimate:
    """Normal heads of all sperm in percent, with the 95% interval; the sperm, and which cells it rests on."""

    percent: float
    low: float
    high: float
    sperm: float
    read: int
    unread: int
    read_normal: int
    read_sperm: int
    called_normal: int


def read_by_hand(cells: Sequence[Read]) -> Estimate:
    """Of a sample whose every cell was read: the reader's count."""
    scored = [cell for cell in cells if cell.answer]
    assert all(cell.is_read for cell in scored)
    found = sperm(scored)
    return Estimate(
        *share(found["normal"], found.total()), found.total(), len(scored), 0, found["normal"], found.total(), 0
    )


def estimate(
    cells: Sequence[Read],
    classes: Sequence[str],
    bands: Sequence[tuple[float, float]],
    counts: Sequence[Sequence[float]],
    sweeps: int = 12_000,
) -> Estimate:
    """Of a sample with unread cells: the posterior of partially verified classification.

    A cross-validated crop counts a sixth, and each count begins at 0.3; a cell that a person chose counts as unread
    unless the whole outcome was read; the priors are those of three classes, one of them no sperm.
    """
    size, columns = len(classes), len(counts[0])
    seen, hidden = np.zeros((size, columns)), np.zeros(columns, int)
    by_outcome: dict[int, list[Read]] = {}
    for cell in cells:
        if cell.answer:
            by_outcome.setdefault(_outcome(cell, classes, bands), []).append(cell)
    called_normal = 0
    for outcome, those in by_outcome.items():
        whole = all(cell.is_read for cell in those)
        for cell in those:
            if cell.verdict and cell.is_read and (whole or cell.verdict["why"] != "own choice"):
                seen[classes.index(cell.final), outcome] += 1
            else:
                hidden[outcome] += 1
                called_normal += outcome < 3
    prior = np.array(counts) / 6 + 0.3
    rng = np.random.default_rng(5)
    theta = np.full(size, 1 / size)
    rates = prior / prior.sum(axis=1, keepdims=True)
    shares, totals = [], []
    for sweep in range(sweeps):
        weight = theta[:, None] * rates
        drawn = rng.multinomial(hidden, (weight / weight.sum(axis=0)).T).T
        all_cells = seen + drawn
        theta = rng.dirichlet(1 + all_cells.sum(axis=1))
        rates = np.array([rng.dirichlet(row) for row in prior + all_cells])
        if sweep >= 500:
            shares.append(theta[0] / theta[:2].sum())
            totals.append(all_cells[:2].sum())
    low, middle, high = np.percentile(shares, (2.5, 50, 97.5))
    return Estimate(
        *(100 * float(value) for value in (middle, low, high)),
        float(np.mean(totals)),
        int(seen.sum()),
        int(hidden.sum()),
        int(seen[0].sum()),
        int(seen[:2].sum()),
        called_normal,
    )


def _outcome(cell: Read, classes: Sequence[str], bands: Sequence[tuple[float, float]]) -> int:
    if cell.status == "referred":
        return 3 * len(classes) + ("unlike" in cell.flags.split())
    number = list(classes).index(cell.answer)
    return 3 * number + sum(cell.confidence >= edge for edge in bands[number])
