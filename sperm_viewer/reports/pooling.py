"""Whether the slides of a sample may be counted together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import combinations

from sperm_viewer.domain.sample import Sample, SlideDetails
from sperm_viewer.session.session import SessionModel
from sperm_viewer.statistics.replicates import ReplicateComparison, compare_replicates
from sperm_viewer.statistics.slide_figures import Tally, slide_figures


def why_not_pooled(details: Collection[SlideDetails], comparisons: Iterable[ReplicateComparison | None]) -> str:
    """Replicates are counted together only if they were made alike and agree; empty if they may be.

    A stain or a magnification that nobody noted is no difference.
    """
    stains = {slide.stain for slide in details} - {""}
    magnifications = {slide.magnification for slide in details} - {""}
    if len(stains) > 1 or len(magnifications) > 1:
        return "The slides differ in stain or magnification, so they are not replicates and are not counted together."
    if any(comparison and not comparison.agrees for comparison in comparisons):
        return "The slides differ by more than the WHO accepts, so they are not counted together. Count them again."
    return ""


def why_apart(sample: Sample, tallies: Sequence[Tally], model: SessionModel) -> str:
    """Why the slides of a sample may not be counted together, as `why_not_pooled`; the tallies are the session's."""
    figures = [slide_figures(tallies, model.classes, slide.id).final for slide in sample.slides]
    comparisons = [compare_replicates(one, other, model.normal_class) for one, other in combinations(figures, 2)]
    return why_not_pooled([slide.details for slide in sample.slides], comparisons)
