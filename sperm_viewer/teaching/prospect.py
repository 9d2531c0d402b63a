"""What a session has to teach: how many labels of which classes, what is missing, and what to label next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sperm_viewer.domain.verdict import How, Why
from sperm_viewer.session.session import Session
from sperm_viewer.teaching.cells_to_label import Candidate, cells_to_label
from sperm_viewer.teaching.judgement import Verdicts, classes_in_order, missing
from sperm_viewer.teaching.material import read_material

ASKED = 50


@dataclass(frozen=True, slots=True)
class Prospect:
    """`of_class` counts the labels that count; `left_out` the verdicts that don't; `open_eyed` those given beside the
    model's answer. `to_label` are the cells that teach most, by id, with why each is read.
    """

    of_class: Mapping[str, int]
    slides: int
    left_out: int
    open_eyed: int
    missing: tuple[str, ...]
    to_label: Mapping[int, Why]

    @property
    def labels(self) -> int:
        return sum(self.of_class.values())


def prospect(path: Path) -> Prospect:
    """Raises SpermViewerError if the session can't be read."""
    material = read_material([path])
    labelled = material.labelled
    classes = classes_in_order([cell.label for cell in labelled])
    verdicts = Verdicts(classes, tuple(cell.label for cell in labelled), tuple(cell.slide for cell in labelled))
    count = Counter(cell.label for cell in labelled)
    with Session.open(path, read_only=True) as session:
        cells = [cell for cell in session.all_cells() if cell.countable]
    given = [cell.verdict for cell in cells if cell.verdict and cell.verdict.class_name]
    free = [
        Candidate(cell.id, cell.slide, cell.prediction.confidence if cell.prediction else 0.0)
        for cell in cells
        if not cell.reviewed
    ]
    return Prospect(
        {name: count[name] for name in classes},
        material.slides or 0,
        material.left_out,
        sum(verdict.how is How.SINGLE for verdict in given),
        tuple(missing(verdicts)) if labelled else ("No cell has a label yet.",),
        cells_to_label(free, ASKED, len(labelled)),
    )
