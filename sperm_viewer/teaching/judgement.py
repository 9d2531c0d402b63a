"""Whether a laboratory's labels can be learnt, and what is missing before that can be asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.progress import counted
from sperm_viewer.teaching.cross_validation import Figure

LEAST_LABELS = 40
LEAST_SLIDES = 3
LEAST_OF_CLASS = 8
_BY_CHANCE = 0.001
"""How rarely labels at random may reach the figure: of 200 tries at most two are to be taken for real."""
_LEAST_SHARE = 0.25
"""How far from chance (0) to perfect (1) the macro-F1 has to be: less than that helps nobody."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The labels that count: the class and the slide of each cell; `slide` is empty where none is known."""

    classes: tuple[str, ...]
    labels: tuple[str, ...]
    slides: tuple[str, ...]

    @property
    def slides_known(self) -> bool:
        return any(self.slides)


def missing(verdicts: Verdicts) -> list[str]:
    """What is missing before a model can be taught, as sentences; empty if nothing is."""
    found, labels = [], len(verdicts.labels)
    if len(verdicts.classes) < 2:
        return ["All cells have one class, so there is nothing to tell apart. Label cells of another class too."]
    if labels < LEAST_LABELS:
        found.append(f"{counted(labels, 'cell has', 'cells have')} a label; {LEAST_LABELS} are needed.")
    count = Counter(verdicts.labels)
    for name in verdicts.classes:
        if count[name] < LEAST_OF_CLASS:
            found.append(f"{counted(count[name], 'cell is', 'cells are')} '{name}'; {LEAST_OF_CLASS} are needed.")
    if not verdicts.slides_known:
        return found
    slides = len(set(verdicts.slides))
    if slides < LEAST_SLIDES:
        found.append(f"The labels come from {counted(slides, 'slide')}; {LEAST_SLIDES} are needed.")
    for name in verdicts.classes:
        pairs = zip(verdicts.labels, verdicts.slides, strict=True)
        if count[name] >= LEAST_OF_CLASS and len({slide for label, slide in pairs if label == name}) < 2:
            found.append(
                f"All cells of '{name}' are of one slide, which may be told apart instead. Label another slide."
            )
    return found


def doubts(figure: Figure, chance: npt.NDArray[np.float64]) -> list[str]:
    """Why the labels can't be learnt, as sentences; empty if they can.

    `chance` are the macro-F1s of labels that were shuffled, in ascending order.
    """
    expected = float(chance.mean())
    highest = float(chance[int(np.ceil((1 - _BY_CHANCE) * len(chance))) - 1])
    shown = f"On cells that were held back its macro-F1 is {figure.value:.2f}"
    if figure.value <= highest or figure.low <= expected:
        return [
            f"{shown}, no better than chance: labels at random give {expected:.2f}, and now and then {highest:.2f}. "
            "Check the labels and the images, or label more cells."
        ]
    if figure.value < expected + _LEAST_SHARE * (1 - expected):
        return [f"{shown}, little more than chance ({expected:.2f}). Label more cells, or use sharper images."]
    return []


def classes_in_order(labels: Sequence[str]) -> tuple[str, ...]:
    """The classes of these labels: `normal` first and `non-sperm` last, the others by name."""
    order = {"normal": 0, "non-sperm": 2}
    return tuple(sorted(set(labels), key=lambda label: (order.get(label, 1), label)))
