"""Agreement of two readings against scikit-learn, statsmodels and a published example."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, confusion_matrix
from statsmodels.stats.inter_rater import cohens_kappa as reference

from sperm_viewer.statistics.agreement import agreement, cohens_kappa, kappa_interval
from sperm_viewer.statistics.confusion import Confusion, confusion

CLASSES = ("normal", "tapered", "pyriform", "amorphous")


@pytest.mark.parametrize("seed", range(5))
def test_kappa_its_interval_and_the_confusion_matrix_are_those_of_the_references(seed: int) -> None:
    rng = np.random.default_rng(seed)
    first = rng.choice(CLASSES, 150, p=(0.1, 0.4, 0.3, 0.2))
    second = np.where(rng.random(150) < 0.6, first, rng.choice(CLASSES, 150))
    found = agreement(first.tolist(), second.tolist(), CLASSES)
    table = confusion_matrix(first, second, labels=CLASSES)
    expected = reference(table)
    assert found.confusion.counts == tuple(map(tuple, table))
    assert found.kappa == pytest.approx(cohen_kappa_score(first, second))
    assert (found.kappa_low, found.kappa_high) == (pytest.approx(expected.kappa_low), pytest.approx(expected.kappa_upp))
    assert found.percent == pytest.approx(100 * (first == second).mean())
    assert found.low < found.percent < found.high
    assert found.note == ""


def test_the_diagnoses_of_fleiss_give_his_kappa_and_standard_error() -> None:
    """Fleiss, Statistical Methods for Rates and Proportions: 100 patients, kappa 0.68, standard error 0.087."""
    table = Confusion(("psychosis", "neurosis", "organic"), ((75, 1, 4), (5, 4, 1), (0, 0, 10)))
    interval = kappa_interval(table)
    assert cohens_kappa(table) == pytest.approx(0.676, abs=0.0005)
    assert interval
    assert (interval.high - interval.low) / (2 * 1.96) == pytest.approx(0.0877, abs=0.0002)


def test_kappa_is_not_defined_where_both_readings_know_one_class() -> None:
    found = agreement(["normal"] * 7, ["normal"] * 7, CLASSES)
    assert (found.percent, found.kappa, found.kappa_low) == (100.0, None, None)
    assert found.note == "Both readings gave every cell the same class, so kappa is not defined."


def test_readings_that_agree_throughout_have_kappa_1_and_no_interval_of_no_width() -> None:
    found = agreement(["normal", "tapered"] * 5, ["normal", "tapered"] * 5, CLASSES)
    assert (found.agreed, found.kappa, found.kappa_low, found.kappa_high) == (10, 1.0, None, None)
    assert "no interval" in found.note


def test_nothing_read_twice_gives_no_figure() -> None:
    found = agreement([], [], CLASSES)
    assert (found.cells, found.percent, found.low, found.kappa) == (0, None, None, None)
    assert found.note == "No cell was read twice."


def test_readings_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        agreement(["normal", "normal"], ["normal"], CLASSES)
    with pytest.raises(ValueError, match="not listed: round"):
        confusion(["round"], ["normal"], CLASSES)
    with pytest.raises(ValueError, match="2 rows"):
        Confusion(("normal", "tapered"), ((1, 2),))
    with pytest.raises(ValueError, match="below 0"):
        Confusion(("normal",), ((-1,),))
