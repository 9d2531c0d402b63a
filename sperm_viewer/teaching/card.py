"""The card of a site model: what it is for, what it was taught from, how good it is, what it can't."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sperm_viewer.domain.progress import counted
from sperm_viewer.inference.model_folders import ModelFolder
from sperm_viewer.inference.model_spec import ModelSpec
from sperm_viewer.statistics.confusion import Confusion
from sperm_viewer.teaching.cross_validation import NEW_CELLS, Figure
from sperm_viewer.teaching.material import Material

NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Measured:
    """What cross-validation found: macro-F1, the share of right first choices, and every answer by true class."""

    macro_f1: Figure
    accuracy: float
    kept: float
    right_of_kept: float
    answers: Confusion


def write_card(spec: ModelSpec, backbone: ModelFolder, material: Material, measured: Measured) -> str:
    """The card as Markdown."""
    parts = [
        f"# {spec.name}: {spec.title}",
        "Research use only: it explains a classification, it does not diagnose.",
        "## What it is for",
        f"Stained sperm heads from the microscope that it was taught with. It answers: {', '.join(spec.classes)}. On "
        "images that differ from those, it refers the cell to a person.",
        "## What it was taught from",
        *_taught_from(material),
        "## How it was taught",
        f"The backbone of `{backbone.spec.name}` (sha256 {backbone.id.sha256}) is unchanged, and this folder "
        "has its own copy. Its pooled features, over "
        f"{spec.preprocessing.views} turned views, were standardised and centred on the laboratory's cells, reduced to "
        "principal components, and classified by logistic regression with a ridge penalty. Penalty and number of "
        "components were chosen by cross-validation among the labels. Both steps are one linear layer here.",
        f"Data of the backbone: {backbone.spec.data.get('citation', NOT_KNOWN)} "
        f"Licence: {backbone.spec.data.get('licence', NOT_KNOWN)}.",
        "## What it reached",
        *_reached(spec, material, measured),
        "## What to know",
        "Temperature and the limit of confidence were chosen on the same held-back cells, which flatters the two "
        "figures of kept cells a little. Verdicts that were given beside a model's answer lean towards it; blind ones "
        "don't. A locked set of cells, read blind and never used to teach, says more than all of this.",
    ]
    return "\n\n".join(parts) + "\n"


def _taught_from(material: Material) -> list[str]:
    labelled = material.labelled
    count = Counter(cell.label for cell in labelled)
    classes = ", ".join(f"{number} {name}" for name, number in sorted(count.items()))
    slides = material.slides
    where = (
        f"of {counted(slides, 'slide')}"
        if slides
        else "of slides that are not known: cells of one slide were on both sides of the cross-validation, so its "
        "figures flatter"
    )
    readers = ", ".join(material.readers) or NOT_KNOWN
    left_out = f" {counted(material.left_out, 'verdict')} did not count." if material.left_out else ""
    sources = "\n".join(f"- {source.path.name}, {source.hash}" for source in material.sources)
    return [
        f"{counted(len(labelled), 'cell')} with a label ({classes}), {where}; read by: {readers}. "
        f"{counted(len(material.cells) - len(labelled), 'cell')} without one were looked at too.{left_out}",
        f"Sessions, each with the hash of its last audit row, or indexes with their sha256:\n\n{sources}",
    ]


def _reached(spec: ModelSpec, material: Material, measured: Measured) -> list[str]:
    found = measured.macro_f1
    held = "slides" if material.slides else "cells"
    return [
        f"Nested cross-validation; {held} that are scored were not learnt from. The interval is where a check on "
        f"{NEW_CELLS} cells of other slides finds the macro-F1, 19 times of 20.",
        "| | |\n|---|---|\n"
        f"| macro-F1 | {found.value:.3f} |\n| its interval | {found.low:.3f}-{found.high:.3f} |\n"
        f"| accuracy | {measured.accuracy:.3f} |\n| share of cells kept | {measured.kept:.3f} |\n"
        f"| right among the kept | {measured.right_of_kept:.3f} |",
        "True class (rows) against first choice (columns):",
        _table(spec.classes, measured.answers.counts),
    ]


def _table(classes: Sequence[str], rows: Sequence[Sequence[float]]) -> str:
    lines = [f"| | {' | '.join(classes)} |", f"|{'---|' * (len(classes) + 1)}"]
    lines += [f"| {name} | {' | '.join(f'{n:g}' for n in row)} |" for name, row in zip(classes, rows, strict=True)]
    return "\n".join(lines)
