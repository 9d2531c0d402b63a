"""A verdict and ticks that contradict each other are found, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest
from cells import MODEL

from sperm_viewer.domain.cell import Cell, Status
from sperm_viewer.domain.contradiction import contradiction
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.prediction import Prediction
from sperm_viewer.domain.verdict import Decision

CELL = Cell(
    id=1,
    sample="S",
    slide=1,
    ref=ImageRef("S", Path("a.png")),
    sha256="cd" * 32,
    size=(50, 50),
    place=None,
    status=Status.SCORED,
    prediction=Prediction(MODEL.id, MODEL.classes, (0.7, 0.2, 0.1)),
    flags=frozenset(),
    reason="",
    shares=None,
    verdict=None,
    app_version="",
    normal_class="normal",
)


@pytest.mark.parametrize(
    ("class_name", "ticked", "text"),
    [
        ("normal", {"tail-coiled"}, "The verdict is normal, but an anomaly is ticked: coiled tail."),
        ("non-sperm", {"head-round"}, "The verdict is non-sperm, but an anomaly is ticked: round head."),
        ("abnormal", set(), "The verdict is abnormal, but no anomaly is ticked."),
        ("tapered", {"tail-coiled"}, "The verdict is tapered, but 'tapered head' is not ticked."),
        ("tapered", {"tail-coiled", "head-tapered"}, ""),
        ("abnormal", {"tail-coiled"}, ""),
        ("abnormal", None, ""),
        ("normal", set(), ""),
        ("normal", None, ""),
        ("", {"tail-coiled"}, ""),
    ],
)
def test_a_contradiction_is_named(class_name: str, ticked: set[str] | None, text: str) -> None:
    said = Decision(class_name, anomalies=None if ticked is None else frozenset(ticked))
    assert contradiction(CELL, said) == text
