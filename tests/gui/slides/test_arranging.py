"""Slides are moved between samples, renamed and removed in the window, with undo and in the audit trail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from made_up import Answers, fill

from sperm_viewer.app import Desktop
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.session.session import Session
from sperm_viewer.session.verify import verify


@pytest.fixture
def desktop(open_desktop: Callable[..., Desktop], tmp_path: Path) -> Desktop:
    """A window with the samples A, B and C of one slide each."""
    made = open_desktop()
    made.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 5, "B": 5, "C": 5}, tmp_path)])
    return made


def choose(desktop: Desktop, name: str) -> None:
    shown = desktop.window.workspace.slides
    session = desktop.controller.session
    slide = next(slide.id for sample in session.samples() for slide in sample.slides if slide.name == name)
    shown.list.setCurrentIndex(shown.model.index(shown.model.row_of(slide)))


def do(desktop: Desktop, action: ActionId) -> None:
    assert desktop.window.action(action) in desktop.window.workspace.slides.list.actions()
    desktop.window.action(action).trigger()


def slides(desktop: Desktop) -> list[tuple[str, str]]:
    with Session.open(desktop.controller.session.path, read_only=True) as session:
        return [(sample.identifier, slide.name) for sample in session.samples() for slide in sample.slides]


def test_a_slide_is_moved_to_another_sample_and_back_with_undo(desktop: Desktop, answers: Answers) -> None:
    choose(desktop, "B")
    answers.typed = "A"
    do(desktop, ActionId.MOVE_SLIDE)
    assert answers.offered == [("A", ("A", "C"))]
    assert slides(desktop) == [("A", "A"), ("A", "B"), ("C", "C")]
    do(desktop, ActionId.UNDO_SLIDES)
    assert slides(desktop) == [("A", "A"), ("B", "B"), ("C", "C")]
    do(desktop, ActionId.REDO_SLIDES)
    assert slides(desktop) == [("A", "A"), ("A", "B"), ("C", "C")]
    session = desktop.controller.session
    assert session.rows("SELECT who FROM audit WHERE kind = 'arranged'") == [(desktop.window.reviewer.name,)] * 3
    assert not verify(session.path).problems


def test_a_slide_and_a_sample_are_renamed_where_they_are_shown(desktop: Desktop, answers: Answers) -> None:
    workspace = desktop.window.workspace
    choose(desktop, "A")
    answers.typed = "Left"
    do(desktop, ActionId.RENAME_SLIDE)
    answers.typed = "P-12"
    do(desktop, ActionId.RENAME_SAMPLE)
    assert answers.offered == [("A", ()), ("A", ())]
    assert ("P-12", "Left") in slides(desktop)
    assert workspace.chosen_slide is not None
    assert workspace.results.current_cell().slide_name == "P-12 / Left"


def test_a_removed_slide_is_shown_nowhere_until_it_is_restored(desktop: Desktop) -> None:
    workspace = desktop.window.workspace
    choose(desktop, "B")
    do(desktop, ActionId.REMOVE_SLIDE)
    assert slides(desktop) == [("A", "A"), ("C", "C")]
    assert workspace.chosen_slide is None
    assert workspace.slides.total.crops == 10
    assert {cell.sample for cell in desktop.controller.session.cells(workspace.shown_ids())} == {"A", "C"}
    do(desktop, ActionId.UNDO_SLIDES)
    assert slides(desktop) == [("A", "A"), ("B", "B"), ("C", "C")]
    assert workspace.slides.total.crops == 15


def test_a_taken_name_is_refused_in_words_and_changes_nothing(desktop: Desktop, answers: Answers) -> None:
    choose(desktop, "B")
    answers.typed = "A"
    do(desktop, ActionId.RENAME_SAMPLE)
    assert "there is a sample 'A' already" in answers.told[-1]
    assert slides(desktop) == [("A", "A"), ("B", "B"), ("C", "C")]


@pytest.mark.parametrize("action", [ActionId.MOVE_SLIDE, ActionId.RENAME_SLIDE, ActionId.REMOVE_SLIDE])
def test_without_a_chosen_slide_the_window_says_what_is_missing(desktop: Desktop, answers: Answers, action) -> None:
    do(desktop, action)
    assert "Choose a slide" in answers.told[-1]
    assert slides(desktop) == [("A", "A"), ("B", "B"), ("C", "C")]


@pytest.mark.parametrize("action", [ActionId.UNDO_SLIDES, ActionId.REDO_SLIDES])
def test_where_nothing_was_changed_undo_and_redo_say_so(desktop: Desktop, answers: Answers, action) -> None:
    do(desktop, action)
    assert "Nothing can be " in answers.told[-1]


def test_a_dismissed_name_changes_nothing(desktop: Desktop, answers: Answers) -> None:
    choose(desktop, "B")
    do(desktop, ActionId.MOVE_SLIDE)
    answers.typed, answers.name = "A", ""
    do(desktop, ActionId.MOVE_SLIDE)
    assert slides(desktop) == [("A", "A"), ("B", "B"), ("C", "C")]


def test_a_read_only_session_keeps_its_samples(open_desktop, tmp_path: Path, answers: Answers) -> None:
    path = fill(tmp_path / "s.spermview", {"A": 5, "B": 5}, tmp_path)
    held = (
        '{"user": "Bo", "host": "bench-2", "since": "2026-01-01T10:00:00+00:00", "beat": "9999-01-01T00:00:00+00:00"}'
    )
    path.with_name(f".{path.name}.holder").write_text(held)
    desktop = open_desktop()
    desktop.controller.open_paths([path])
    choose(desktop, "B")
    answers.typed = "A"
    do(desktop, ActionId.MOVE_SLIDE)
    assert "so that this window can't move a slide" in answers.told[-1]
    assert slides(desktop) == [("A", "A"), ("B", "B")]
