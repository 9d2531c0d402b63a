"""The posterior is that of the model it claims, whatever was read."""

from __future__ import annotations

import numpy as np
import pytest
from outcome_counts import CALLED_NORMAL, REFERRED, SMIDS, draw_cells, reading_of
from scipy.stats import beta, dirichlet

from sperm_viewer.statistics.outcomes import ErrorMatrix, OutcomeCounts, SampleCounts
from sperm_viewer.statistics.partial_verification import BETWEEN_LABORATORIES, sample_posterior

_TWO = ErrorMatrix(
    ("normal", "tapered"),
    "normal",
    ((0.9, 0.95), (0.9, 0.95)),
    ((40, 40, 40, 6, 0, 0, 30, 4), (9, 3, 0, 60, 60, 70, 50, 8)),
)


@pytest.mark.parametrize("read", [(), (0, 1, 2), (3, 6)], ids=["nothing read", "called normal", "two outcomes"])
def test_the_interval_is_that_of_weighted_draws_from_the_prior(read: tuple[int, ...]) -> None:
    cells = np.array([[3, 2, 2, 1, 0, 0, 2, 0], [2, 1, 0, 8, 7, 8, 5, 1]])
    # Independent of the Gibbs sampler: shares and rates from their prior, each draw weighted by its likelihood.
    rng, draws = np.random.default_rng(1), 400_000
    share = rng.uniform(size=draws)
    log_weight = np.zeros(draws)
    columns = []
    for row, of in zip((0, 1), (share, 1 - share), strict=True):
        prior = np.array(_TWO.counts[row]) * BETWEEN_LABORATORIES + 0.3
        seen = np.where(np.isin(np.arange(8), read), cells[row], 0)
        # The read cells' part of the likelihood is conjugate; what is left of it is the ratio of the normalisers.
        rates = dirichlet.rvs(prior + seen, size=draws, random_state=rng)
        log_weight += seen.sum() * np.log(of)
        columns.append(of[:, None] * rates)
    unread = [m for m in range(8) if m not in read]
    log_weight += (cells.sum(axis=0)[unread] * np.log((columns[0] + columns[1])[:, unread])).sum(axis=1)
    weight = np.exp(log_weight - log_weight.max())
    order = np.argsort(share)
    reached = np.cumsum(weight[order]) / weight.sum()
    expected = [float(share[order][np.searchsorted(reached, point)]) for point in (0.025, 0.5, 0.975)]
    assert (weight.sum() ** 2 / (weight**2).sum()) > 2000

    found = sample_posterior(_TWO, reading_of(cells, read, _TWO), rounds=400).interval

    assert found == pytest.approx(expected, abs=0.012)


def test_with_every_cell_read_the_share_is_beta_with_an_even_prior() -> None:
    cells = draw_cells({"normal": 8, "abnormal": 192, "non-sperm": 50}, np.random.default_rng(2))
    low, middle, high = sample_posterior(SMIDS, reading_of(cells, range(11)), rounds=800).interval
    assert (low, middle, high) == pytest.approx(beta.ppf((0.025, 0.5, 0.975), 9, 193), abs=0.001)


def test_the_same_counts_give_the_same_interval_and_few_draws_give_nearly_that_of_many() -> None:
    cells = draw_cells({"normal": 20, "abnormal": 180, "non-sperm": 50}, np.random.default_rng(3))
    counts = reading_of(cells, CALLED_NORMAL)
    once = sample_posterior(SMIDS, counts)
    assert sample_posterior(SMIDS, counts).interval == once.interval
    many = sample_posterior(SMIDS, counts, rounds=1000).interval
    assert once.interval == pytest.approx(many, abs=0.1 * (many[2] - many[0]))


def test_every_state_holds_the_cells_that_were_counted() -> None:
    cells = draw_cells({"normal": 20, "abnormal": 180, "non-sperm": 50}, np.random.default_rng(4))
    found = sample_posterior(SMIDS, reading_of(cells, REFERRED))
    assert (found.cells.sum(axis=1) == 250).all()
    assert found.outcomes.tolist() == [m for m in range(9) if cells[:, m].any()]
    assert (found.unread.sum(axis=2) == cells.sum(axis=0)[found.outcomes]).all()
    assert (found.sperm == found.cells[:, 0] + found.cells[:, 1]).all()


def test_more_reading_narrows_the_interval() -> None:
    cells = draw_cells({"normal": 8, "abnormal": 192, "non-sperm": 50}, np.random.default_rng(5))
    widths = []
    for read in ((), CALLED_NORMAL, CALLED_NORMAL + REFERRED):
        low, _, high = sample_posterior(SMIDS, reading_of(cells, read), rounds=100).interval
        widths.append(high - low)
    assert widths[0] > widths[1] > widths[2]


def test_a_class_that_only_readers_gave_is_sperm_that_is_not_normal() -> None:
    first = OutcomeCounts(0, {"normal": 10, "round": 30})
    rest = OutcomeCounts(0, {"abnormal": 60})
    found = sample_posterior(SMIDS, SampleCounts((first, *[OutcomeCounts()] * 9, rest)))
    assert found.classes == ("normal", "abnormal", "non-sperm", "round")
    assert found.cells[0].tolist() == [10, 60, 0, 30]
    assert found.sperm[0] == 100


def test_counts_of_another_model_are_refused() -> None:
    with pytest.raises(ValueError, match="8 outcomes"):
        sample_posterior(SMIDS, SampleCounts((OutcomeCounts(1),) * 8))
