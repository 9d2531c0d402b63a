"""The toolbar's choosers: a short name while closed, and for models their description in plain words in the list."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QComboBox, QStyledItemDelegate, QStyleOptionViewItem

from sperm_viewer.gui.widgets.plain_tip import plain_tip
from sperm_viewer.inference.model_spec import ModelSpec

_WORDS_ROLE = Qt.ItemDataRole.UserRole + 1


class ModelChooser(QComboBox):
    def __init__(self) -> None:
        super().__init__()
        _describe(self, "Model", "The model whose results are shown and that scores new images")
        self.setItemDelegate(_PlainWords(self))

    def add_model(self, spec: ModelSpec) -> None:
        self.addItem(spec.name, spec.name)
        row, words = self.count() - 1, f"{spec.name}: {spec.in_plain_words}"
        self.setItemData(row, words, _WORDS_ROLE)
        self.setItemData(row, words, Qt.ItemDataRole.AccessibleTextRole)
        self.setItemData(row, plain_tip(spec.in_short), Qt.ItemDataRole.ToolTipRole)

    def showPopup(self) -> None:
        """The list is as wide as its longest line, whatever the width of the box."""
        view = self.view()
        view.setMinimumWidth(view.sizeHintForColumn(0) + 2 * view.frameWidth() + view.verticalScrollBar().width())
        super().showPopup()


class _PlainWords(QStyledItemDelegate):
    """Draws the description of a model instead of its name."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        option.text = index.data(_WORDS_ROLE) or option.text


def named_chooser(name: str, tip: str) -> QComboBox:
    """A box that is as wide as its longest entry, named for screen readers."""
    box = QComboBox()
    _describe(box, name, tip)
    return box


def _describe(box: QComboBox, name: str, tip: str) -> None:
    box.setAccessibleName(name)
    box.setToolTip(tip)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
