"""Samples of known truth, answered by a model with a known error matrix."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import numpy.typing as npt

from sperm_viewer.statistics.outcomes import ErrorMatrix, OutcomeCounts, SampleCounts

SMIDS = ErrorMatrix(
    ("normal", "abnormal", "non-sperm"),
    "normal",
    ((0.9629, 0.976), (0.9613, 0.9759), (0.9777, 0.9827)),
    (
        (206, 222, 222, 7, 2, 5, 0, 0, 0, 192, 3),
        (18, 3, 4, 184, 190, 186, 6, 1, 0, 225, 16),
        (2, 1, 0, 2, 1, 2, 216, 225, 222, 80, 83),
    ),
)
"""That of the cross-validation of the shipped model `smids`."""

CALLED_NORMAL = (0, 1, 2)
REFERRED = (9, 10)

Ints = npt.NDArray[np.int64]


def draw_cells(true: Mapping[str, int], rng: np.random.Generator, matrix: ErrorMatrix = SMIDS) -> Ints:
    """As many cells of each class as `true` says, by class and outcome (K, M); the laboratory's own matrix is drawn."""
    rates = [rng.dirichlet(np.array(row) / 6 + 0.3) for row in matrix.counts]
    return np.array([rng.multinomial(true.get(name, 0), row) for name, row in zip(matrix.classes, rates, strict=True)])


def reading_of(cells: Ints, outcomes: Collection[int], matrix: ErrorMatrix = SMIDS) -> SampleCounts:
    """`cells` (K, M) of which those with these outcomes were read."""
    return SampleCounts(
        tuple(
            OutcomeCounts(0, dict(zip(matrix.classes, column.tolist(), strict=True)))
            if number in outcomes
            else OutcomeCounts(int(column.sum()))
            for number, column in enumerate(cells.T)
        )
    )
