"""No decision is lost, undo has no end, and what stands is what was said last."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from cells import MODEL, failed, scored, session_with

from sperm_viewer.domain.errors import SessionError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.reading import NewReading, ReadingKind
from sperm_viewer.domain.verdict import Decision, How, Why
from sperm_viewer.session import audit
from sperm_viewer.session.readings import begin_reading
from sperm_viewer.session.review import Review, next_open
from sperm_viewer.session.session import CellFilter, Order, Session
from sperm_viewer.session.verify import verify


def _reviewed(folder: Path, count: int = 4) -> tuple[Session, list[int]]:
    session, refs = session_with(folder, [f"{number}.png" for number in range(count)])
    reasons = ["", "not sure"]
    ids = session.record([scored(ref, reason=reasons[number % 2]) for number, ref in enumerate(refs)])
    return session, ids


def _said(session: Session, ids: list[int]) -> list[str]:
    return [cell.verdict.class_name if cell.verdict else "-" for cell in session.cells(ids)]


def test_a_verdict_is_on_disk_beside_the_prediction(tmp_path: Path) -> None:
    session, ids = _reviewed(tmp_path)
    with session:
        decision = Decision("tapered", "bent tail too", frozenset({"tail-coiled", "midpiece-bent"}))
        Review(session).decide({ids[1]: decision}, "Ada")
    with Session.open(tmp_path / "session.spermview") as opened:
        (cell,) = opened.cells([ids[1]])
    assert cell.verdict is not None
    assert (cell.verdict.decision, cell.verdict.reader, cell.verdict.at[-6:]) == (decision, "Ada", "+00:00")
    assert cell.prediction is not None
    assert (cell.prediction.first, cell.final_class) == ("normal", "tapered")


def test_a_note_alone_leaves_the_class_to_the_model(tmp_path: Path) -> None:
    session, ids = _reviewed(tmp_path)
    with session:
        Review(session).decide({ids[1]: Decision(note="look again")}, "Ada")
        (cell,) = session.cells([ids[1]])
        assert (cell.final_class, cell.reviewed) == ("refer", False)
        assert session.cell_ids(where=CellFilter(reviewed=True)) == []


def test_a_verdict_without_a_name_is_refused(tmp_path: Path) -> None:
    session, ids = _reviewed(tmp_path)
    with session, pytest.raises(SessionError, match="reader's name"):
        Review(session).decide({ids[0]: Decision("normal")}, " ")


def test_undo_and_redo_go_back_and_forth_without_end_also_after_the_file_was_closed(tmp_path: Path) -> None:
    session, ids = _reviewed(tmp_path)
    chance = random.Random(3)
    states = [_said(session, ids)]
    with session:
        review = Review(session)
        for _ in range(40):
            some = chance.sample(ids, chance.randint(1, 3))
            review.decide({cell: Decision(chance.choice(MODEL.classes)) for cell in some}, "Ada")
            states.append(_said(session, ids))
        for state in reversed(states[10:-1]):
            review.undo("Ada")
            assert _bare(_said(session, ids)) == _bare(state)
    with Session.open(tmp_path / "session.spermview") as session:
        review = Review(session)
        for state in states[11:21]:
            review.redo("Bo")
            assert _said(session, ids) == state
        for state in reversed(states[:20]):
            review.undo("Bo")
            assert _bare(_said(session, ids)) == _bare(state)
        assert not review.can_undo
        assert review.undo("Bo") == ()
        review.redo("Bo")
        review.decide({ids[0]: Decision("tapered")}, "Bo")
        assert not review.can_redo
        assert review.redo("Bo") == ()
    assert verify(tmp_path / "session.spermview").problems == ()


def _bare(said: list[str]) -> list[str]:
    """A verdict that was taken back and one that never was are the same to a reader."""
    return [text.strip("-") for text in said]


def test_a_restored_verdict_is_still_that_of_the_person_who_gave_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, ids = _reviewed(tmp_path)
    with session:
        review = Review(session)
        with monkeypatch.context() as earlier:
            earlier.setattr(audit, "now", lambda: "2026-11-01T08:00:00+00:00")
            review.decide({ids[0]: Decision("tapered")}, "Ada")
        review.decide({ids[0]: Decision("normal")}, "Bo")
        review.undo("Cy")
        verdict = session.cells(ids)[0].verdict
        assert verdict is not None
        assert (verdict.class_name, verdict.reader, verdict.at[:10]) == ("tapered", "Ada", "2026-11-01")
        assert session.rows("SELECT who FROM audit ORDER BY number DESC LIMIT 1") == [("Cy",)]
        review.redo("Cy")
        again = session.cells(ids)[0].verdict
        assert again is not None
        assert (again.class_name, again.reader) == ("normal", "Bo")
    assert verify(tmp_path / "session.spermview").problems == ()


def test_an_undo_names_its_cells_and_is_a_new_row(tmp_path: Path) -> None:
    session, ids = _reviewed(tmp_path)
    with session:
        review = Review(session)
        review.decide({ids[0]: Decision("tapered"), ids[2]: Decision("tapered")}, "Ada")
        before = session.audit_head().rows
        assert review.undo("Ada") == (ids[0], ids[2])
        assert session.audit_head().rows == before + 2
        assert review.redo("Ada") == (ids[0], ids[2])
        assert session.rows("SELECT count(*) FROM verdicts")[0][0] == 6


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (CellFilter(reviewed=True), [0, 1]),
        (CellFilter(reviewed=False), [2, 3]),
        (CellFilter(disagree=True), [1]),
        (CellFilter(reader="Bo"), [1]),
        (CellFilter(final="refer"), [3]),
        (CellFilter(final="tapered"), [1]),
    ],
)
def test_filters_know_what_was_reviewed(tmp_path: Path, where: CellFilter, expected: list[int]) -> None:
    session, ids = _reviewed(tmp_path)
    with session:
        Review(session).decide({ids[0]: Decision("normal")}, "Ada")
        Review(session).decide({ids[1]: Decision("tapered")}, "Bo")
        assert session.cell_ids(where=where) == [ids[number] for number in expected]
        assert session.cell_ids(Order.VERDICT)[-1] == ids[1]


def test_tallies_count_what_stands(tmp_path: Path) -> None:
    session, ids = _reviewed(tmp_path)
    with session:
        session.add_slide("B", tmp_path / "B", [ImageRef("B", tmp_path / "B" / "x.png")])
        session.record([failed(ImageRef("B", tmp_path / "B" / "x.png"))])
        Review(session).decide({ids[1]: Decision("tapered")}, "Bo")
        told = {(t.name, t.first, t.status, t.final, t.how): t.count for t in session.tallies()}
    assert told == {
        ("A-017", "normal", "scored", "normal", None): 2,
        ("A-017", "normal", "referred", "tapered", How.SINGLE): 1,
        ("A-017", "normal", "referred", "refer", None): 1,
        ("B", "", "failed", "", None): 1,
    }


def test_a_second_reading_is_apart_from_the_first(tmp_path: Path) -> None:
    session, ids = _reviewed(tmp_path)
    with session:
        Review(session).decide({ids[0]: Decision("normal")}, "Ada")
        second = begin_reading(session, NewReading(ReadingKind.FURTHER, "Bo"))
        Review(session, second.id).decide({ids[0]: Decision("tapered")}, "Bo")
        (cell,) = session.cells([ids[0]])
        assert cell.second is not None
        assert (cell.final_class, cell.second.class_name) == ("normal", "tapered")
        assert Review(session).undo("Ada") == (ids[0],)
        (cell,) = session.cells([ids[0]])
        assert cell.second is not None
        assert (cell.reviewed, cell.second.class_name) == (False, "tapered")


def test_the_next_open_cell_is_found_round_the_end() -> None:
    order = [5, 3, 9, 1]
    assert next_open(order, 3, {5, 1}) == 1
    assert next_open(order, 1, {5, 9}) == 5
    assert next_open(order, 5, {5}) is None


def test_a_verdict_says_how_it_was_made_and_why_also_after_an_undo(tmp_path: Path) -> None:
    session, ids = _reviewed(tmp_path)
    with session:
        review = Review(session)
        review.decide({ids[0]: Decision("normal")}, "Ada", why=Why.PLAN)
        review.decide(dict.fromkeys(ids, Decision("tapered")), "Ada")
        assert _ways(session, ids[:2]) == [(How.BULK, Why.OWN_CHOICE)] * 2
        review.undo("Bo")
        assert _ways(session, ids[:1]) == [(How.SINGLE, Why.PLAN)]
        review.redo("Bo")
        assert _ways(session, ids[:1]) == [(How.BULK, Why.OWN_CHOICE)]
        second = begin_reading(session, NewReading(ReadingKind.FURTHER, "Cy"))
        Review(session, second.id).decide({ids[0]: Decision("normal")}, "Cy")
        (cell,) = session.cells(ids[:1])
        assert cell.second is not None
        assert cell.second.how is How.BLIND


def _ways(session: Session, ids: list[int]) -> list[tuple[How, Why]]:
    return [(cell.verdict.how, cell.verdict.why) for cell in session.cells(ids) if cell.verdict]
