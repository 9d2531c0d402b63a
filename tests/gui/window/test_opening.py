"""Opening images: where they go, and which samples they are of, is the user's to say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from made_up import Answers, fill, write_images
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.gui.dialogs.ask import DialogAsk
from sperm_viewer.system import paths


@pytest.fixture
def drop(qtbot: QtBot) -> Callable[[Desktop, Path], None]:
    def drop_and_wait(desktop: Desktop, path: Path) -> None:
        controller = desktop.controller
        controller.open_paths([path])
        qtbot.waitUntil(lambda: not controller.finder.busy and not controller.runner.busy)

    return drop_and_wait


@pytest.fixture
def desktop(open_desktop: Callable[..., Desktop], tmp_path: Path) -> Desktop:
    """A window with a session of slide A."""
    made = open_desktop()
    made.controller.open_paths([fill(tmp_path / "first" / "s.spermview", {"A": 3}, tmp_path)])
    return made


def slides(desktop: Desktop) -> list[tuple[str, str]]:
    session = desktop.controller.session
    assert session is not None
    return [(sample.identifier, slide.name) for sample in session.samples() for slide in sample.slides]


def test_another_folder_joins_the_open_session_only_if_the_user_says_so(desktop, drop, tmp_path, answers) -> None:
    answers.choice = "Add to This Session"
    drop(desktop, write_images(tmp_path / "B", 2))
    assert slides(desktop) == [("A", "A"), ("B", "B")]
    title, text, *choices = answers.choices[-1]
    assert "'B'" in title
    assert "first is open, with 1 sample" in text
    assert choices == ["Add to This Session", "New Session"]


def test_another_folder_can_begin_a_session_that_is_named_after_it(desktop, drop, tmp_path, answers) -> None:
    first = desktop.controller.session.path
    answers.choice = "New Session"
    drop(desktop, write_images(tmp_path / "A-017", 2))
    assert slides(desktop) == [("A-017", "A-017")]
    opened = desktop.controller.session.path
    assert opened != first
    assert opened.parent.name.endswith(" A-017")


def test_a_dismissed_question_opens_nothing(desktop, drop, tmp_path, answers) -> None:
    first = desktop.controller.session.path
    answers.choice = None
    drop(desktop, write_images(tmp_path / "B", 2))
    assert desktop.controller.session.path == first
    assert slides(desktop) == [("A", "A")]


def test_new_images_in_a_folder_of_the_open_session_are_added_without_a_question(
    desktop, drop, tmp_path, answers
) -> None:
    drop(desktop, write_images(tmp_path / "A", 5))
    assert desktop.controller.session.image_count() == 5
    assert not answers.choices


def test_a_folder_that_has_a_session_offers_it(open_desktop, drop, tmp_path, answers) -> None:
    desktop = open_desktop()
    earlier = fill(paths.results_folder() / "2026-01-02 10.00 A" / "session.spermview", {"A": 3}, tmp_path)
    answers.choice = "Open Its Session"
    drop(desktop, write_images(tmp_path / "A", 3))
    assert desktop.controller.session.path == earlier
    assert "2026-01-02 10.00 A" in answers.choices[-1][1]


def test_a_folder_that_has_a_session_can_begin_another(open_desktop, drop, tmp_path, answers) -> None:
    desktop = open_desktop()
    earlier = fill(paths.results_folder() / "2026-01-02 10.00 A" / "session.spermview", {"A": 3}, tmp_path)
    answers.choice = "New Session"
    drop(desktop, write_images(tmp_path / "A", 3))
    assert desktop.controller.session.path != earlier


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("One Sample", [("ROOT", "A-1"), ("ROOT", "A-2")]),
        ("A Sample Each", [("A-1", "A-1"), ("A-2", "A-2")]),
        (None, None),
    ],
)
def test_folders_side_by_side_are_one_sample_or_several_as_the_user_says(
    open_desktop, drop, tmp_path, answers: Answers, choice, expected
) -> None:
    desktop = open_desktop()
    for name in ("A-1", "A-2"):
        write_images(tmp_path / "ROOT" / name, 2)
    answers.choice = choice
    drop(desktop, tmp_path / "ROOT")
    assert "One sample or several?" in answers.choices[-1][0]
    assert (slides(desktop) if desktop.controller.session else None) == expected


@pytest.mark.parametrize(("button", "expected"), [("New Session", 1), ("Add", 0), ("Cancel", None)])
def test_the_dialog_has_a_button_for_each_choice_and_one_to_cancel(qtbot: QtBot, button: str, expected) -> None:
    window = QWidget()
    qtbot.addWidget(window)

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        pressed = [found for found in box.findChildren(QPushButton) if found.text().replace("&", "") == button]
        pressed[0].click() if pressed else box.reject()

    QTimer.singleShot(50, press)
    assert DialogAsk(window).choose("Where?", "It matters.", ["Add", "New Session"]) == expected
