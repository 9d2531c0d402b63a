"""The whole window with made-up scoring: drops, models, filters, exports, closing."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from made_up import Answers, event_of, fill, made_up_scoring, write_images
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QAbstractSlider, QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.domain.errors import ModelError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.gui.background.runner import State
from sperm_viewer.gui.results.columns import Col
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.gui.widgets.drop_frame import DropFrame
from sperm_viewer.gui.window.action_table import ACTIONS
from sperm_viewer.reports.csv_tables import write_cells
from sperm_viewer.run.events import Waiting
from sperm_viewer.session.session import Session
from sperm_viewer.system import paths
from sperm_viewer.system.settings import load_settings


def drop(desktop: Desktop, *files: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    event = QDropEvent(
        QPointF(50, 50), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    desktop.window.dropEvent(event)


def rows(desktop: Desktop) -> int:
    return desktop.window.workspace.results.model.rowCount()


def wait_for(qtbot: QtBot, desktop: Desktop, count: int) -> None:
    qtbot.waitUntil(lambda: rows(desktop) == count and not desktop.controller.runner.busy, timeout=10_000)


def test_a_dropped_folder_is_scored_into_a_session_of_its_own(open_desktop, qtbot: QtBot, tmp_path: Path) -> None:
    desktop = open_desktop()
    drop(desktop, write_images(tmp_path / "A-017", 12))
    wait_for(qtbot, desktop, 12)
    session = desktop.controller.session
    assert session is not None
    assert session.path.name == "session.spermview"
    assert session.path.parent.parent == paths.results_folder()
    assert session.path.parent.name.endswith("A-017")
    assert desktop.window.notices.text == "Found 1 slide with 12 images."
    assert desktop.window.status.text == "All 12 done"
    assert sorted(file.name for file in (tmp_path / "A-017").iterdir()) == sorted(f"img_{n}.png" for n in range(12))
    assert desktop.settings.value.recent_sessions == (str(session.path),)


def test_a_second_drop_joins_the_open_session_and_two_folders_of_one_name_are_two_slides(
    open_desktop, qtbot: QtBot, tmp_path: Path
) -> None:
    desktop = open_desktop(made_up_scoring(batch=1, pause_s=0.01))
    drop(desktop, write_images(tmp_path / "one" / "A", 10))
    qtbot.waitUntil(lambda: rows(desktop) > 0)
    drop(desktop, write_images(tmp_path / "two" / "A", 5))
    wait_for(qtbot, desktop, 15)
    slides = desktop.window.workspace.slides.model
    assert slides.rowCount() == 3
    assert slides.slide_at(1) != slides.slide_at(2)


def test_what_was_left_out_is_counted_and_listed(open_desktop, qtbot: QtBot, tmp_path: Path) -> None:
    desktop = open_desktop()
    folder = write_images(tmp_path / "A", 3)
    (folder / "notes.txt").write_text("x")
    drop(desktop, folder)
    wait_for(qtbot, desktop, 3)
    assert "Left out 1 file: it is not an image." in desktop.window.notices.text
    dialog = desktop.window.notices.show_left_out()
    assert dialog.isVisible()
    dialog.close()


def test_without_scoring_at_once_it_waits_for_score(open_desktop, qtbot: QtBot, tmp_path: Path) -> None:
    desktop = open_desktop()
    desktop.settings.update(score_at_once=False)
    drop(desktop, write_images(tmp_path / "A", 6))
    qtbot.waitUntil(lambda: desktop.controller.session is not None and not desktop.controller.runner.busy)
    assert rows(desktop) == 0
    assert desktop.window.action(ActionId.SCORE).isEnabled()
    desktop.window.action(ActionId.SCORE).trigger()
    wait_for(qtbot, desktop, 6)
    assert not desktop.window.action(ActionId.SCORE).isEnabled()


def test_pause_continue_and_cancel_follow_the_run(open_desktop, qtbot: QtBot, tmp_path: Path) -> None:
    desktop = open_desktop(made_up_scoring(batch=1, pause_s=0.02))
    action = desktop.window.action
    drop(desktop, write_images(tmp_path / "A", 200))
    qtbot.waitUntil(lambda: rows(desktop) > 0)
    action(ActionId.PAUSE).trigger()
    assert desktop.controller.runner.state is State.PAUSED
    assert "Co" in action(ActionId.PAUSE).text()
    assert desktop.window.status.text.startswith("Paused")
    action(ActionId.PAUSE).trigger()
    assert desktop.controller.runner.state is State.SCORING
    action(ActionId.CANCEL).trigger()
    qtbot.waitUntil(lambda: not desktop.controller.runner.busy, timeout=1000)
    assert 0 < rows(desktop) < 200
    assert rows(desktop) == len(desktop.controller.session.cell_ids())
    assert action(ActionId.SCORE).isEnabled()


def test_another_model_asks_scores_again_and_keeps_what_the_first_said(
    open_desktop, qtbot: QtBot, tmp_path: Path, answers: Answers
) -> None:
    desktop = open_desktop(models=("smids", "hushem"))
    drop(desktop, write_images(tmp_path / "A", 8))
    wait_for(qtbot, desktop, 8)
    answers.yes = False
    desktop.controller.choose_model("hushem")
    assert len(answers.asked) == 1
    assert (desktop.controller.chosen_model, rows(desktop)) == ("smids", 8)
    answers.yes = True
    desktop.controller.choose_model("hushem")
    qtbot.waitUntil(lambda: desktop.controller.chosen_model == "hushem")
    wait_for(qtbot, desktop, 8)
    desktop.controller.choose_model("smids")
    qtbot.waitUntil(lambda: desktop.controller.chosen_model == "smids" and not desktop.controller.runner.busy)
    assert len(answers.asked) == 2
    assert rows(desktop) == 8


def test_a_session_of_a_model_that_is_not_here_is_shown_and_never_scored_by_another_unasked(
    open_desktop, qtbot: QtBot, tmp_path: Path, answers: Answers
) -> None:
    from made_up import model_folder, session_model

    other = session_model(model_folder("elsewhere", "ef" * 32))
    path = fill(tmp_path / "old.spermview", {"A": 5}, tmp_path, other)
    desktop = open_desktop()
    drop(desktop, path)
    wait_for(qtbot, desktop, 5)
    assert desktop.controller.chosen_model == "elsewhere"
    answers.yes = False
    drop(desktop, write_images(tmp_path / "B", 2))
    qtbot.waitUntil(lambda: bool(answers.asked))
    assert "elsewhere" in answers.asked[0]
    assert rows(desktop) == 5


def test_the_csv_of_the_window_is_the_one_of_the_export(
    open_desktop, qtbot: QtBot, tmp_path: Path, answers: Answers
) -> None:
    desktop = open_desktop()
    path = fill(tmp_path / "s.spermview", {"A": 25}, tmp_path)
    drop(desktop, path)
    wait_for(qtbot, desktop, 25)
    answers.path = tmp_path / "out.csv"
    desktop.window.action(ActionId.EXPORT_CSV).trigger()
    qtbot.waitUntil(lambda: "Wrote 25 cells" in desktop.window.notices.text)
    with Session.open(path) as session:
        write_cells(session, tmp_path / "expected.csv")
    assert answers.path.read_bytes() == (tmp_path / "expected.csv").read_bytes()


def test_selected_heatmaps_are_written_and_what_had_none_is_said(
    open_desktop, qtbot: QtBot, tmp_path: Path, answers: Answers
) -> None:
    desktop = open_desktop()
    drop(desktop, write_images(tmp_path / "A", 11))
    wait_for(qtbot, desktop, 11)
    desktop.window.workspace.results.table.selectAll()
    answers.path = tmp_path / "out"
    desktop.window.action(ActionId.EXPORT_HEATMAPS).trigger()
    qtbot.waitUntil(lambda: "heatmap" in desktop.window.notices.text and "Wrote" in desktop.window.notices.text)
    assert "of the selection had none" in desktop.window.notices.text


def test_closing_while_scoring_asks_and_loses_nothing(
    open_desktop, qtbot: QtBot, tmp_path: Path, answers: Answers
) -> None:
    stored: list[int] = []
    desktop = open_desktop(made_up_scoring(batch=1, pause_s=0.02, after=stored.append))
    drop(desktop, write_images(tmp_path / "A", 200))
    qtbot.waitUntil(lambda: rows(desktop) > 0)
    session = desktop.controller.session.path
    answers.yes = False
    desktop.window.close()
    assert desktop.window.isVisible()
    answers.yes = True
    desktop.window.close()
    qtbot.waitUntil(lambda: not desktop.window.isVisible(), timeout=2000)
    with Session.open(session) as opened:
        assert len(opened.cell_ids()) == stored[-1]
    assert load_settings(tmp_path / "settings.json").layout


def test_a_file_that_vanished_is_said_where_its_picture_would_be(open_desktop, qtbot: QtBot, tmp_path: Path) -> None:
    desktop = open_desktop()
    drop(desktop, write_images(tmp_path / "A", 3))
    wait_for(qtbot, desktop, 3)
    shutil.rmtree(tmp_path / "A")
    pane = desktop.window.workspace
    pane.results.select(pane.results.model.id_at(2))
    qtbot.waitUntil(lambda: "no longer there" in pane.cell.crop_view._message)
    assert pane.cell.heat_view._message.startswith("The heatmap is stored")


def test_a_file_that_failed_has_no_heatmap_because_it_was_not_scored(
    open_desktop, qtbot: QtBot, tmp_path: Path
) -> None:
    desktop = open_desktop()
    drop(desktop, fill(tmp_path / "s.spermview", {"A": 10}, tmp_path))
    pane = desktop.window.workspace
    pane.results.select(pane.results.model.id_at(9))
    qtbot.waitUntil(lambda: "was not scored" in pane.cell.heat_view._message)


def test_the_referred_and_failed_buttons_show_just_those(open_desktop, qtbot: QtBot, tmp_path: Path) -> None:
    desktop = open_desktop()
    drop(desktop, fill(tmp_path / "s.spermview", {"A": 40}, tmp_path))
    wait_for(qtbot, desktop, 40)
    desktop.window.toolbar.failed_wanted.emit()
    assert rows(desktop) == 4
    desktop.window.toolbar.referred_wanted.emit()
    statuses = {desktop.window.workspace.results.model.index(r, Col.STATUS).data() for r in range(rows(desktop))}
    assert statuses == {"referred"}
    desktop.window.action(ActionId.SHOW_ALL).trigger()
    assert rows(desktop) == 40


@pytest.mark.parametrize("wanted", ["toolbar", "status"])
def test_the_failed_files_are_shown_whatever_was_filtered_before(
    open_desktop, qtbot: QtBot, tmp_path: Path, wanted: str
) -> None:
    desktop = open_desktop()
    drop(desktop, fill(tmp_path / "s.spermview", {"A": 40, "B": 5}, tmp_path))
    window = desktop.window
    slides, filters = window.workspace.slides, window.workspace.results.filters
    slides.list.setCurrentIndex(slides.model.index(2))
    filters._class.setCurrentIndex(1)
    filters._search.setText("nothing like this")
    changes: list[None] = []
    filters.changed.connect(lambda: changes.append(None))
    getattr(window, wanted).failed_wanted.emit()
    assert len(changes) == 1
    statuses = {window.workspace.results.model.index(r, Col.STATUS).data() for r in range(rows(desktop))}
    assert rows(desktop) == 4
    assert all(status.startswith("failed") for status in statuses)
    assert slides.list.currentIndex().row() == 0


def test_the_panes_show_that_they_take_drops(open_desktop, tmp_path: Path) -> None:
    desktop = open_desktop()
    drop(desktop, fill(tmp_path / "s.spermview", {"A": 4}, tmp_path))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    button, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    desktop.window.dragEnterEvent(QDragEnterEvent(QPoint(50, 50), Qt.DropAction.CopyAction, data, button, keys))
    frame = desktop.window.workspace.findChild(DropFrame)
    assert frame.isVisible()
    desktop.window.dragLeaveEvent(QDragLeaveEvent())
    assert not frame.isVisible()


def test_the_window_is_never_larger_than_the_screen(open_desktop) -> None:
    desktop = open_desktop()
    room = desktop.window.screen().availableGeometry()
    assert desktop.window.width() <= room.width()
    assert desktop.window.height() <= room.height()


def test_every_control_has_a_name_that_can_be_read_out(open_desktop, qtbot: QtBot, tmp_path: Path) -> None:
    desktop = open_desktop()
    drop(desktop, fill(tmp_path / "s.spermview", {"A": 10}, tmp_path))
    wait_for(qtbot, desktop, 10)
    for kind in (QAbstractButton, QComboBox, QLineEdit, QAbstractSlider, QAbstractItemView):
        for control in desktop.window.findChildren(kind):
            inner = control.objectName().startswith("qt_") or type(control).__name__ in (
                "QScrollBar",
                "QHeaderView",
                "QComboBoxListView",
                "QTableCornerButton",
                "QListView",
            )
            # The clear button and the lens inside a search field are the field's own.
            inner = inner or isinstance(control.parent(), QLineEdit)
            named = control.accessibleName() or getattr(control, "text", str)() or control.toolTip()
            assert named or inner or not control.isVisible(), control


def test_no_two_actions_share_a_key_and_tooltips_show_it() -> None:
    keys = [key.toString() for spec in ACTIONS for key in spec.default_keys()]
    assert len(keys) == len(set(keys))


def test_the_window_remembers_its_panes(open_desktop, qtbot: QtBot) -> None:
    first = open_desktop()
    first.window.workspace.splitter.setSizes([300, 600, 400])
    sizes = first.window.workspace.splitter.sizes()
    first.window.close()
    assert open_desktop().window.workspace.splitter.sizes() == sizes


def test_the_demo_is_offered_and_scored(open_desktop, qtbot: QtBot) -> None:
    desktop = open_desktop()
    desktop.window.action(ActionId.DEMO).trigger()
    wait_for(qtbot, desktop, 64)
    assert desktop.window.pages.currentWidget() is desktop.window.workspace
    assert desktop.window.childAt(QPoint(300, 300)) is not None


def test_a_broken_session_is_refused_in_words(open_desktop, tmp_path: Path, answers: Answers) -> None:
    (tmp_path / "x.spermview").write_bytes(b"not a session at all, but long enough" * 100)
    desktop = open_desktop()
    drop(desktop, tmp_path / "x.spermview")
    assert len(answers.told) == 1
    assert desktop.controller.session is None


def test_a_session_begun_on_a_device_that_is_not_here_goes_on_only_after_asking(
    open_desktop, tmp_path: Path, qtbot: QtBot, answers: Answers
) -> None:
    path = fill(tmp_path / "s.spermview", {"A": 3}, tmp_path)
    with Session.open(path) as session:
        session.set_note("device", "cuda")
        session.add_slide("A", tmp_path / "A", [ImageRef("A", tmp_path / "A" / "img_7.png")])
    desktop = open_desktop()
    drop(desktop, path)
    assert "1 crop of this session still to score" in desktop.window.notices.text
    answers.yes = False
    desktop.window.action(ActionId.SCORE).trigger()
    qtbot.waitUntil(lambda: not desktop.controller.runner.busy)
    assert "CUDA" in answers.asked[0]
    assert rows(desktop) == 3
    answers.yes = True
    desktop.window.action(ActionId.SCORE).trigger()
    wait_for(qtbot, desktop, 4)


def test_an_error_of_the_model_is_told_and_the_app_goes_on(
    open_desktop, qtbot: QtBot, tmp_path: Path, answers: Answers
) -> None:
    def broken(session, plan, selection):
        yield from ()
        raise ModelError("model.onnx: altered since the model was published.")

    desktop = open_desktop(broken)
    drop(desktop, write_images(tmp_path / "A", 3))
    qtbot.waitUntil(lambda: bool(answers.told))
    assert "altered" in answers.told[0]
    assert desktop.window.action(ActionId.SCORE).isEnabled()


def test_a_row_dropped_by_cancel_is_still_shown(open_desktop, qtbot: QtBot, tmp_path: Path) -> None:
    def stores_when_closed(session, plan, selection):
        refs = session.pending()
        try:
            for _ in refs:
                time.sleep(0.01)
                yield Waiting()
        finally:
            session.record([event_of(refs[0], session.model())])

    desktop = open_desktop(stores_when_closed)
    drop(desktop, write_images(tmp_path / "A", 90))
    qtbot.waitUntil(lambda: desktop.controller.runner.progress.total == 90)
    desktop.window.action(ActionId.CANCEL).trigger()
    wait_for(qtbot, desktop, 1)


def test_a_copy_of_an_image_is_shown_as_not_counted_when_the_run_ends(
    open_desktop, qtbot: QtBot, tmp_path: Path
) -> None:
    desktop = open_desktop()
    folder = write_images(tmp_path / "A", 4)
    (folder / "img_8.png").write_bytes((folder / "img_2.png").read_bytes())
    drop(desktop, folder)
    wait_for(qtbot, desktop, 5)
    model = desktop.window.workspace.results.model
    qtbot.waitUntil(lambda: model.index(4, Col.STATUS).data() == "not counted")
    assert model.index(4, Col.FLAGS).data() == "duplicate"
    assert "1 image of sample 'A' is there more than once" in desktop.window.notices.text
