"""Each action is declared once: menus, toolbar, keys and enabled states follow from its declaration."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import create_autospec

import pytest
from made_up import fill
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton

from sperm_viewer.gui.field.editing import FieldEditing
from sperm_viewer.gui.review.reading_plan_guide import ReadingPlanGuide
from sperm_viewer.gui.review.review_commands import ReviewCommands
from sperm_viewer.gui.slides.arranging import Arranging
from sperm_viewer.gui.teaching.teach_commands import TeachCommands
from sperm_viewer.gui.widgets.action_spec import ActionId, ActionSpec, Submenu, ToolbarPlace, WindowState
from sperm_viewer.gui.window.action_table import ACTIONS
from sperm_viewer.gui.window.app_commands import AppCommands
from sperm_viewer.gui.window.commands import Commands, ScoringCommands, ViewCommands
from sperm_viewer.gui.window.control_commands import ControlCommands
from sperm_viewer.gui.window.report_commands import ReportCommands
from sperm_viewer.gui.window.session_commands import SessionCommands

_BY_ID = {spec.id: spec for spec in ACTIONS}
_OPEN = WindowState(session_open=True, to_score=3, has_results=True)


def enabled(state: WindowState) -> set[ActionId]:
    return {spec.id for spec in ACTIONS if spec.is_enabled(state)}


def entries(menu: QMenu) -> list[QAction]:
    return [action for action in menu.actions() if not action.isSeparator() and action.menu() is None]


def test_every_action_is_declared_exactly_once() -> None:
    assert sorted(spec.id for spec in ACTIONS) == sorted(ActionId)


def test_every_action_is_in_the_menu_and_on_the_toolbar_where_it_was_declared(open_desktop) -> None:
    window = open_desktop().window
    shown = {menu.title(): entries(menu) for menu in (action.menu() for action in window.menuBar().actions())}
    for title, actions in shown.items():
        assert actions == [window.action(spec.id) for spec in ACTIONS if spec.menu == title and not spec.submenu]
    within = {menu.title(): entries(menu) for menu in window.menuBar().findChildren(QMenu)}
    for title in Submenu:
        assert within[title] == [window.action(spec.id) for spec in ACTIONS if spec.submenu is title]
    placed = [*shown.values(), *(within[title] for title in Submenu)]
    assert sum(map(len, placed)) == len(ACTIONS)
    buttons = [spec.id for spec in ACTIONS if spec.toolbar is ToolbarPlace.BUTTON]
    assert [action.objectName() for action in window.toolbar.actions() if action.objectName() in _BY_ID] == buttons
    opening = next(b.menu() for b in window.toolbar.findChildren(QToolButton) if b.text() == "Open")
    assert entries(opening) == [window.action(s.id) for s in ACTIONS if s.toolbar is ToolbarPlace.OPEN_MENU]


@pytest.mark.parametrize("spec", ACTIONS, ids=lambda spec: spec.id)
def test_an_action_runs_one_command_that_exists(spec: ActionSpec[Commands]) -> None:
    parts = {
        "session": SessionCommands,
        "arranging": Arranging,
        "scoring": ScoringCommands,
        "review": ReviewCommands,
        "report": ReportCommands,
        "control": ControlCommands,
        "plan": ReadingPlanGuide,
        "teach": TeachCommands,
        "view": ViewCommands,
        "heads": FieldEditing,
        "app": AppCommands,
    }
    made = {name: create_autospec(subject, instance=True, spec_set=True) for name, subject in parts.items()}
    spec.run(Commands(**made))
    assert sum(len(part.method_calls) for part in made.values()) == 1


def test_actions_are_enabled_only_where_they_can_do_something() -> None:
    start = enabled(WindowState())
    assert {ActionId.OPEN_FOLDER, ActionId.OPEN_SESSION, ActionId.DEMO, ActionId.QUIT} <= start
    assert not {ActionId.SCORE, ActionId.PAUSE, ActionId.ACCEPT, ActionId.EXPORT_CSV, ActionId.CLOSE_SESSION} & start
    assert {ActionId.SCORE, ActionId.ACCEPT, ActionId.EXPORT_CSV, ActionId.CLOSE_SESSION} <= enabled(_OPEN)
    assert ActionId.SCORE not in enabled(WindowState(session_open=True, read_only=True, to_score=3))
    assert ActionId.SCORE not in enabled(WindowState(session_open=True))
    running = enabled(WindowState(session_open=True, running=True, scoring=True, to_score=3))
    assert {ActionId.PAUSE, ActionId.CANCEL, ActionId.ACCEPT} <= running
    assert not {ActionId.SCORE, ActionId.TRY_AGAIN, ActionId.CLOSE_SESSION, ActionId.OPEN_SESSION} & running


def test_a_blind_reader_can_read_but_see_no_answer() -> None:
    blind = enabled(WindowState(session_open=True, has_results=True, has_selection=True, blind_reading=True))
    assert {ActionId.CLASS_1, ActionId.UNDO, ActionId.NEXT, ActionId.ZOOM, ActionId.READ_AGAIN} <= blind
    hidden = {ActionId.ACCEPT, ActionId.SIMILAR, ActionId.HEATMAP, ActionId.AGREEMENT, ActionId.EXPORT_CSV}
    assert not hidden & blind
    assert _BY_ID[ActionId.READ_AGAIN].shown_as(WindowState(blind_reading=True))[0] == "&End This Reading"


def test_recent_lists_without_entries_stay_disabled_after_a_blind_reading(open_desktop, tmp_path: Path) -> None:
    window = open_desktop().window
    window._update_state(blind_reading=True)
    window._update_state(blind_reading=False)
    assert not window.menus.recent_sessions.isEnabled()
    window.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 4}, tmp_path)])
    assert window.menus.recent_sessions.isEnabled()
    window._update_state(blind_reading=True)
    assert not window.menus.recent_sessions.isEnabled()


def test_an_action_that_switches_shows_its_state(open_desktop) -> None:
    window = open_desktop().window
    gallery = window.action(ActionId.GALLERY)
    assert not gallery.isChecked()
    gallery.trigger()
    assert gallery.isChecked()
    assert window.controller.settings.value.view == "gallery"
    window.controller.settings.update(view="table")
    assert not gallery.isChecked()
