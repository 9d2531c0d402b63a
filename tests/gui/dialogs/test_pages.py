"""Pages of help: the guide with its pictures, and the cards of the models."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from made_up import model_folder
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QIcon, QImage, QTextDocument
from PySide6.QtWidgets import QApplication, QStyle, QTableWidget, QTextBrowser
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.gui.dialogs.about import AboutDialog
from sperm_viewer.gui.dialogs.guide import PageWindow
from sperm_viewer.gui.dialogs.shortcuts_dialog import ShortcutsDialog
from sperm_viewer.gui.widgets.action_spec import ActionId, Menu, plain_text
from sperm_viewer.gui.window.action_table import ACTIONS
from sperm_viewer.system import paths

_GUIDE = paths.resources() / "guide" / "guide.html"


def test_the_guide_opens_with_its_pictures_in_the_size_they_are_shown_at(
    open_desktop: Callable[..., Desktop], qtbot: QtBot
) -> None:
    desktop = open_desktop()
    desktop.window.action(ActionId.GUIDE).trigger()
    (guide,) = desktop.window.findChildren(PageWindow)
    assert "Your first slide, in three minutes" in guide.page.toPlainText()
    widths = dict(re.findall(r'src="([^"]+)" width="(\d+)"', _GUIDE.read_text("utf-8")))
    assert sorted(widths) == ["gallery.png", "report.png", "review.png", "scored.png", "welcome.png"]
    for name, width in widths.items():
        image = guide.page.document().resource(QTextDocument.ResourceType.ImageResource.value, QUrl(name))
        assert isinstance(image, QImage)
        assert image.width() == int(width)
    guide.close()


@pytest.mark.parametrize("picture", sorted(_GUIDE.parent.glob("*.png")), ids=lambda picture: picture.name)
def test_a_picture_of_the_guide_is_a_small_file(picture: Path) -> None:
    assert picture.stat().st_size < 150_000


def test_what_the_guide_calls_menus_keys_and_buttons_is_what_they_are_called() -> None:
    text = re.sub(r"<[^>]+>", "", _GUIDE.read_text("utf-8")).replace("&gt;", ">")
    names = {plain_text(spec.text) for spec in ACTIONS}
    said = re.findall(r"(?:File|Help|Export) > ((?:[A-Z]\w*|to|a|an|the|Read|Copy)(?: (?:[A-Z]\w*|to|a|the))*)", text)
    assert len(said) > 4
    assert [name for name in said if name not in names] == []


def test_about_opens_the_card_of_a_model(qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "a model #1"
    folder.mkdir()
    (folder / "CARD.md").write_text("# Card\n\n| errors | 3 |\n|---|---|\n\nSee ([curves](a/b.svg)).\n", "utf-8")
    about = AboutDialog(QIcon(), [replace(model_folder(), path=folder), model_folder("other")], "CPU", None)
    qtbot.addWidget(about)
    text = about.findChild(QTextBrowser)
    links = re.findall(r'href="([^"]+)"', text.toHtml())
    assert len(links) == 1
    text.anchorClicked.emit(QUrl(links[0]))
    (card,) = about.findChildren(PageWindow)
    assert "errors" in card.page.toPlainText()
    assert "See (curves)." in card.page.toPlainText()
    assert "href" not in card.page.toHtml()
    assert "|" not in card.page.toPlainText()
    card.close()


@pytest.mark.parametrize("width", [780, 480])
def test_the_shortcuts_begin_with_the_keys_of_the_review_and_nothing_of_them_is_cut_off(
    open_desktop: Callable[..., Desktop], width: int
) -> None:
    desktop = open_desktop()
    desktop.window.action(ActionId.KEYS).trigger()
    (shortcuts,) = desktop.window.findChildren(ShortcutsDialog)
    shortcuts.resize(width, 560)
    QApplication.processEvents()
    (table,) = shortcuts.findChildren(QTableWidget)
    tips = [table.item(row, 1).text() for row in range(table.rowCount())]
    review = [spec.tip for spec in ACTIONS if spec.menu is Menu.REVIEW and spec.tip in tips]
    assert len(review) > 10
    assert tips[: len(review)] == review
    assert table.horizontalHeader().length() <= table.viewport().width()
    for row in range(table.rowCount()):
        for column in (0, 1):
            room = (
                table.columnWidth(column) - 2 * table.style().pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin) - 2
            )
            words = table.fontMetrics().boundingRect(
                0, 0, room, 1000, Qt.TextFlag.TextWordWrap, table.item(row, column).text()
            )
            assert words.width() <= room
            assert words.height() <= table.rowHeight(row)
    shortcuts.close()
