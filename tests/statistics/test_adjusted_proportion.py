"""The corrected share: its formula by hand, its interval by simulation and against a numerical reference."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.coverage import HUSHEM, SMIDS, TWO, Corner, coverage, lang_reiczigel, partly_reviewed, worse
from benchmarks.coverage import Slide as Simulated

from sperm_viewer.statistics.adjusted_proportion import ASSUMPTIONS, adjusted_proportion
from sperm_viewer.statistics.confusion import Confusion

TEST_SET = Confusion(("normal", "abnormal"), ((90, 10), (20, 180)))
"""Sensitivity 0.9, specificity 0.9."""
THREE = Confusion(("normal", "abnormal", "non-sperm"), ((80, 20, 0), (10, 90, 0), (10, 10, 80)))


def test_for_two_classes_the_estimate_is_rogan_and_gladens() -> None:
    found = adjusted_proportion(TEST_SET, "normal", {"normal": 60, "abnormal": 140}, {})
    assert found.percent == pytest.approx(100 * (0.3 + 0.9 - 1) / (0.9 + 0.9 - 1))
    assert found.plain_percent == 30.0
    assert found.caveats == (ASSUMPTIONS,)


def test_non_sperm_taken_for_sperm_are_corrected_and_left_out() -> None:
    """True 40 normal, 110 abnormal, 50 non-sperm: expected answers 48, 112, 40."""
    found = adjusted_proportion(THREE, "normal", {"normal": 48, "abnormal": 112, "non-sperm": 40}, {"non-sperm": 500})
    assert found.percent == pytest.approx(100 * 40 / 150)
    assert found.plain_percent == pytest.approx(100 * 48 / 160)
    assert (found.reviewed, found.unreviewed) == (0, 200)


def test_reviewed_cells_are_taken_as_they_are() -> None:
    """Of 200 unreviewed 50 are normal after correction, of 100 reviewed 70."""
    found = adjusted_proportion(
        TEST_SET, "normal", {"normal": 60, "abnormal": 140}, {"normal": 70, "round": 30, "non-sperm": 9}
    )
    assert found.percent == pytest.approx(100 * (50 + 70) / 300)
    assert (found.reviewed, found.unreviewed) == (100, 200)
    only = adjusted_proportion(TEST_SET, "normal", {}, {"normal": 70, "abnormal": 30})
    assert only.percent == only.plain_percent == 70.0
    assert (only.low, only.high) == (pytest.approx(only.plain_low, abs=0.7), pytest.approx(only.plain_high, abs=0.7))


def test_the_interval_is_close_to_lang_and_reiczigels_and_wider_than_the_plain_one() -> None:
    answers = {"normal": 60, "abnormal": 140}
    found = adjusted_proportion(TEST_SET, "normal", answers, {})
    other = lang_reiczigel(Simulated(TEST_SET, answers, {}))
    assert (found.low, found.high) == (pytest.approx(100 * other.low, abs=1), pytest.approx(100 * other.high, abs=1))
    assert found.high - found.low > found.plain_high - found.plain_low


def test_a_larger_test_set_narrows_the_interval_as_far_as_chance_on_the_slide_allows() -> None:
    def width(times: int) -> float:
        known = Confusion(TEST_SET.classes, tuple(tuple(n * times for n in row) for row in TEST_SET.counts))
        found = adjusted_proportion(known, "normal", {"normal": 60, "abnormal": 140}, {})
        return found.high - found.low

    assert width(1) > width(10) > width(100_000)
    # With error rates as good as known, the width is the plain one over sensitivity + specificity - 1.
    plain = adjusted_proportion(TEST_SET, "normal", {"normal": 60, "abnormal": 140}, {})
    assert width(100_000) == pytest.approx((plain.plain_high - plain.plain_low) / 0.8, rel=0.02)


def test_the_same_counts_give_the_same_interval() -> None:
    once, again = (adjusted_proportion(THREE, "normal", {"normal": 9, "abnormal": 41}, {"normal": 3}) for _ in range(2))
    assert once == again


def test_a_slide_beyond_the_models_known_errors_gets_words_instead_of_a_share() -> None:
    found = adjusted_proportion(TEST_SET, "normal", {"normal": 0, "abnormal": 400}, {})
    assert (found.percent, found.low, found.high, found.plain_percent) == (None, None, None, 0.0)
    assert found.caveats[0].startswith("No corrected share: the model's answers on this slide are further out")


def test_a_share_below_what_errors_alone_make_is_0_and_inside_its_interval() -> None:
    found = adjusted_proportion(TEST_SET, "normal", {"normal": 19, "abnormal": 181}, {})
    assert found.percent == found.low == 0.0
    assert found.high > 0


def test_a_model_that_tells_nothing_and_a_slide_without_sperm_get_words() -> None:
    guess = Confusion(("normal", "abnormal"), ((50, 50), (50, 50)))
    found = adjusted_proportion(guess, "normal", {"normal": 60, "abnormal": 140}, {})
    assert found.percent is None
    assert "does not tell" in found.caveats[0]
    nothing = adjusted_proportion(THREE, "normal", {"non-sperm": 10}, {})
    assert nothing.percent is nothing.plain_percent is None
    assert "no sperm" in nothing.caveats[0]


def test_a_model_that_hardly_tells_allows_any_share() -> None:
    hardly = Confusion(("normal", "abnormal"), ((11, 9), (9, 11)))
    found = adjusted_proportion(hardly, "normal", {"normal": 100, "abnormal": 100}, {})
    assert (found.low, found.high) == (0.0, 100.0)


def test_a_matrix_that_does_not_fit_the_question_is_refused() -> None:
    with pytest.raises(ValueError, match="does not know round"):
        adjusted_proportion(TEST_SET, "normal", {"round": 3}, {})
    with pytest.raises(ValueError, match="without a crop"):
        adjusted_proportion(Confusion(("normal", "abnormal"), ((9, 1), (0, 0))), "normal", {"normal": 3}, {})


@pytest.mark.parametrize(
    ("corner", "prevalence"),
    [(SMIDS, 0.36), (HUSHEM, 0.04), (worse(TWO), 0.2), (partly_reviewed(HUSHEM), 0.36)],
    ids=["smids", "hushem", "worse", "partly-reviewed"],
)
def test_95_percent_of_intervals_hold_the_true_share(corner: Corner, prevalence: float) -> None:
    held = coverage(corner, prevalence, slides=800, seed=0)
    assert 0.93 <= held.corrected <= 0.97


def test_the_simulation_notices_an_interval_that_leaves_out_classifier_error() -> None:
    assert coverage(SMIDS, 0.36, slides=200, seed=0, draws=200).plain < 0.9


def test_a_simulated_slide_has_the_prevalence_it_was_asked_for_among_sperm() -> None:
    from benchmarks.coverage import draw

    perfect = Corner(SMIDS.classes, np.eye(3), (1, 1, 1), SMIDS.others, 200_000, (0.0, 0.0, 0.0))
    cells = draw(perfect, 0.36, np.random.default_rng(0)).unreviewed
    assert cells["normal"] / (cells["normal"] + cells["abnormal"]) == pytest.approx(0.36, abs=0.005)
    assert cells["non-sperm"] > 0
