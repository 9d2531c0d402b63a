"""About, and the list of keys."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import QLabel, QTextBrowser, QWidget

from sperm_viewer import __version__
from sperm_viewer.gui.dialogs.close_dialog import CloseDialog
from sperm_viewer.gui.dialogs.guide import PageWindow
from sperm_viewer.gui.widgets.actions import ACTIONS, Act
from sperm_viewer.gui.widgets.text_table import text_table
from sperm_viewer.gui.widgets.theme import heading_font
from sperm_viewer.inference.model_folders import CARD_FILE, ModelFolder
from sperm_viewer.system import paths

_IN_VIEWS = (
    ("Wheel", "Zoom at the pointer, in both pictures"),
    ("Arrow keys in a picture", "Move the picture"),
    ("Double click on a picture", "See the whole crop"),
    ("Up, Down in the table", "Go to the cell before or after"),
    ("Home, End in the table", "Go to the first or last cell"),
    ("Arrow keys, Page Up, Page Down in the gallery", "Go from cell to cell, as one reads"),
    ("Shift or Ctrl with a click or an arrow key", "Select several cells"),
    ("Ctrl+wheel in the gallery", "Make the pictures larger or smaller"),
    ("Pointer on a cell of the gallery", "See its heatmap"),
    ("Escape in the search field", "Clear it; when it is empty, go to the table"),
    ("Ctrl+A in the table", "Select all cells shown"),
)
_LICENCES = (
    "Sperm Viewer is free software under the Apache License 2.0. It uses Qt and PySide6 (LGPL 3), ONNX Runtime (MIT), "
    "NumPy (BSD), OpenCV (Apache 2.0), Pillow (MIT-CMU), tifffile and imagecodecs (BSD), safetensors (Apache 2.0). "
    "Class colours: Okabe and Ito. Method: arXiv:2606.20438; heatmaps: Grad-CAM++ (arXiv:1710.11063)."
)


class AboutDialog(CloseDialog):
    def __init__(self, icon: QIcon, models: Sequence[ModelFolder], device: str, parent: QWidget | None) -> None:
        super().__init__("About Sperm Viewer", 520, 480, parent)
        picture = QLabel()
        picture.setPixmap(icon.pixmap(72, 72))
        picture.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        title = QLabel(f"Sperm Viewer {__version__}")
        title.setFont(heading_font(self.font()))
        title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        text = QTextBrowser()
        text.setFrameShape(QTextBrowser.Shape.NoFrame)
        text.setHtml(about_html(models, device))
        text.setOpenLinks(False)
        text.anchorClicked.connect(self._show_card)
        text.setAccessibleName("About")
        text.viewport().setAutoFillBackground(False)
        self.column.setContentsMargins(24, 20, 24, 16)
        self.column.setSpacing(10)
        self.stack(picture, title, text)

    def _show_card(self, url: QUrl) -> None:
        card = Path(url.toLocalFile())
        PageWindow(f"Card of the model {card.parent.name}", card, self).show()


class KeysDialog(CloseDialog):
    """Every key of the app; what has none isn't listed."""

    def __init__(self, actions: Mapping[Act, QAction], parent: QWidget | None) -> None:
        super().__init__("Keyboard shortcuts", 560, 560, parent)
        native = QKeySequence.SequenceFormat.NativeText
        # Classes that the model doesn't have are hidden, and so are their keys.
        shown = [(spec, actions[spec.id]) for spec in ACTIONS if actions[spec.id].isVisible()]
        rows = [(", ".join(key.toString(native) for key in act.shortcuts()), spec.tip) for spec, act in shown]
        rows = [*((keys, tip) for keys, tip in rows if keys), *_IN_VIEWS]
        self.stack(text_table("Keyboard shortcuts", ["Key", "What it does"], rows))


def about_html(models: Sequence[ModelFolder], device: str) -> str:
    """Models' texts come from their folders, which may be anyone's: nothing in them is markup."""
    listed = "".join(
        f"<p><b>{html.escape(model.spec.name)}</b>: {html.escape(model.spec.in_short)}. "
        f"Classes: {html.escape(', '.join(model.spec.classes))}. {html.escape(_data(model))}"
        f"sha256 {model.id.sha256[:16]}…{_card(model)}</p>"
        for model in models
    )
    notices = paths.notices_file()
    in_full = f"<p>All licences in full: {html.escape(str(notices))}</p>" if notices else ""
    return (
        "<p><b>Research use only.</b> It explains a classification; it does not diagnose.</p>"
        f"<p>Models:</p>{listed or '<p>None is installed.</p>'}"
        f"<p>Scoring runs on: {html.escape(device)}.</p><p>{_LICENCES}</p>{in_full}"
    )


def _data(model: ModelFolder) -> str:
    said = [str(model.spec.data[key]) for key in ("name", "licence") if key in model.spec.data]
    return f"Trained on {', '.join(said)}. " if said else ""


def _card(model: ModelFolder) -> str:
    """A link to what the model's folder says of how it was measured and where it errs."""
    card = model.path / CARD_FILE
    if not card.is_file():
        return ""
    link = html.escape(QUrl.fromLocalFile(str(card)).toString(QUrl.ComponentFormattingOption.FullyEncoded))
    return f'<br><a href="{link}">How often it is right: its card</a>'
