"""A site model is put into use only where it is better, and the page says why not."""

from __future__ import annotations

import pytest

from sperm_viewer.statistics.paired import paired_difference
from sperm_viewer.teaching.promotion import Answers, calibration_error, decide, figures

_CLASSES = ("normal", "tapered")
_TRUTH = ("normal", "tapered") * 100


def _answers(wrong: int, referred: int = 0, confidence: float = 0.9, classes: tuple[str, ...] = _CLASSES) -> Answers:
    """Wrong on cells here and there, referring the last ones."""
    other = {"normal": "tapered", "tapered": "normal"}
    first = tuple(other[name] if 7 * n % len(_TRUTH) < wrong else name for n, name in enumerate(_TRUTH))
    kept = tuple(n < len(_TRUTH) - referred for n in range(len(_TRUTH)))
    return Answers(classes, first, (confidence,) * len(_TRUTH), kept)


def test_a_better_model_is_promoted() -> None:
    found = decide(_TRUTH, _answers(10, confidence=0.95), _answers(50, confidence=0.75))
    assert found.promoted
    assert found.why[0].startswith("It keeps and answers 1")


def test_an_equal_model_is_not() -> None:
    found = decide(_TRUTH, _answers(20), _answers(20))
    assert not found.promoted
    assert found.why[0].startswith("It isn't shown to keep and answer more cells rightly: the difference is -")


def test_a_model_that_is_worse_on_one_class_is_not() -> None:
    old, new = list(_answers(0).kept), list(_answers(0).kept)
    for n, name in enumerate(_TRUTH):
        old[n] = name == "normal" or n >= 100
        new[n] = name == "tapered" or n >= 20
    shared = (_CLASSES, _TRUTH, (0.9,) * len(_TRUTH))
    found = decide(_TRUTH, Answers(*shared, tuple(new)), Answers(*shared, tuple(old)))
    assert found.why == ("Of 'normal' 90% are kept and right, 100% with the model in use.",)
    assert not found.promoted


def test_a_model_whose_confidence_is_further_off_is_not() -> None:
    found = decide(_TRUTH, _answers(10, confidence=0.6), _answers(50, confidence=0.75))
    assert not found.promoted
    assert len(found.why) == 1
    assert found.why[0].startswith("Its confidence is off by 35.0 points on average, that of the model in use by ")


def test_a_model_with_swapped_labels_is_not() -> None:
    assert not decide(_TRUTH, _answers(len(_TRUTH)), _answers(30)).promoted
    assert not decide(_TRUTH, _answers(len(_TRUTH)), _answers(0, referred=200)).promoted


@pytest.mark.parametrize("old", [_answers(0, referred=101), _answers(0, classes=("normal", "tapered", "amorphous"))])
def test_where_the_old_one_refers_most_or_has_other_classes_the_new_one_stands_for_itself(old: Answers) -> None:
    assert decide(_TRUTH, _answers(10), old).promoted
    wrong = decide(_TRUTH, _answers(30), old)
    assert wrong.why == ("It is right on 85% of the kept cells, with a lower limit of 79%; 85% is needed.",)
    few = decide(_TRUTH, _answers(0, referred=150), old)
    assert few.why == ("It keeps 25% of the cells; 30% are needed.",)


def test_figures_are_those_worked_out_by_hand() -> None:
    found = figures(("a", "a", "b", "b"), Answers(("a", "b"), ("a", "b", "b", "b"), (0.9, 0.8, 0.7, 0.6), (True,) * 4))
    assert (found.coverage, found.accuracy, found.of_class) == (1.0, 0.75, {"a": 0.5, "b": 1.0})
    # Four bins of one cell: |.9 - 1|, |.8 - 0|, |.7 - 1|, |.6 - 1|.
    assert found.calibration_error == pytest.approx((0.1 + 0.8 + 0.3 + 0.4) / 4)


def test_nothing_can_be_said_of_no_cell() -> None:
    with pytest.raises(ValueError, match="no cell"):
        figures((), Answers(_CLASSES, (), (), ()))


def test_a_confidence_that_holds_has_no_error() -> None:
    import numpy as np

    assert calibration_error(np.full(40, 0.75), np.arange(40) % 4 > 0) == pytest.approx(0, abs=0.02)
    assert calibration_error(np.full(40, 0.75), np.zeros(40, bool)) == pytest.approx(0.75)


def test_the_paired_interval_is_that_of_the_paper() -> None:
    # 12 / 52 less 3 / 52, plus and minus 1.96 times the root of (12 / 52 + 3 / 52 - 0.17308^2) / 52.
    found = paired_difference(11, 2, 50)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0349, 0.3113)
    with pytest.raises(ValueError, match="no comparison"):
        paired_difference(3, 3, 5)
