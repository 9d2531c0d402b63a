"""Distributions: known percentiles, and a histogram that loses no value."""

from __future__ import annotations

import numpy as np
import pytest

from sperm_viewer.statistics.distribution import distribution, percentile


@pytest.mark.parametrize("percent", [0, 2.5, 40, 97.5, 100])
def test_percentiles_are_those_of_numpy(percent: float) -> None:
    values = sorted(np.random.default_rng(1).normal(4.1, 0.3, 57).tolist())

    assert percentile(values, percent) == pytest.approx(np.percentile(values, percent))


@pytest.mark.parametrize("values", [[4.0], [4.0, 4.0], [3.7, 4.1, 4.7, 0.2, 9.9], list(np.linspace(0.1, 0.3, 500))])
def test_every_value_is_in_one_bar_and_there_are_at_most_25(values: list[float]) -> None:
    found = distribution(values)

    assert found is not None
    assert (found.count, sum(found.bars)) == (len(values), len(values))
    assert len(found.bars) <= 25
    assert found.start <= min(values)
    assert found.start + len(found.bars) * found.step > max(values) - 1e-9


def test_no_values_have_no_distribution() -> None:
    assert distribution([]) is None
