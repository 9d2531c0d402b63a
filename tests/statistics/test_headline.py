"""What a laboratory may print of a sample: the true share is in it, and a figure that means nothing is withheld."""

from __future__ import annotations

import numpy as np
import pytest
from outcome_counts import CALLED_NORMAL, REFERRED, SMIDS, draw_cells, reading_of
from scipy.stats import binomtest

from sperm_viewer.statistics.headline import headline, printed_share
from sperm_viewer.statistics.outcomes import OutcomeCounts, SampleCounts

_ALL = range(11)


def _samples(normal: int, sperm: int = 200, debris: int = 50, number: int = 60) -> list[np.ndarray]:
    rng = np.random.default_rng(normal)
    return [draw_cells({"normal": normal, "abnormal": sperm - normal, "non-sperm": debris}, rng) for _ in range(number)]


def test_with_every_cell_read_singly_it_is_the_readers_count_with_wilsons_interval() -> None:
    (cells,) = _samples(9, number=1)
    found = headline(SMIDS, reading_of(cells, _ALL))
    expected = binomtest(9, 200).proportion_ci(method="wilson")
    assert (found.estimate, found.read_normal, found.read_sperm, found.sperm) == (9 / 200, 9, 200, 200)
    assert (found.read, found.unread, found.called_normal) == (250, 0, 0)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize("read", [(), CALLED_NORMAL, CALLED_NORMAL + REFERRED], ids=["nothing", "normal", "and refer"])
def test_at_4_percent_normal_the_estimates_are_not_far_above_the_truth(read: tuple[int, ...]) -> None:
    found = [headline(SMIDS, reading_of(cells, read)) for cells in _samples(8)]
    estimates = [one.estimate for one in found if one.estimate is not None]
    assert len(estimates) > 50
    assert 0.03 < np.mean(estimates) < 0.055
    held = [one.low <= 0.04 <= one.high for one in found if one.low is not None and one.high is not None]
    assert np.mean(held) >= 0.9


def test_confirming_only_the_cells_called_normal_gives_no_less_than_was_seen() -> None:
    called = OutcomeCounts(0, {"normal": 2})
    abnormal, refer = OutcomeCounts(30), OutcomeCounts(48)
    found = headline(SMIDS, SampleCounts((called,) * 3 + (abnormal,) * 3 + (OutcomeCounts(),) * 3 + (refer,) * 2))
    assert found.read_normal == 6
    assert found.estimate is not None
    assert found.estimate > 6 / found.sperm


def test_limits_are_printed_in_whole_percent_below_200_sperm_and_rounded_outwards() -> None:
    assert printed_share(0.0412, 0.0291, 0.0601, 199).words == "4% (2% to 7%)"
    assert printed_share(0.0412, 0.0291, 0.0601, 200).words == "4.1% (2.9% to 6.1%)"
    assert printed_share(0.0412, 0.03, 0.06, 150).words == "4% (3% to 6%)"
    assert printed_share(0.0, 0.0, 0.0001, 150).words == "0% (0% to 1%)"
    assert printed_share(1.0, 0.98123, 1.0, 400).words == "100.0% (98.1% to 100.0%)"


def test_the_headline_is_printed_by_its_number_of_sperm() -> None:
    small, large = _samples(4, 100, 20, 1)[0], _samples(16, 400, 20, 1)[0]
    for cells, decimals in ((small, 0), (large, 1)):
        printed = headline(SMIDS, reading_of(cells, CALLED_NORMAL)).printed
        assert printed is not None
        assert printed.decimals == decimals


def test_it_is_withheld_if_replicates_disagree_or_few_sperm_were_counted_even_if_all_is_read() -> None:
    cells = _samples(9, number=1)[0]
    disagree = headline(SMIDS, reading_of(cells, _ALL), apart="The slides differ.")
    assert disagree.estimate is disagree.low is disagree.high is disagree.printed is None
    assert disagree.withheld == ("The slides differ.",)
    few = _samples(2, 29, 60, 1)[0]
    assert "Only 29 sperm" in headline(SMIDS, reading_of(few, _ALL)).withheld[0]
    assert headline(SMIDS, reading_of(_samples(2, 30, 60, 1)[0], _ALL)).withheld == ()
    assert headline(SMIDS, SampleCounts((OutcomeCounts(),) * 11)).withheld


def test_what_the_model_cannot_know_withholds_it_only_where_unread_cells_count() -> None:
    unfamiliar = {"normal": 4, "abnormal": 60, "non-sperm": 10}
    foreign = SampleCounts((OutcomeCounts(5),) * 10 + (OutcomeCounts(1, unfamiliar),))
    assert any("out of distribution" in reason for reason in headline(SMIDS, foreign).withheld)
    cells = _samples(9, number=1)[0]
    partly, fully = reading_of(cells, CALLED_NORMAL + REFERRED), reading_of(cells, _ALL)
    assert headline(SMIDS, partly).withheld == ()
    assert headline(SMIDS, partly, doubt="The audit cells don't fit.").withheld == ("The audit cells don't fit.",)
    assert headline(SMIDS, fully, doubt="The audit cells don't fit.").withheld == ()
    read = SampleCounts((OutcomeCounts(0, {"abnormal": 5}),) * 10 + (OutcomeCounts(0, unfamiliar),))
    assert headline(SMIDS, read).withheld == ()


def test_it_is_withheld_if_unread_cells_widen_it_to_more_than_twice_what_reading_all_would_give() -> None:
    # All cells referred and none read: the model says next to nothing.
    counts = SampleCounts((OutcomeCounts(),) * 9 + (OutcomeCounts(200), OutcomeCounts(0)))
    assert any("times what reading all" in reason for reason in headline(SMIDS, counts).withheld)


def test_what_counts_as_read_is_said_beside_it() -> None:
    cells = _samples(9, number=1)[0]
    found = headline(SMIDS, reading_of(cells, CALLED_NORMAL))
    called = int(cells[:, :3].sum())
    assert (found.cells, found.read, found.unread) == (250, called, 250 - called)
    assert found.read_normal == cells[0, :3].sum()
    assert found.read_sperm == cells[:2, :3].sum()
    assert found.called_normal == 0
    assert headline(SMIDS, reading_of(cells, REFERRED)).called_normal == called
    assert found.if_all_read is not None
    assert found.low is not None
    assert found.high is not None
    assert found.if_all_read[1] - found.if_all_read[0] < found.high - found.low


def test_cells_chosen_by_their_look_change_nothing_until_all_of_their_outcome_are_read() -> None:
    counts = reading_of(_samples(9, number=1)[0], CALLED_NORMAL)
    there = counts.outcomes[4]

    def with_chosen(chosen: int) -> SampleCounts:
        changed = OutcomeCounts(there.unread - chosen, {}, chosen={"abnormal": chosen})
        return SampleCounts((*counts.outcomes[:4], changed, *counts.outcomes[5:]))

    assert headline(SMIDS, with_chosen(there.unread - 1)) == headline(SMIDS, counts)
    assert headline(SMIDS, with_chosen(there.unread)).read == headline(SMIDS, counts).read + there.unread
