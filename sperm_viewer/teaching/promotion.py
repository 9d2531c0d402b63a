"""Whether a site model takes the place of the model in use, decided on a locked set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sperm_viewer.statistics.intervals import Interval, wilson
from sperm_viewer.statistics.paired import paired_difference

LEAST_ACCURACY, LEAST_COVERAGE = 0.85, 0.30
MOST_WORSE = 0.05
MOST_REFERRED = 0.5
_BINS = 10

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Answers:
    """What a model answered of N cells: its first choice, the confidence (0 to 1), and whether it kept the cell."""

    classes: tuple[str, ...]
    first: tuple[str, ...]
    confidence: tuple[float, ...]
    kept: tuple[bool, ...]

    def right(self, truth: Sequence[str]) -> Bools:
        return np.array([one == other for one, other in zip(self.first, truth, strict=True)], np.bool_)

    def kept_and_right(self, truth: Sequence[str]) -> Bools:
        return self.right(truth) & np.array(self.kept, np.bool_)


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one model: the share kept, right among the kept with its 95% interval (None if none was kept), calibration
    error of all first choices, and the share of each class that was kept and right.
    """

    coverage: float
    accuracy: float
    interval: Interval | None
    calibration_error: float
    of_class: dict[str, float]


@dataclass(frozen=True, slots=True)
class Decision:
    """`why` says in sentences what was decided and by which figures; `difference` of kept and right, new less old."""

    promoted: bool
    why: tuple[str, ...]
    new: Figures
    old: Figures
    difference: Interval


def decide(truth: Sequence[str], new: Answers, old: Answers) -> Decision:
    """Compares two models on the same cells, read blind; `truth` (N,) are the readers' classes."""
    found, before = figures(truth, new), figures(truth, old)
    ours, theirs = new.kept_and_right(truth), old.kept_and_right(truth)
    gained, lost = int((ours & ~theirs).sum()), int((theirs & ~ours).sum())
    difference = paired_difference(gained, lost, len(truth))
    if set(new.classes) != set(old.classes) or before.coverage < 1 - MOST_REFERRED:
        against, sentence = _on_its_own(found)
    else:
        against, sentence = _against_the_old(found, before, difference), _gain(difference)
    return Decision(not against, tuple(against) or (sentence,), found, before, difference)


def figures(truth: Sequence[str], answers: Answers) -> Figures:
    """Raises ValueError where there is no cell."""
    if not truth:
        raise ValueError("there is no cell to compare on")
    right, kept = answers.right(truth), np.array(answers.kept, np.bool_)
    both = right & kept
    names = np.array(truth)
    return Figures(
        float(kept.mean()),
        float(right[kept].mean()) if kept.any() else 0.0,
        wilson(int(both.sum()), int(kept.sum())),
        calibration_error(np.array(answers.confidence), right),
        {str(name): float(both[names == name].mean()) for name in np.unique(names)},
    )


def calibration_error(confidence: npt.NDArray[np.float64], right: Bools) -> float:
    """The expected calibration error over ten bins of equally many cells (Naeini et al. 2015), 0 to 1."""
    order = np.argsort(confidence, kind="stable")
    bins = np.array_split(order, min(_BINS, len(order)))
    return float(sum(abs(confidence[part].mean() - right[part].mean()) * len(part) for part in bins) / len(order))


def _on_its_own(found: Figures) -> tuple[list[str], str]:
    low = 0.0 if found.interval is None else found.interval.low
    shown = (
        f"it keeps {found.coverage:.0%} of the cells and is right on {found.accuracy:.0%} of them (at least {low:.0%})"
    )
    against = []
    if found.coverage < LEAST_COVERAGE:
        against.append(f"It keeps {found.coverage:.0%} of the cells; {LEAST_COVERAGE:.0%} are needed.")
    if low < LEAST_ACCURACY:
        against.append(
            f"It is right on {found.accuracy:.0%} of the kept cells, with a lower limit of {low:.0%}; "
            f"{LEAST_ACCURACY:.0%} is needed."
        )
    return against, f"The model in use refers most cells or has other classes, and {shown}."


def _against_the_old(found: Figures, before: Figures, difference: Interval) -> list[str]:
    against = []
    if difference.low <= 0:
        against.append(
            "It isn't shown to keep and answer more cells rightly: the difference is "
            f"{difference.low * 100:+.0f} to {difference.high * 100:+.0f} points."
        )
    for name, share in found.of_class.items():
        if before.of_class[name] - share > MOST_WORSE:
            against.append(
                f"Of '{name}' {share:.0%} are kept and right, {before.of_class[name]:.0%} with the model in use."
            )
    if found.calibration_error > before.calibration_error:
        against.append(
            f"Its confidence is off by {found.calibration_error * 100:.1f} points on average, that of the model in use "
            f"by {before.calibration_error * 100:.1f}."
        )
    return against


def _gain(difference: Interval) -> str:
    return (
        f"It keeps and answers {difference.low * 100:.0f} to {difference.high * 100:.0f} points more cells rightly "
        "than the model in use."
    )
