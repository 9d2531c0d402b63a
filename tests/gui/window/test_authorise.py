"""Authorising from the window: the question says what is frozen, and only a yes writes it to the session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from made_up import Answers, fill
from pytestqt.qtbot import QtBot
from reported import write_reported

from sperm_viewer.app import Desktop
from sperm_viewer.domain.verdict import Decision
from sperm_viewer.gui.widgets.action_spec import ActionId, Menu
from sperm_viewer.gui.window.action_table import ACTIONS
from sperm_viewer.session.authorise import Authorisation, authorisations
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session
from sperm_viewer.session.verify import verify

_AUTHORISE = "authorise"


def _open(desktop: Desktop, path: Path, qtbot: QtBot) -> None:
    desktop.controller.open_session(path)
    qtbot.waitUntil(lambda: desktop.window.action(ActionId.REPORT).isEnabled())


def _trigger(desktop: Desktop) -> None:
    desktop.window.action(ActionId(_AUTHORISE)).trigger()


def _authorised(path: Path) -> dict[str, list[Authorisation]]:
    with Session.open(path, read_only=True) as session:
        return {sample.identifier: authorisations(session, sample.id) for sample in session.samples()}


def test_the_review_menu_authorises_a_report() -> None:
    assert [spec.menu for spec in ACTIONS if spec.id == _AUTHORISE] == [Menu.REVIEW]


def test_the_question_says_what_is_frozen_and_a_yes_freezes_it(
    open_desktop: Callable[..., Desktop], qtbot: QtBot, tmp_path: Path, answers: Answers
) -> None:
    path, desktop = fill(tmp_path / "s.spermview", {"A": 25}, tmp_path), open_desktop()
    _open(desktop, path, qtbot)
    before = verify(path).head
    _trigger(desktop)
    qtbot.waitUntil(lambda: "is authorised by Ana" in desktop.window.notices.text, timeout=20_000)
    (question,) = answers.asked
    ((identifier, (found,)),) = _authorised(path).items()
    assert f"Authorise report 1 of sample {identifier}?" in question
    assert "Ana answers for this report." in question
    assert f"The audit trail up to row {before.rows:,}, whose hash is {before.hash[:16]}…" in question
    assert "Any later change of the sample makes its next report an amended one" in question
    assert all(f"{name}: {value}" in question for name, value in found.figures.items())
    assert (found.number, found.reader, found.audit_hash) == (1, "Ana", before.hash)
    assert verify(path).problems == ()


def test_a_no_writes_nothing(
    open_desktop: Callable[..., Desktop], qtbot: QtBot, tmp_path: Path, answers: Answers
) -> None:
    path, desktop = fill(tmp_path / "s.spermview", {"A": 5}, tmp_path), open_desktop()
    _open(desktop, path, qtbot)
    before, answers.yes = verify(path).head, False
    _trigger(desktop)
    qtbot.waitUntil(lambda: bool(answers.asked), timeout=20_000)
    assert verify(path).head == before


@pytest.mark.parametrize(("chosen", "reports"), [("P-9000", 1), ("", 0)])
def test_of_several_samples_one_is_chosen(
    open_desktop: Callable[..., Desktop],
    qtbot: QtBot,
    tmp_path: Path,
    answers: Answers,
    chosen: str,
    reports: int,
) -> None:
    path, desktop = write_reported(tmp_path / "s.spermview"), open_desktop()
    _open(desktop, path, qtbot)
    answers.choice = chosen
    _trigger(desktop)
    assert answers.asked == ["Authorise a report Report of sample: P-4471, P-9000"]
    if chosen:
        qtbot.waitUntil(lambda: "is authorised" in desktop.window.notices.text, timeout=20_000)
    assert {sample: len(found) for sample, found in _authorised(path).items()} == {"P-4471": 0, "P-9000": reports}


def test_what_is_decided_while_the_question_is_open_is_not_authorised_unseen(
    open_desktop: Callable[..., Desktop], qtbot: QtBot, tmp_path: Path, answers: Answers
) -> None:
    path, desktop = fill(tmp_path / "s.spermview", {"A": 5}, tmp_path), open_desktop()
    _open(desktop, path, qtbot)

    def decide() -> None:
        with Session.open(path) as session:
            Review(session).decide({session.cell_ids()[0]: Decision("abnormal")}, "Ada")

    answers.meanwhile = decide
    _trigger(desktop)
    qtbot.waitUntil(lambda: bool(answers.told), timeout=20_000)
    assert "the session has changed meanwhile" in answers.told[0]
    assert [len(found) for found in _authorised(path).values()] == [0]
    desktop.window.action(ActionId(_AUTHORISE)).trigger()
    answers.meanwhile = lambda: None
    qtbot.waitUntil(lambda: "is authorised" in desktop.window.notices.text, timeout=20_000)
