"""The defects of sperm, worked by hand."""

from __future__ import annotations

import pytest

from sperm_viewer.domain.anomalies import ANOMALY_TEXT, Anomaly, Region
from sperm_viewer.statistics.indices import defects

A = Anomaly


def test_every_anomaly_has_a_text_and_a_region() -> None:
    assert set(ANOMALY_TEXT) == set(Anomaly)
    assert len(set(ANOMALY_TEXT.values())) == len(Anomaly) == 15
    sizes = {region: sum(anomaly.region is region for anomaly in Anomaly) for region in Region}
    assert sizes == {Region.HEAD: 8, Region.MIDPIECE: 3, Region.TAIL: 3, Region.CYTOPLASM: 1}


def test_the_indices_are_those_worked_by_hand() -> None:
    """Ten sperm, four abnormal. Regions 1 + 2 + 4 + 1 = 8, anomalies 1 + 3 + 5 + 1 = 10, for the SDI 1 + 3 + 4 + 1."""
    abnormal = [
        {A.HEAD_TAPERED},
        {A.HEAD_SMALL, A.HEAD_VACUOLATED, A.TAIL_COILED},
        {A.HEAD_ROUND, A.MIDPIECE_BENT, A.MIDPIECE_THICK, A.TAIL_SHORT, A.CYTOPLASM_EXCESS},
        {A.MIDPIECE_THIN},
    ]
    found = defects(abnormal, [], 10)
    assert (found.tzi, found.mai, found.sdi) == (2.0, 2.5, 0.9)
    assert (found.sperm, found.abnormal, found.not_ticked, found.reason) == (10, 4, 0, "")
    # Heads of sperm 1, 2 and 3; midpieces of 3 and 4; tails of 2 and 3; cytoplasm of 3.
    assert [found.percent(region) for region in Region] == [30.0, 20.0, 20.0, 10.0]


def test_a_sperm_that_is_called_normal_but_has_a_tick_counts_as_abnormal() -> None:
    found = defects([{A.HEAD_TAPERED}], [{A.TAIL_COILED, A.TAIL_SHORT}, {A.MIDPIECE_BENT}], 10)
    assert (found.abnormal, found.called_normal) == (3, 2)
    assert (found.tzi, found.mai, found.sdi) == (1.0, pytest.approx(4 / 3), 0.3)
    assert [found.percent(region) for region in Region] == [10.0, 10.0, 10.0, 0.0]
    with pytest.raises(ValueError, match="without a tick"):
        defects([], [set()], 10)


def test_nothing_is_given_where_an_abnormal_sperm_was_not_ticked() -> None:
    found = defects([{A.HEAD_TAPERED}, set()], [], 10)
    assert found.tzi is found.mai is found.sdi is found.percent(Region.HEAD) is None
    assert found.reason == (
        "1 abnormal sperm of 2 without a ticked anomaly; the percentages and indices of defects need at least one for "
        "each."
    )


def test_sperm_that_are_all_normal_have_a_deformity_index_of_0_and_no_other() -> None:
    found = defects([], [], 10)
    assert (found.tzi, found.mai, found.sdi) == (None, None, 0.0)
    assert found.reason == "No abnormal sperm was counted, so TZI and MAI have no meaning."
    assert defects([], [], 0).reason == "No sperm was counted."


def test_more_abnormal_sperm_than_sperm_are_refused() -> None:
    with pytest.raises(ValueError, match="2 abnormal of 1"):
        defects([{A.HEAD_TAPERED}, {A.TAIL_SHORT}], [], 1)
