"""Images that moved are found again by their content, and their cells keep all that was said of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from made_up import Answers, event_of, session_model, shelf, write_images
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.session.session import Session


def _session(tmp_path: Path, count: int = 5) -> Path:
    model = session_model(shelf().folders[0])
    folder = write_images(tmp_path / "A", count)
    with Session.create(tmp_path / "session.spermview") as session:
        session.use_model(model)
        refs = [ImageRef("A", folder / f"img_{number}.png") for number in range(count)]
        session.add_slide("A", folder, refs)
        hashes = [hashlib.sha256(ref.path.read_bytes()).hexdigest() for ref in refs]
        session.record([replace(event_of(ref, model), sha256=sha) for ref, sha in zip(refs, hashes, strict=True)])
        return session.path


def test_images_that_were_renamed_and_moved_are_shown_again(
    open_desktop: Callable[..., Desktop], answers: Answers, qtbot: QtBot, tmp_path: Path
) -> None:
    path = _session(tmp_path)
    desktop = open_desktop()
    desktop.controller.open_session(path)
    (tmp_path / "B" / "deep").mkdir(parents=True)
    for number in range(4):
        (tmp_path / "A" / f"img_{number}.png").rename(tmp_path / "B" / "deep" / f"new_{9 - number}.png")
    (tmp_path / "A" / "img_4.png").unlink()
    answers.path = tmp_path / "B"
    desktop.window.action(ActionId.FIND_MOVED).trigger()
    qtbot.waitUntil(lambda: "Found 4 images of 1 slide. 1 image of it still missing." in desktop.window.notices.text)
    assert desktop.controller.session is not None
    cells = {cell.ref.path.name: cell for cell in desktop.controller.session.all_cells()}
    assert sorted(cells) == ["img_4.png", "new_6.png", "new_7.png", "new_8.png", "new_9.png"]
    assert cells["new_7.png"].ref.path.is_file()
    assert desktop.window.workspace.results.model.rowCount() == 5


def test_nothing_is_asked_where_nothing_is_missing(
    open_desktop: Callable[..., Desktop], answers: Answers, tmp_path: Path
) -> None:
    path = _session(tmp_path)
    desktop = open_desktop()
    desktop.controller.open_session(path)
    answers.path = tmp_path
    desktop.window.action(ActionId.FIND_MOVED).trigger()
    assert desktop.window.notices.text == "No image of this session is missing."


def test_a_folder_without_them_changes_nothing_and_says_so(
    open_desktop: Callable[..., Desktop], answers: Answers, qtbot: QtBot, tmp_path: Path
) -> None:
    path = _session(tmp_path)
    desktop = open_desktop()
    desktop.controller.open_session(path)
    (tmp_path / "A").rename(tmp_path / "elsewhere")
    answers.path = write_images(tmp_path / "other", 1)
    (tmp_path / "other" / "img_0.png").write_bytes(b"another image")
    desktop.window.action(ActionId.FIND_MOVED).trigger()
    qtbot.waitUntil(lambda: "None of the missing images" in desktop.window.notices.text)
    assert desktop.controller.session is not None
    assert desktop.controller.session.folders() == [tmp_path / "A"]


def test_a_session_whose_folder_was_moved_says_so_and_offers_to_find_the_images(
    open_desktop: Callable[..., Desktop], answers: Answers, qtbot: QtBot, tmp_path: Path
) -> None:
    path = _session(tmp_path)
    (tmp_path / "A").rename(tmp_path / "B")
    desktop = open_desktop()
    desktop.controller.open_session(path)
    notices = desktop.window.notices
    qtbot.waitUntil(lambda: "The folder of slide 'A' is no longer there" in notices.text)
    assert "Find Moved Images" in notices.text
    pane = desktop.window.workspace.cell
    qtbot.waitUntil(lambda: "Find Moved Images" in pane.crop_view._message)
    assert notices.offer.isVisible()
    answers.path = tmp_path / "B"
    notices.offer.click()
    qtbot.waitUntil(lambda: "Found 5 images of 1 slide." in notices.text)
    assert not notices.offer.isVisible()


def test_a_session_whose_folders_are_there_says_nothing_about_them(
    open_desktop: Callable[..., Desktop], qtbot: QtBot, tmp_path: Path
) -> None:
    desktop = open_desktop()
    desktop.controller.open_session(_session(tmp_path))
    qtbot.waitUntil(lambda: not desktop.window.moved._looking.running)
    assert desktop.window.notices.text == ""
