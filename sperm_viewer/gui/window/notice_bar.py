"""A line above the panes: what was found, which files were left out, what went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from sperm_viewer.domain.progress import counted
from sperm_viewer.gui.dialogs.close_dialog import CloseDialog
from sperm_viewer.gui.widgets.icons import tinted
from sperm_viewer.gui.widgets.plain_tip import set_plain_tip
from sperm_viewer.gui.widgets.text_table import text_table
from sperm_viewer.gui.widgets.theme import Tones
from sperm_viewer.imaging.discover import Discovery, LeftOut


class NoticeBar(QWidget):
    """Hidden while there is no notice."""

    def __init__(self) -> None:
        super().__init__()
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._list = QPushButton("Show left-out files")
        self._list.setToolTip("Show which files were left out, and why")
        self._close = QToolButton()
        self._close.setAutoRaise(True)
        self._close.setAccessibleName("Close this notice")
        self._close.setToolTip("Close this notice")
        self.offer = QToolButton()
        self.offer.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._left_out: Sequence[LeftOut] = ()
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 4, 8, 6)
        row.addWidget(self._text, 1)
        row.addWidget(self.offer)
        row.addWidget(self._list)
        row.addWidget(self._close)
        self._list.clicked.connect(self.show_left_out)
        self._close.clicked.connect(self.hide)
        self.hide()

    @property
    def text(self) -> str:
        return self._text.text() if not self.isHidden() else ""

    def show_text(self, text: str, offer: QAction | None = None) -> None:
        """Replaces the notice; an empty text removes it. `offer` is an action that helps."""
        self._show(text, (), offer)

    def add(self, text: str, offer: QAction) -> None:
        """Puts a text behind the notice that is shown, if any."""
        self._show(f"{self.text} {text}".lstrip(), self._left_out if self.text else (), offer)

    def show_found(self, discovery: Discovery) -> None:
        """`2 slides, 200 images. Left out 3 files: 2 are not images, ...`."""
        self._show(found_in_words(discovery), discovery.left_out)

    def show_left_out(self) -> QDialog:
        dialog = LeftOutDialog(self._left_out, self.window())
        dialog.open()
        return dialog

    def set_tones(self, tones: Tones) -> None:
        self._close.setIcon(tinted("close", tones))

    def _show(self, text: str, left_out: Sequence[LeftOut], offer: QAction | None = None) -> None:
        self._left_out = left_out
        if offer:
            self.offer.setDefaultAction(offer)
        self.offer.setVisible(offer is not None)
        self._text.setText(text.replace("\n", " "))
        set_plain_tip(self._text, text)
        self._list.setVisible(bool(left_out))
        self.setVisible(bool(text))


class LeftOutDialog(CloseDialog):
    """Lists the files that were left out, with the reasons."""

    def __init__(self, left_out: Sequence[LeftOut], parent: QWidget | None) -> None:
        title = "Files that were left out"
        super().__init__(title, 720, 420, parent)
        rows = [(entry.path.name, entry.reason, str(entry.path.parent)) for entry in left_out]
        self.stack(text_table(title, ["File", "Why", "Folder"], rows))


def found_in_words(discovery: Discovery) -> str:
    """`Found 2 slides with 200 images. Left out 3 files: 2 because it is not an image; 1 because it is hidden.`"""
    text = f"Found {counted(len(discovery.slides), 'slide')} with {counted(discovery.count, 'image')}."
    if not discovery.slides:
        text = "No images were found."
    if not discovery.left_out:
        return text
    reasons = Counter(entry.reason for entry in discovery.left_out).most_common()
    left = f"Left out {counted(len(discovery.left_out), 'file')}"
    if len(reasons) == 1:
        return f"{text} {left}: {reasons[0][0]}."
    why = "; ".join(f"{count:,} because {reason}" for reason, count in reasons[:2])
    return f"{text} {left}: {why}{'; and more' if len(reasons) > 2 else ''}."
