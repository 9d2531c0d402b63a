"""Whether the slides of a sample may be counted together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import combinations

from sperm_viewer.domain.sample import SlideDetails
from sperm_viewer.statistics.replicates import ReplicateComparison, compare_replicates
from sperm_viewer.statistics.slide_figures import SlideFigures


def why_not_pooled(details: Collection[SlideDetails], comparisons: Iterable[ReplicateComparison | None]) -> str:
    """Replicates are counted together only if they were made alike and agree; empty if they may be.

    A stain or a magnification that nobody noted is no difference.
    """
    stains = {slide.stain for slide in details} - {""}
    magnifications = {slide.magnification for slide in details} - {""}
    if len(stains) > 1 or len(magnifications) > 1:
        return "The slides differ in stain or magnification, so they are not replicates and are not counted together."
    if any(comparison and not comparison.agrees for comparison in comparisons):
        return "The slides differ by more than the WHO accepts, so they are not counted together."
    return ""


def compare_slides(slides: Sequence[SlideFigures], normal_class: str) -> list[ReplicateComparison | None]:
    """Each two slides of a sample, as `compare_replicates` compares them."""
    return [compare_replicates(one.final, other.final, normal_class) for one, other in combinations(slides, 2)]
