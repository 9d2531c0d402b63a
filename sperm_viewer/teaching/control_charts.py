"""The control charts of a laboratory: each measurement of each control slide over the runs of one model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sperm_viewer.domain.prediction import ModelId
from sperm_viewer.statistics.control_chart import (
    BASELINE,
    Rule,
    apart_in_a_run,
    binomial_limits,
    expected_share,
    limits,
    outside_limits,
    westgard,
)
from sperm_viewer.teaching.control_runs import ControlRun, ControlSlide, Measure, Proportion


@dataclass(frozen=True, slots=True)
class ChartPoint:
    """A run of a control slide. `low` and `high` are the limits for it, None before there are any.

    `broken` are the rules that the run breaks.
    """

    at: str
    by: str
    value: float
    low: float | None
    high: float | None
    broken: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class ControlChart:
    """`expected` is the mean of the first 20 runs, or their share; None if there are fewer."""

    slide: str
    measure: Measure | Proportion
    expected: float | None
    points: tuple[ChartPoint, ...]

    @property
    def words(self) -> str:
        """What the last run says, in a sentence."""
        if len(self.points) < BASELINE:
            return f"{len(self.points)} of the {BASELINE} runs that the limits need."
        if self.expected is None:
            return f"The first {BASELINE} runs don't vary, so there are no limits."
        broken = [f"{rule} ({rule.words})" for rule in self.points[-1].broken]
        return f"The last run breaks {'; '.join(broken)}." if broken else "The last run is within the limits."


def control_charts(runs: Sequence[ControlRun], model: ModelId) -> list[ControlChart]:
    """A chart for each control slide and measurement, of the runs that this model scored, by the slides' names."""
    of_model = [run for run in runs if run.model == model]
    names = sorted({slide.name for run in of_model for slide in run.slides})
    charts = []
    for measure in Measure:
        apart = _apart(of_model, measure)
        charts += [_of_means(of_model, name, measure, apart) for name in names]
    charts += [_of_shares(of_model, name, proportion) for proportion in Proportion for name in names]
    return sorted(charts, key=lambda chart: chart.slide)


def _of_means(runs: Sequence[ControlRun], name: str, measure: Measure, apart: set[str]) -> ControlChart:
    found = _runs_of(runs, name)
    values = [slide.means[measure] for _, slide in found]
    known = limits(values)
    broken: list[list[Rule]] = [[] for _ in values]
    if known:
        for violation in westgard([known.score(value) for value in values]):
            # The first runs made the limits.
            if violation.run >= BASELINE:
                broken[violation.run].append(violation.rule)
        for number, (run, _) in enumerate(found):
            if number >= BASELINE and run.at in apart:
                broken[number].append(Rule.R_4S)
    low, high = (known.mean - 3 * known.sd, known.mean + 3 * known.sd) if known else (None, None)
    points = (
        ChartPoint(run.at, run.by, value, low, high, tuple(rules))
        for (run, _), value, rules in zip(found, values, broken, strict=True)
    )
    return ControlChart(name, measure, known.mean if known else None, tuple(points))


def _of_shares(runs: Sequence[ControlRun], name: str, proportion: Proportion) -> ControlChart:
    found = _runs_of(runs, name)
    counts = [slide.shares[proportion] for _, slide in found]
    expected, outside = expected_share(counts), {violation.run for violation in outside_limits(counts)}
    points = []
    for number, ((run, _), (count, of)) in enumerate(zip(found, counts, strict=True)):
        low, high = (None, None) if expected is None or not of else binomial_limits(expected, of)
        broken = (Rule.LIMITS,) if number in outside else ()
        points.append(
            ChartPoint(
                run.at,
                run.by,
                count / of if of else 0.0,
                None if low is None else low / of,
                None if high is None else high / of,
                broken,
            )
        )
    return ControlChart(name, proportion, expected, tuple(points))


def _apart(runs: Sequence[ControlRun], measure: Measure) -> set[str]:
    """The times of the runs in which two control slides contradict each other."""
    known = {
        name: limits([slide.means[measure] for _, slide in _runs_of(runs, name)])
        for name in {slide.name for run in runs for slide in run.slides}
    }
    scores = []
    for run in runs:
        of_slides = ((known[slide.name], slide.means[measure]) for slide in run.slides)
        scores.append([found.score(value) for found, value in of_slides if found])
    return {runs[violation.run].at for violation in apart_in_a_run(scores)}


def _runs_of(runs: Sequence[ControlRun], name: str) -> list[tuple[ControlRun, ControlSlide]]:
    return [(run, slide) for run in runs for slide in run.slides if slide.name == name]
