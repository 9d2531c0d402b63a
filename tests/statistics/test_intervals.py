"""Wilson's interval against scipy."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest

from sperm_viewer.statistics.intervals import Interval, wilson


@pytest.mark.parametrize(("count", "of"), [(0, 1), (1, 1), (0, 200), (8, 200), (100, 200), (199, 200), (4000, 100_000)])
def test_wilsons_interval_is_that_of_scipy(count: int, of: int) -> None:
    expected = binomtest(count, of).proportion_ci(0.95, "wilson")
    assert wilson(count, of) == Interval(pytest.approx(expected.low), pytest.approx(expected.high))


def test_a_share_of_nothing_has_no_interval_and_an_impossible_share_is_refused() -> None:
    assert wilson(0, 0) is None
    for count, of in ((3, 2), (-1, 5)):
        with pytest.raises(ValueError, match="no share"):
            wilson(count, of)
