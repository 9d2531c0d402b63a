"""The indices of multiple defects, worked by hand."""

from __future__ import annotations

import pytest

from sperm_viewer.statistics.indices import ANOMALY_TEXT, Anomaly, Region, deformity_indices

A = Anomaly


def test_every_anomaly_has_a_text_and_a_region() -> None:
    assert set(ANOMALY_TEXT) == set(Anomaly)
    assert len(set(ANOMALY_TEXT.values())) == len(Anomaly) == 15
    sizes = {region: sum(anomaly.region is region for anomaly in Anomaly) for region in Region}
    assert sizes == {Region.HEAD: 8, Region.MIDPIECE: 3, Region.TAIL: 3, Region.CYTOPLASM: 1}


def test_the_indices_are_those_worked_by_hand() -> None:
    """Ten sperm, four abnormal. Regions 1 + 2 + 4 + 1 = 8, anomalies 1 + 3 + 5 + 1 = 10."""
    abnormal = [
        {A.HEAD_TAPERED},
        {A.HEAD_SMALL, A.HEAD_VACUOLATED, A.TAIL_COILED},
        {A.HEAD_ROUND, A.MIDPIECE_BENT, A.MIDPIECE_THICK, A.TAIL_SHORT, A.CYTOPLASM_EXCESS},
        {A.MIDPIECE_THIN},
    ]
    found = deformity_indices(abnormal, 10)
    assert (found.tzi, found.mai, found.sdi) == (2.0, 2.5, 1.0)
    assert (found.sperm, found.abnormal, found.not_ticked, found.reason) == (10, 4, 0, "")


def test_no_index_is_given_where_an_abnormal_sperm_was_not_ticked() -> None:
    found = deformity_indices([{A.HEAD_TAPERED}, set()], 10)
    assert found.tzi is found.mai is found.sdi is None
    assert found.reason == ("1 abnormal sperm of 2 without a ticked anomaly; the indices need at least one for each.")


def test_sperm_that_are_all_normal_have_a_deformity_index_of_0_and_no_other() -> None:
    found = deformity_indices([], 10)
    assert (found.tzi, found.mai, found.sdi) == (None, None, 0.0)
    assert found.reason == "No abnormal sperm was counted, so TZI and MAI have no meaning."
    assert deformity_indices([], 0).reason == "No sperm was counted."


def test_more_abnormal_sperm_than_sperm_are_refused() -> None:
    with pytest.raises(ValueError, match="2 abnormal of 1"):
        deformity_indices([{A.HEAD_TAPERED}, {A.TAIL_SHORT}], 1)
