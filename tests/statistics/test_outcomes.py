"""What a model answered of a cell has one number, and what counts as read is what the estimate may use."""

from __future__ import annotations

from dataclasses import replace

import pytest
from outcome_counts import SMIDS

from sperm_viewer.statistics.outcomes import OutcomeCounts, SampleCounts


def test_an_outcome_is_a_class_in_a_band_of_confidence_or_a_reason_to_refer() -> None:
    def outcome(first: str, confidence: float, referred: bool = False, unfamiliar: bool = False) -> str:
        return SMIDS.outcomes[SMIDS.outcome(first, confidence, referred=referred, out_of_distribution=unfamiliar)]

    assert outcome("normal", 0.95) == "normal, low confidence"
    assert outcome("normal", 0.9629) == "normal, middle confidence"
    assert outcome("non-sperm", 0.99) == "non-sperm, high confidence"
    assert outcome("normal", 0.6, referred=True) == "referred as uncertain"
    assert outcome("normal", 0.99, referred=True, unfamiliar=True) == "referred as out of distribution"
    assert [SMIDS.outcomes[number] for number in SMIDS.referred] == list(SMIDS.outcomes[-2:])
    assert [SMIDS.outcomes[number].split(",")[0] for number in SMIDS.answered("abnormal")] == ["abnormal"] * 3


def test_cells_chosen_by_their_look_count_as_read_only_once_all_of_their_outcome_are() -> None:
    partly = OutcomeCounts(5, {"normal": 2}, chosen={"normal": 3, "abnormal": 1})
    assert partly.verified == OutcomeCounts(9, {"normal": 2})
    fully = OutcomeCounts(0, {"normal": 2}, chosen={"normal": 3, "abnormal": 1})
    assert fully.verified == OutcomeCounts(0, {"normal": 5, "abnormal": 1})
    assert SampleCounts((partly, fully)).verified.unread == 9
    assert SampleCounts((partly, fully)).found == {"normal": 10, "abnormal": 2}
    assert SampleCounts((partly, fully)).cells == 17


def test_without_its_audit_cells_a_sample_is_as_before_they_were_read() -> None:
    counts = OutcomeCounts(10, {"abnormal": 4, "normal": 1}, audited={"abnormal": 2, "normal": 1})
    assert counts.without_audit == OutcomeCounts(13, {"abnormal": 2, "normal": 0})


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="none below 0"):
        OutcomeCounts(-1)
    with pytest.raises(ValueError, match="none below 0"):
        OutcomeCounts(1, {"normal": -1})
    with pytest.raises(ValueError, match="among those read"):
        OutcomeCounts(1, {"normal": 1}, audited={"normal": 2})


def test_a_matrix_that_does_not_fit_its_classes_is_refused() -> None:
    with pytest.raises(ValueError, match="not a class"):
        replace(SMIDS, normal_class="round")
    with pytest.raises(ValueError, match="11 columns"):
        replace(SMIDS, counts=tuple(row[:-1] for row in SMIDS.counts))
    with pytest.raises(ValueError, match="band begin"):
        replace(SMIDS, bands=((0.9, 0.8), *SMIDS.bands[1:]))
    with pytest.raises(ValueError, match="none below 0"):
        replace(SMIDS, counts=((-1.0, *SMIDS.counts[0][1:]), *SMIDS.counts[1:]))
