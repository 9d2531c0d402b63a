"""Progress in words, and a rate that follows what happens now."""

from __future__ import annotations

import pytest

from sperm_viewer.domain.progress import MovingRate, Progress, counted, duration, in_words


def test_the_line_of_progress_reads_as_in_the_design() -> None:
    assert in_words(Progress(148, 200, 93.0)) == "148 of 200 · 93 crops/s · 1 s left"
    assert in_words(Progress(0, 1200)) == "0 of 1,200"
    assert (counted(1, "slide"), counted(1200, "image")) == ("1 slide", "1,200 images")
    assert (duration(200), duration(7300)) == ("3 min", "2 h 2 min")


def test_the_rate_forgets_a_slow_start() -> None:
    rate = MovingRate()
    assert rate.add(0.0, 0) is None
    for second in range(1, 20):
        slow = min(second, 10)
        found = rate.add(float(second), slow + 100 * max(0, second - 10))
    assert found == pytest.approx(100)
