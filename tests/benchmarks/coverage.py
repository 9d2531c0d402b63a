"""How often the corrected share's 95% interval holds the true share, on simulated slides; prints a table.

Each corner draws a new test set for the model (as many crops of each class as SMIDS or HuSHeM has) and a new slide, so
that chance in both takes part. For two classes the interval of Lang and Reiczigel (2014, Preventive Veterinary Medicine
113, 13-22) stands beside it.

    python tests/benchmarks/coverage.py [SLIDES]
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sperm_viewer.statistics.adjusted_proportion import adjusted_proportion
from sperm_viewer.statistics.confusion import Confusion
from sperm_viewer.statistics.intervals import Z_95, Interval

PREVALENCES = (0.02, 0.04, 0.1, 0.2, 0.36, 0.7)


@dataclass(frozen=True, slots=True)
class Corner:
    """A model and a kind of slide. `rates` (K, K): true class in rows, predicted in columns; `crops` (K,): of each
    class in the model's test set; `others` (K,): how the cells that aren't normal are spread over the classes, of which
    the first is normal; `reviewed` (K,): how many cells of each class are referred and reviewed, 0 to 1.
    """

    classes: tuple[str, ...]
    rates: npt.NDArray[np.float64]
    crops: tuple[int, ...]
    others: tuple[float, ...]
    cells: int
    reviewed: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Slide:
    known: Confusion
    unreviewed: dict[str, int]
    reviewed: dict[str, int]


# Counts by group of the cards in resources/models.
_SMIDS = np.array([[793, 62, 4], [88, 722, 23], [10, 27, 797]], np.float64)
_HUSHEM = np.array([[134, 0, 3, 1], [2, 116, 6, 8], [5, 2, 127, 10], [0, 3, 14, 118]], np.float64)
_TWO = np.array([[134, 4], [7, 404]], np.float64)

SMIDS = Corner(
    ("normal", "abnormal", "non-sperm"),
    _SMIDS / _SMIDS.sum(axis=1, keepdims=True),
    crops=(859, 833, 834),
    others=(0, 0.8, 0.2),
    cells=200,
    reviewed=(0, 0, 0),
)
HUSHEM = Corner(
    ("normal", "amorphous", "pyriform", "tapered"),
    _HUSHEM / _HUSHEM.sum(axis=1, keepdims=True),
    crops=(46, 44, 48, 45),
    others=(0, 0.6, 0.3, 0.1),
    cells=200,
    reviewed=(0, 0, 0, 0),
)
TWO = Corner(
    ("normal", "abnormal"),
    _TWO / _TWO.sum(axis=1, keepdims=True),
    crops=(46, 137),
    others=(0, 1),
    cells=200,
    reviewed=(0, 0),
)


def better(corner: Corner) -> Corner:
    """Six tenths of the errors."""
    return replace(corner, rates=0.6 * corner.rates + 0.4 * np.eye(len(corner.classes)))


def worse(corner: Corner) -> Corner:
    """One answer in five is a guess."""
    return replace(corner, rates=0.8 * corner.rates + 0.2 / len(corner.classes))


def partly_reviewed(corner: Corner) -> Corner:
    """Fifteen of a hundred normal cells are referred and reviewed, thirty of a hundred others."""
    return replace(corner, reviewed=(0.15, *[0.3] * (len(corner.classes) - 1)))


def draw(corner: Corner, prevalence: float, rng: np.random.Generator) -> Slide:
    """A slide on which `prevalence` of the sperm are normal."""
    others = np.array(corner.others)
    sperm = np.array([name != "non-sperm" for name in corner.classes])
    # `others` is among cells, the prevalence among sperm.
    normal = prevalence * others[sperm].sum() / (1 - prevalence * (1 - others[sperm].sum()))
    mix = (1 - normal) * others
    mix[0] = normal
    reviewed = np.array(corner.reviewed)
    size = len(corner.classes)
    found = rng.multinomial(corner.cells, np.concatenate([(mix * (1 - reviewed)) @ corner.rates, mix * reviewed]))
    known = [rng.multinomial(crops, row) for crops, row in zip(corner.crops, corner.rates, strict=True)]
    return Slide(
        Confusion(corner.classes, tuple(tuple(int(n) for n in row) for row in known)),
        {name: int(n) for name, n in zip(corner.classes, found[:size], strict=True)},
        {name: int(n) for name, n in zip(corner.classes, found[size:], strict=True)},
    )


@dataclass(frozen=True, slots=True)
class Held:
    """Shares of slides whose interval held the true share, 0 to 1; `lang_reiczigel` for two classes alone."""

    corrected: float
    plain: float
    lang_reiczigel: float


def coverage(corner: Corner, prevalence: float, slides: int, seed: int, draws: int = 1000) -> Held:
    rng = np.random.default_rng(seed)
    true = 100 * prevalence
    corrected = plain = other = 0
    for _ in range(slides):
        slide = draw(corner, prevalence, rng)
        share = adjusted_proportion(slide.known, "normal", slide.unreviewed, slide.reviewed, draws=draws)
        corrected += share.low is not None and share.high is not None and share.low <= true <= share.high
        plain += (
            share.plain_low is not None and share.plain_high is not None and share.plain_low <= true <= share.plain_high
        )
        if len(corner.classes) == 2:
            interval = lang_reiczigel(slide)
            other += interval.low <= prevalence <= interval.high
    return Held(corrected / slides, plain / slides, other / slides)


def lang_reiczigel(slide: Slide) -> Interval:
    """Their interval of a share, for two classes and nothing reviewed."""
    (hits, misses), (false, right) = slide.known.counts
    positive, negative = slide.unreviewed.values()
    z2 = Z_95**2
    cells = positive + negative + z2
    called = (positive + z2 / 2) / cells
    sensitivity, specificity = (hits + 1) / (hits + misses + 2), (right + 1) / (false + right + 2)
    youden = sensitivity + specificity - 1
    share = (called + specificity - 1) / youden
    of_sensitivity = sensitivity * (1 - sensitivity) / (hits + misses + 2)
    of_specificity = specificity * (1 - specificity) / (false + right + 2)
    shift = 2 * z2 * (share * of_sensitivity - (1 - share) * of_specificity)
    spread = called * (1 - called) / cells + share**2 * of_sensitivity + (1 - share) ** 2 * of_specificity
    half = Z_95 * spread**0.5 / youden
    return Interval(share + shift - half, share + shift + half)


def main(slides: int) -> None:
    print(f"coverage in %, {slides} slides a corner; true share of normal among sperm:")
    print(f"{'':52}" + "".join(f"{prevalence:>8.0%}" for prevalence in PREVALENCES))
    seen: dict[str, list[float]] = {"corrected": [], "plain": [], "Lang-Reiczigel": []}
    for size, corner in (("SMIDS", SMIDS), ("HuSHeM", HUSHEM), ("HuSHeM, two classes", TWO)):
        for name, variant in (
            ("card, 100 cells", replace(corner, cells=100)),
            ("card, 200 cells", corner),
            ("card, 400 cells", replace(corner, cells=400)),
            ("better, 200 cells", better(corner)),
            ("worse, 200 cells", worse(corner)),
            ("card, 200 cells, part reviewed", partly_reviewed(corner)),
        ):
            held = [
                coverage(variant, prevalence, slides, seed=len(seen["corrected"]) + number)
                for number, prevalence in enumerate(PREVALENCES)
            ]
            methods = {"corrected": [one.corrected for one in held], "plain": [one.plain for one in held]}
            if corner is TWO and not any(variant.reviewed):
                methods["Lang-Reiczigel"] = [one.lang_reiczigel for one in held]
            for method, shares in methods.items():
                seen[method] += shares
                label = f"{size}, {name}" if method == "corrected" else f"    {method}"
                print(f"{label:52}" + "".join(f"{100 * share:8.1f}" for share in shares), flush=True)
    for method, shares in seen.items():
        inside = sum(0.93 <= share <= 0.97 for share in shares)
        print(
            f"{method}: {inside} of {len(shares)} corners within 93-97%, from {100 * min(shares):.1f} "
            f"to {100 * max(shares):.1f}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
