"""Help > Keyboard Shortcuts: every key of the app, those of the review first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHeaderView, QWidget

from sperm_viewer.gui.dialogs.close_dialog import CloseDialog
from sperm_viewer.gui.widgets.action_spec import ActionId, ActionSpec, Menu
from sperm_viewer.gui.widgets.text_table import text_table

_WIDEST_KEY = 260
"""Pixels; longer descriptions of keys take two lines."""
_IN_VIEWS = (
    ("Wheel", "Zoom at the pointer, in both images"),
    ("Arrow keys in an image", "Move the image"),
    ("Double click on an image", "Show the whole crop"),
    ("Up, Down in the table", "Go to the previous or next cell"),
    ("Home, End in the table", "Go to the first or last cell"),
    ("Arrow keys, Page Up, Page Down in the gallery", "Go from cell to cell in reading order"),
    ("Shift or Ctrl with a click or an arrow key", "Select several cells"),
    ("Ctrl+wheel in the gallery", "Make the images larger or smaller"),
    ("Pointer on a cell of the gallery", "Show its heatmap"),
    ("Escape in the search field", "Clear it; if it is empty, go to the table"),
    ("Ctrl+A in the table", "Select all cells shown"),
)


class ShortcutsDialog(CloseDialog):
    """Actions without a key are left out, and so are classes that the model doesn't have."""

    def __init__(
        self, specs: Sequence[ActionSpec[Any]], actions: Mapping[ActionId, QAction], parent: QWidget | None
    ) -> None:
        super().__init__("Keyboard shortcuts", 780, 560, parent)
        native = QKeySequence.SequenceFormat.NativeText
        review_first = sorted(specs, key=lambda spec: spec.menu is not Menu.REVIEW)
        shown = [(spec, actions[spec.id]) for spec in review_first if actions[spec.id].isVisible()]
        rows = [(", ".join(key.toString(native) for key in action.shortcuts()), spec.tip) for spec, action in shown]
        rows = [*((keys, tip) for keys, tip in rows if keys), *_IN_VIEWS]
        table = text_table("Keyboard shortcuts", ["Key", "What it does"], rows)
        table.setColumnWidth(0, min(table.columnWidth(0), _WIDEST_KEY))
        # `stretchLastSection` never makes a column narrower than its texts.
        table.horizontalHeader().setStretchLastSection(False)
        table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        # Long texts are broken into lines instead of being cut.
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.stack(table)
