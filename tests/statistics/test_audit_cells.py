"""The audit cells of a laboratory ring when the matrix isn't its own, and seldom otherwise."""

from __future__ import annotations

import numpy as np
import pytest
from outcome_counts import CALLED_NORMAL, SMIDS, draw_cells

from sperm_viewer.statistics.audit_cells import AuditRecord, AuditTest, Shift, audit_records, audit_test
from sperm_viewer.statistics.outcomes import OutcomeCounts, SampleCounts

_PRIOR = np.array(SMIDS.counts) / 6 + 0.3
_RATES = _PRIOR / _PRIOR.sum(axis=1, keepdims=True)
"""The matrix as the headline takes it."""


def _laboratory(
    rates: np.ndarray, samples: int, cells: int, rng: np.random.Generator, debris: float = 0.25
) -> list[AuditRecord]:
    """`cells` audit cells of each sample, at random among those the model is sure of; 4% normal, `debris` a sperm."""
    true = np.array([0.04, 0.96, debris])
    expected, here = (
        np.stack([(true[:, None] * of)[:, 3 * k : 3 * k + 3].sum(axis=1) for k in range(3)], axis=1)
        for of in (_RATES, rates)
    )
    records = []
    for sample in range(samples):
        drawn = rng.multinomial(cells, here.ravel() / here.sum()).reshape(here.shape)
        for k in np.flatnonzero(drawn.sum(axis=0)):
            chances = expected[:, k] / expected[:, k].sum()
            records.append(AuditRecord(str(sample), SMIDS.classes[k], tuple(chances), tuple(drawn[:, k].tolist())))
    return records


def _hiding(share: float) -> np.ndarray:
    """Of the normal cells, `share` are answered abnormal, with confidence."""
    rates = _RATES.copy()
    rates[0, 3:6] = 0
    rates[0] *= (1 - share) / rates[0].sum()
    rates[0, 3:6] = share / 3
    return rates


def _rings(share: float, samples: int, cells: int) -> float:
    rng = np.random.default_rng([int(100 * share), samples])
    rates = _hiding(share)
    return float(np.mean([audit_test(SMIDS, _laboratory(rates, samples, cells, rng, 0)).rings for _ in range(60)]))


def test_one_samples_audit_is_nearly_blind_and_that_of_many_sees() -> None:
    assert _rings(0.4, 1, 15) < 0.1
    assert 0.7 < _rings(0.4, 40, 10) < _rings(0.4, 80, 10)
    assert _rings(0.4, 80, 10) > 0.95


def test_where_the_matrix_holds_it_rings_in_one_laboratory_of_a_hundred_at_most() -> None:
    rng = np.random.default_rng(7)
    rung = 0
    for _ in range(200):
        rates = np.array([rng.dirichlet(np.array(row) / 6 + 0.3) for row in SMIDS.counts])
        rung += audit_test(SMIDS, _laboratory(rates, 25, 8, rng)).rings
    assert rung <= 4


def test_once_rung_it_stays_so() -> None:
    rng = np.random.default_rng(8)
    shifted = _laboratory(_hiding(0.5), 40, 10, rng)
    assert audit_test(SMIDS, shifted).rings
    healed = audit_test(SMIDS, shifted + _laboratory(_RATES, 600, 20, rng))
    assert healed.evidence < 100
    assert healed.rings


def test_the_shift_that_could_have_been_seen_by_now_shrinks_as_cells_come_in() -> None:
    rng = np.random.default_rng(9)

    def detectable(samples: int) -> float | None:
        return audit_test(SMIDS, _laboratory(_RATES, samples, 10, rng, 0)).shift("normal", "abnormal").detectable

    assert audit_test(SMIDS, []).shift("normal", "abnormal").detectable is None
    few, many = detectable(20), detectable(200)
    assert few is not None
    assert many is not None
    assert 0.03 < many < few < 0.8
    assert _rings(few, 20, 10) == pytest.approx(0.8, abs=0.2)


def test_what_it_could_have_noticed_is_said_in_words() -> None:
    shift = Shift("normal", "abnormal", 0.022, 0.426, 1.0, 348, 1, 0.48)
    assert shift.words == (
        "The 348 audit cells so far would have noticed, in four of five cases, a share of 43% or more of normal cells "
        "that are answered abnormal with confidence (2% by the model's error matrix)."
    )
    assert "could not have noticed any share" in audit_test(SMIDS, []).shifts[0].words


def test_no_audit_cells_are_no_evidence() -> None:
    found = audit_test(SMIDS, [])
    assert isinstance(found, AuditTest)
    assert (found.cells, found.evidence, found.rings) == (0, 1.0, False)
    assert {(shift.true, shift.answer) for shift in found.shifts} == {
        (true, answer) for true in SMIDS.classes for answer in SMIDS.classes if true != answer
    }
    with pytest.raises(KeyError):
        found.shift("normal", "normal")


def test_a_samples_record_expects_what_it_would_with_the_audit_cells_unread() -> None:
    cells = draw_cells({"normal": 8, "abnormal": 192, "non-sperm": 50}, np.random.default_rng(10))

    def counts(normal_among_audited: int) -> SampleCounts:
        outcomes = []
        for m in range(11):
            found, total = dict(zip(SMIDS.classes, cells[:, m].tolist(), strict=True)), int(cells[:, m].sum())
            audited = {"normal": normal_among_audited, "abnormal": 6 - normal_among_audited}
            if m in CALLED_NORMAL:
                outcomes.append(OutcomeCounts(0, found))
            elif m == 4:
                outcomes.append(OutcomeCounts(total - 6, audited, audited=audited))
            else:
                outcomes.append(OutcomeCounts(total))
        return SampleCounts(tuple(outcomes))

    (none,), (some,) = (audit_records("A-017", SMIDS, counts(number)) for number in (0, 4))
    assert none.expected == some.expected
    assert sum(none.expected) == pytest.approx(1)
    assert none.expected[0] < 0.02
    assert (none.sample, none.answer, none.found, some.found) == ("A-017", "abnormal", (0, 6, 0), (4, 2, 0))
    assert audit_records("A-017", SMIDS, SampleCounts((OutcomeCounts(5),) * 11)) == []
