"""How often the test on the audit cells rings, where the error matrix holds in a laboratory and where it doesn't.

Simulated samples of 200 sperm and 50 cells of debris, answered with the error matrix of `smids`; the cells called
normal are read, and audit cells at random among those that the model is sure of. Seeded; prints a table.

    python tests/benchmarks/audit_power.py [LABORATORIES]
"""

from __future__ import annotations

import sys

import numpy as np
import numpy.typing as npt
from headline_coverage import SHARES, smids

from sperm_viewer.statistics.audit_cells import AuditRecord, audit_records, audit_test
from sperm_viewer.statistics.outcomes import ErrorMatrix, OutcomeCounts, SampleCounts

Floats = npt.NDArray[np.float64]
SEED = 131
HIDDEN = 0.4


def own_rates(matrix: ErrorMatrix, rng: np.random.Generator) -> Floats:
    """The matrix of a laboratory, (K, M), its rows adding up to 1."""
    return np.array([rng.dirichlet(np.array(row) / 6 + 0.3) for row in matrix.counts])


def hiding(matrix: ErrorMatrix, rates: Floats, share: float) -> Floats:
    """As `rates`, but `share` of the normal cells are answered abnormal, with confidence."""
    normal, inside = matrix.classes.index("normal"), list(matrix.answered("abnormal"))
    shifted = rates.copy()
    shifted[normal, inside] = 0
    shifted[normal] *= (1 - share) / shifted[normal].sum()
    shifted[normal, inside] = share / len(inside)
    return shifted


def audited_sample(
    matrix: ErrorMatrix, rates: Floats, share: float, audited: int, rng: np.random.Generator
) -> list[AuditRecord]:
    normal = int(rng.binomial(200, share))
    true = {"normal": normal, "abnormal": 200 - normal, "non-sperm": 50}
    cells = np.array([rng.multinomial(true[name], row) for name, row in zip(matrix.classes, rates, strict=True)])
    sure = [m for m in range(cells.shape[1]) if m not in (*matrix.answered("normal"), *matrix.referred)]
    places = np.repeat(np.arange(cells.size), np.where(np.isin(np.arange(cells.shape[1]), sure), cells, 0).ravel())
    drawn = np.zeros_like(cells)
    np.add.at(drawn.reshape(-1), rng.choice(places, audited, replace=False), 1)
    outcomes = []
    for m in range(cells.shape[1]):
        found = drawn[:, m] if m in sure else cells[:, m]
        read = dict(zip(matrix.classes, found.tolist(), strict=True))
        if m in matrix.answered("normal"):
            outcomes.append(OutcomeCounts(0, read))
        else:
            read = read if m in sure else {}
            outcomes.append(OutcomeCounts(int(cells[:, m].sum()) - sum(read.values()), read, audited=read))
    return audit_records("simulated", matrix, SampleCounts(tuple(outcomes)))


def rung(
    matrix: ErrorMatrix, share: float | None, hidden: float | None, samples: int, audited: int, laboratories: int
) -> tuple[float, float | None]:
    """The part of the laboratories in which it rang, and the median share of normal cells hidden that it could have
    detected. Without `share` each sample has one of the table's shares of normal sperm.
    """
    rng = np.random.default_rng([SEED, samples, audited, int(100 * (hidden or 0)), int(100 * (share or 0))])
    rings, detectable = 0, []
    for _ in range(laboratories):
        rates = own_rates(matrix, rng)
        rates = rates if hidden is None else hiding(matrix, rates, hidden)
        records = []
        for _ in range(samples):
            normal = share if share is not None else float(rng.choice(SHARES))
            records += audited_sample(matrix, rates, normal, audited, rng)
        found = audit_test(matrix, records)
        rings += found.rings
        detectable.append(found.shift("normal", "abnormal").detectable or 1.0)
    return rings / laboratories, float(np.median(detectable))


def main(laboratories: int) -> None:
    matrix = smids()
    print(f"{laboratories} laboratories for each row, {5 * laboratories} where the matrix holds; seed {SEED}")
    print("hidden normal | % normal | samples | audit cells | rang, % | could have detected, % hidden")
    for share, hidden, samples, audited in (
        (None, None, 25, 8),
        (0.04, None, 50, 8),
        (0.04, HIDDEN, 1, 15),
        (0.04, HIDDEN, 12, 8),
        (0.04, HIDDEN, 25, 8),
        (0.04, HIDDEN, 50, 8),
        (0.04, HIDDEN, 100, 8),
        (None, HIDDEN, 25, 8),
    ):
        simulated = 5 * laboratories if hidden is None else laboratories
        rang, could = rung(matrix, share, hidden, samples, audited, simulated)
        print(
            f"{'as in the matrix' if hidden is None else f'{hidden:.0%}':16} | "
            f"{'1 to 60' if share is None else f'{100 * share:.0f}':7} | {samples:3} | {samples * audited:4} | "
            f"{100 * rang:5.1f} | {100 * could:.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
