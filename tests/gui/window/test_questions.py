"""Questions that are answered late, and what they say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from made_up import fill, made_up_scoring, model_folder, session_model, write_images
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QComboBox, QMessageBox, QPushButton, QStyleOptionViewItem, QWidget
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.gui.dialogs.ask import DialogAsk
from sperm_viewer.gui.dialogs.settings_dialog import SettingsDialog
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.gui.widgets.model_chooser import ModelChooser


def scoring(open_desktop: Callable[..., Desktop], qtbot: QtBot, folder: Path, count: int) -> Desktop:
    desktop = open_desktop(made_up_scoring(batch=1, pause_s=0.02), models=("smids", "hushem"))
    desktop.controller.open_paths([write_images(folder, count)])
    qtbot.waitUntil(lambda: desktop.window.workspace.results.model.rowCount() > 0)
    return desktop


def test_the_window_closes_when_the_run_ends_before_the_user_agrees_to_stop_it(
    open_desktop, qtbot: QtBot, tmp_path: Path, answers
) -> None:
    desktop = scoring(open_desktop, qtbot, tmp_path / "A", 12)
    answers.meanwhile = lambda: qtbot.waitUntil(lambda: not desktop.controller.runner.busy)
    desktop.window.close()
    assert len(answers.asked) == 1
    assert not desktop.window.isVisible()


def test_the_window_stays_and_can_be_used_when_the_run_ends_before_the_user_says_go_on(
    open_desktop, qtbot: QtBot, tmp_path: Path, answers
) -> None:
    desktop = scoring(open_desktop, qtbot, tmp_path / "A", 12)
    answers.yes = False
    answers.meanwhile = lambda: qtbot.waitUntil(lambda: not desktop.controller.runner.busy)
    desktop.window.close()
    assert desktop.window.isVisible()
    assert desktop.window.isEnabled()


def test_a_model_agreed_to_while_a_run_began_is_not_started_on_top_of_it(
    open_desktop, qtbot: QtBot, tmp_path: Path, answers
) -> None:
    desktop = scoring(open_desktop, qtbot, tmp_path / "A", 3)
    controller = desktop.controller
    qtbot.waitUntil(lambda: not controller.runner.busy)

    def drop_more() -> None:
        controller.open_paths([write_images(tmp_path / "B", 20)])
        qtbot.waitUntil(lambda: controller.runner.busy)

    answers.meanwhile = drop_more
    controller.choose_model("hushem")
    qtbot.waitUntil(lambda: not controller.runner.busy)
    assert controller.chosen_model == "smids"
    models = desktop.window.toolbar.findChildren(QComboBox)[0]
    assert models.accessibleName() == "Model"
    assert models.currentData() == "smids"
    assert desktop.window.workspace.results.model.rowCount() == 23


def test_the_choice_of_a_model_is_the_sessions_and_not_the_next_sessions(
    open_desktop, qtbot: QtBot, tmp_path: Path
) -> None:
    desktop = scoring(open_desktop, qtbot, tmp_path / "A", 3)
    controller = desktop.controller
    qtbot.waitUntil(lambda: not controller.runner.busy)
    path = controller.session.path
    controller.choose_model("hushem")
    qtbot.waitUntil(lambda: controller.chosen_model == "hushem" and not controller.runner.busy)
    controller.close_session()
    assert controller.chosen_model == "smids"
    controller.open_paths([path])
    assert controller.chosen_model == "hushem"
    controller.close_session()
    controller.choose_model("hushem")
    assert controller.chosen_model == "hushem"
    controller.open_paths([write_images(tmp_path / "B", 3)])
    qtbot.waitUntil(lambda: controller.session is not None and not controller.runner.busy)
    assert controller.model.id.name == "hushem"
    controller.close_session()
    assert controller.chosen_model == "smids"


def test_the_model_of_new_sessions_is_a_setting(open_desktop, qtbot: QtBot) -> None:
    desktop = open_desktop(models=("smids", "hushem"))
    desktop.window.action(ActionId.SETTINGS).trigger()
    dialog = desktop.window.findChild(SettingsDialog)
    assert dialog.model.currentData() == "smids"
    dialog.model.activated.emit(dialog.model.findData("hushem"))
    assert desktop.settings.value.model == "hushem"
    assert desktop.controller.chosen_model == "hushem"
    dialog.close()


def test_the_list_of_models_says_in_plain_words_what_each_is_for(qtbot: QtBot) -> None:
    chooser = ModelChooser()
    qtbot.addWidget(chooser)
    spec = replace(model_folder().spec, data={"name": "SMIDS"}, metrics={"accuracy": 0.9153})
    chooser.add_model(spec)
    chooser.show()
    shown = QStyleOptionViewItem()
    chooser.itemDelegate().initStyleOption(shown, chooser.model().index(0, 0))
    assert shown.text == f"smids: {spec.in_plain_words}"
    assert "stained like SMIDS; right on 92% of test crops" in shown.text
    assert chooser.currentText() == "smids"
    chooser.showPopup()
    assert chooser.view().width() >= chooser.view().fontMetrics().horizontalAdvance(shown.text)
    chooser.hidePopup()


def test_images_dropped_while_another_drop_is_asked_about_join_its_run(
    open_desktop, qtbot: QtBot, tmp_path: Path, answers
) -> None:
    other = session_model(model_folder("elsewhere", "ef" * 32))
    # Slow enough that the run is seen to be on.
    desktop = open_desktop(made_up_scoring(batch=1, pause_s=0.1))
    controller = desktop.controller
    controller.open_paths([fill(tmp_path / "s.spermview", {"A": 2}, tmp_path, other)])

    def drop_more() -> None:
        answers.meanwhile = lambda: None
        controller.open_paths([write_images(tmp_path / "C", 3)])
        qtbot.waitUntil(lambda: controller.runner.busy)

    answers.meanwhile = drop_more
    controller.open_paths([write_images(tmp_path / "B", 4)])
    qtbot.waitUntil(lambda: controller.session.image_count() == 9 and not controller.runner.busy)


def test_another_version_of_the_sessions_model_is_named_by_what_tells_it_apart(
    open_desktop, qtbot: QtBot, tmp_path: Path, answers
) -> None:
    older = session_model(model_folder("smids", "ef" * 32))
    desktop = open_desktop()
    desktop.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 5}, tmp_path, older)])
    answers.yes = False
    desktop.controller.open_paths([write_images(tmp_path / "B", 2)])
    qtbot.waitUntil(lambda: bool(answers.asked))
    assert "another version of 'smids' (efefefef; installed here: 00000000)" in answers.asked[0]
    assert "All 5 crops would be scored again with the installed one" in answers.asked[0]
    assert "isn't installed" not in answers.asked[0]


class Run(QObject):
    ended = Signal(object)


def stop_question(parent: QWidget, meanwhile: Callable[[QMessageBox], None]) -> bool:
    """Asks before a stop, and does something with the open question."""
    run = Run()

    def when_open() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        box.setProperty("run", run)
        meanwhile(box)

    QTimer.singleShot(50, when_open)
    return DialogAsk(parent).confirm_stop("Stop scoring and close?", "It is kept.", "Stop", "Go On", run.ended)


def test_a_question_about_stopping_goes_away_when_the_run_ends(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    assert not stop_question(window, lambda box: box.property("run").ended.emit(None))


def test_enter_never_stops_a_run_and_the_question_is_wide_enough_to_be_read(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    seen: list[tuple[str, int]] = []

    def look(box: QMessageBox) -> None:
        default = next(button for button in box.findChildren(QPushButton) if button.isDefault())
        seen.append((default.text(), box.width()))
        default.click()

    assert not stop_question(window, look)
    assert seen[0][0] == "Go On"
    assert seen[0][1] >= 420
