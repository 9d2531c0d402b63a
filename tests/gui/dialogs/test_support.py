"""Help > Save Support Bundle: what is shown is what is written, and nothing is written unasked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from made_up import Answers
from PySide6.QtWidgets import QLabel

from sperm_viewer.app import Desktop
from sperm_viewer.gui.dialogs.support_dialog import SupportDialog
from sperm_viewer.gui.widgets.actions import Act


def opened(desktop: Desktop) -> SupportDialog:
    desktop.window.acts[Act.SUPPORT].trigger()
    (dialog,) = desktop.window.findChildren(SupportDialog)
    return dialog


def test_what_is_shown_and_typed_is_written_where_the_user_says(
    open_desktop: Callable[..., Desktop], answers: Answers, tmp_path: Path
) -> None:
    desktop = open_desktop()
    desktop.settings.update(recent_folders=("/data/Secret",))
    dialog = opened(desktop)
    dialog.description.setPlainText("It stopped.")
    dialog.gathered.appendPlainText("A line of mine.")
    shown = dialog.text()
    assert "Secret" not in shown
    assert "smids" in shown
    answers.path = tmp_path / "support.txt"
    dialog.save_button.click()
    assert answers.path.read_text("utf-8") == shown
    assert shown.startswith("== What happened ==\nIt stopped.\n")
    assert shown.endswith("A line of mine.")
    assert "Nothing was sent" in desktop.window.notices.text


def test_cancelled_it_writes_nothing_and_keeps_what_was_typed(
    open_desktop: Callable[..., Desktop], answers: Answers, tmp_path: Path
) -> None:
    dialog = opened(open_desktop())
    dialog.description.setPlainText("It stopped.")
    answers.path = None
    dialog.save_button.click()
    assert dialog.isVisible()
    assert dialog.description.toPlainText() == "It stopped."
    answers.path = tmp_path / "no-folder.txt" / "support.txt"
    answers.path.parent.touch()
    dialog.save_button.click()
    assert dialog.isVisible()
    assert "can't be written" in answers.told[-1]
    dialog.reject()


def test_it_says_that_nothing_is_sent(open_desktop: Callable[..., Desktop]) -> None:
    dialog = opened(open_desktop())
    assert any("Nothing is sent anywhere" in label.text() for label in dialog.findChildren(QLabel))
    dialog.reject()
