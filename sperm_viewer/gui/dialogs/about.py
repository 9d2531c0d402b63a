"""Help > About: version, models, licences."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QLabel, QTextBrowser, QWidget

from sperm_viewer import __version__
from sperm_viewer.gui.dialogs.close_dialog import CloseDialog
from sperm_viewer.gui.dialogs.guide import PageWindow
from sperm_viewer.gui.widgets.theme import heading_font
from sperm_viewer.inference.model_folders import CARD_FILE, ModelFolder
from sperm_viewer.system import paths

_LICENCES = (
    "Sperm Viewer is free software under the Apache License 2.0. It uses Qt and PySide6 (LGPL 3), ONNX Runtime (MIT), "
    "NumPy (BSD), OpenCV (Apache 2.0), Pillow (MIT-CMU), tifffile and imagecodecs (BSD), safetensors (Apache 2.0). "
    "Class colours: Okabe and Ito. Method: arXiv:2606.20438; heatmaps: Grad-CAM++ (arXiv:1710.11063). "
    "The demo's images are from SMIDS (doi:10.17632/6xvdhc9fyb.1, CC BY 4.0)."
)


class AboutDialog(CloseDialog):
    def __init__(self, icon: QIcon, models: Sequence[ModelFolder], device: str, parent: QWidget | None) -> None:
        super().__init__("About Sperm Viewer", 520, 480, parent)
        logo = QLabel()
        logo.setPixmap(icon.pixmap(72, 72))
        logo.setAlignment(Qt.AlignmentFlag.AlignHCenter)
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
        self.stack(logo, title, text)

    def _show_card(self, url: QUrl) -> None:
        card = Path(url.toLocalFile())
        PageWindow(f"Model card of {card.parent.name}", card, self).show()


def about_html(models: Sequence[ModelFolder], device: str) -> str:
    """A page about the app. Texts from model folders are escaped, since anyone can write a model folder."""
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
    names = [str(model.spec.data[key]) for key in ("name", "licence") if key in model.spec.data]
    return f"Trained on {', '.join(names)}. " if names else ""


def _card(model: ModelFolder) -> str:
    """A link to the model card, which reports accuracy and known errors; empty if there is none."""
    card = model.path / CARD_FILE
    if not card.is_file():
        return ""
    link = html.escape(QUrl.fromLocalFile(str(card)).toString(QUrl.ComponentFormattingOption.FullyEncoded))
    return f'<br><a href="{link}">Model card: how accurate it is</a>'
