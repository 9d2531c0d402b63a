"""Help > How to Read a Heatmap: a short page, illustrated with synthetic cells and heatmaps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QWidget

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.gui.dialogs.close_dialog import PageDialog
from sperm_viewer.gui.widgets.qt_images import to_image
from sperm_viewer.imaging.overlay import overlay
from sperm_viewer.synthetic.render import PINK, HeadClass, render_cell, typical_cell

_SHOWN_PX = 170
_OPACITY = 0.6
_GRID = 28
_NARROW, _WIDE = 0.09, 0.14
"""Widths of the synthetic heat, as shares of the image."""


@dataclass(frozen=True, slots=True)
class _Example:
    """`spot` is the position of the heat along the head, from its middle (1 at the tip), and across it."""

    title: str
    text: str
    spot: tuple[float, float] | None
    width: float = _NARROW


_EXAMPLES = (
    _Example(
        "On the part that matters",
        "The green places contributed most to the class that the model chose. The inner line holds 30% of the heat, "
        "the outer one 60%. Here it is the acrosome. Ask yourself whether you would have looked there too.",
        (0.55, 0.0),
    ),
    _Example(
        "Beside the head",
        "Heat on the background, on debris or on another cell. Much heat beside the head is usual, also where the "
        "model is right: it compares the head with what surrounds it. By itself it is no reason to distrust an "
        "answer. Look at the cell without its heatmap (hold H) and decide.",
        (-0.2, 2.1),
        _WIDE,
    ),
    _Example(
        "Nowhere in particular",
        "Nothing is drawn over a flat map: no place contributed more than another. The app doesn't stretch tiny "
        "differences into a hot spot.",
        None,
    ),
)


class HeatmapHelp(PageDialog):
    def __init__(self, parent: QWidget | None) -> None:
        super().__init__("How to read a heatmap", parent)
        for number, example in enumerate(_EXAMPLES):
            image = to_image(_illustration(example))
            self.page.document().addResource(QTextDocument.ResourceType.ImageResource, QUrl(f"example:{number}"), image)
        self.page.setHtml(_html())


def _illustration(example: _Example) -> UInt8Array:
    cell = render_cell(typical_cell(HeadClass.NORMAL, PINK, seed=3))
    rgb = cell.rgb
    height, width = rgb.shape[:2]
    ys, xs = np.mgrid[:_GRID, :_GRID] / (_GRID - 1)
    placement = np.array([[1 / width, 0, 0.5 / width], [0, 1 / height, 0.5 / height]])
    if example.spot is None:
        return overlay(rgb, Heatmap(np.zeros((_GRID, _GRID), np.uint8), 1.0, 1.0, placement), _OPACITY)
    turn = math.radians(cell.angle)
    up, right = (-math.sin(turn), -math.cos(turn)), (math.cos(turn), -math.sin(turn))
    along, across = (share * cell.length / 2 for share in example.spot)
    x = (cell.centre[0] + along * up[0] + across * right[0]) / width
    y = (cell.centre[1] + along * up[1] + across * right[1]) / height
    heat = np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / (2 * example.width**2))
    return overlay(rgb, Heatmap(np.rint(heat * 255).astype(np.uint8), 0.0, 1.0, placement), _OPACITY)


def _html() -> str:
    rows = "".join(
        f'<tr><td style="padding: 6px 16px 6px 0"><img src="example:{number}" width="{_SHOWN_PX}"></td>'
        f'<td style="padding: 6px 0; vertical-align: middle"><b>{example.title}</b><br>{example.text}</td></tr>'
        for number, example in enumerate(_EXAMPLES)
    )
    return (
        "<h3>How to read a heatmap</h3>"
        "<p>A heatmap (Grad-CAM++) shows which places of the image made the model choose its class. The cells and "
        "heatmaps below are synthetic.</p>"
        f"<table>{rows}</table>"
        "<p><b>What it does not show.</b> It shows where the model looked, not what it saw there, and not whether it "
        "is right: a wrong class can have a convincing map. It shows the reasons for the chosen class only, not those "
        "against it. It is refined by integrated gradients, to about a fourteenth of the model's window; smaller "
        "details are smoothed away. Dashed lines show the coarse map of the scoring, until the refined one is ready "
        "or if the model isn't installed. The lines and the fill are relative to each cell's own heat, so two "
        "cells can't be compared by them.</p>"
        "<p>It explains a classification; it does not diagnose.</p>"
    )
