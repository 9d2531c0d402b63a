"""Heads that a person adds, removes, splits or redraws: stored with undo and redo, counted and scored as they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cells import MODEL
from fields import HEADS, ellipse, fields_session, head_event

from sperm_viewer.domain.cell import Status
from sperm_viewer.domain.errors import SessionError
from sperm_viewer.domain.image import ImageKind
from sperm_viewer.domain.prediction import ModelId
from sperm_viewer.domain.verdict import Decision
from sperm_viewer.session.authorise import authorise, changes_since
from sperm_viewer.session.field_heads import EditedHeads, edited_heads, heads_beside, heads_of_edited_images
from sperm_viewer.session.head_edits import HeadEdit, HeadEdits
from sperm_viewer.session.image_kind import set_image_kind
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session, SessionModel
from sperm_viewer.session.verify import verify
from sperm_viewer.statistics.slide_figures import slide_figures

_NEW = ellipse(320, 230)


@pytest.fixture
def session(tmp_path: Path) -> Session:
    path = fields_session(tmp_path / "session.spermview", tmp_path / "A", ["a.png", "b.png"])
    with Session.open(path) as opened:
        yield opened


def counts(session: Session) -> tuple[int, int]:
    """Cells in the figures, and cells of the slide."""
    (slide,) = session.slides()
    return slide_figures(session.tallies(), MODEL.classes).cells, slide.cells


def test_an_added_head_is_a_cell_that_counts_and_names_who_added_it(session: Session) -> None:
    ref = session.cells([1])[0].ref
    done = HeadEdits(session).replace(HeadEdit.ADD, [], [head_event(ref, _NEW)], "Ana")
    (added,) = session.cells(done.shown)
    assert (added.number, added.outlined_by, added.ref, added.status) == (5, "Ana", ref, Status.SCORED)
    assert counts(session) == (9, 9)
    assert [head.cell.id for head in heads_beside(session, 1)] == [1, 2, 3, 4, 9]
    assert session.heatmap(added.id) is not None
    assert session.pending() == []


def test_a_removed_head_is_listed_and_counted_nowhere_and_undo_brings_its_verdict_back(session: Session) -> None:
    Review(session).decide({2: Decision("tapered")}, "Ana")
    edits = HeadEdits(session)
    edits.replace(HeadEdit.REMOVE, [2], [], "Ben")
    assert 2 not in session.cell_ids()
    assert session.cells([2]) == []
    assert 2 not in session.readable()
    assert counts(session) == (7, 7)
    (slide,) = session.slides()
    assert (slide.reviewed, slide.referred, slide.scored) == (0, 1, 6)
    assert edits.undo("Ben") is not None
    (back,) = session.cells([2])
    assert back.final_class == "tapered"
    assert counts(session) == (8, 8)


def test_undo_and_redo_go_on_after_the_session_was_closed(tmp_path: Path) -> None:
    path = fields_session(tmp_path / "session.spermview", tmp_path / "A", ["a.png"])
    with Session.open(path) as session:
        ref = session.cells([1])[0].ref
        edits = HeadEdits(session)
        edits.replace(HeadEdit.ADD, [], [head_event(ref, _NEW)], "Ana")
        edits.replace(HeadEdit.SPLIT, [3], [head_event(ref, ellipse(x, 330)) for x in (190, 210)], "Ana")
    with Session.open(path) as session:
        edits = HeadEdits(session)
        assert session.cell_ids() == [1, 2, 4, 5, 6, 7]
        undone = edits.undo("Ben")
        assert (undone.edit, undone.removed, undone.shown) == (HeadEdit.SPLIT, (6, 7), (3,))
        assert session.cell_ids() == [1, 2, 3, 4, 5]
        edits.undo("Ben")
        assert session.cell_ids() == [1, 2, 3, 4]
        assert edits.undo("Ben") is None
    with Session.open(path) as session:
        edits = HeadEdits(session)
        edits.redo("Ben")
        edits.redo("Ben")
        assert session.cell_ids() == [1, 2, 4, 5, 6, 7]
        assert edits.redo("Ben") is None
    assert verify(path).problems == ()


def test_every_edit_is_in_the_audit_trail_with_its_person(session: Session) -> None:
    ref = session.cells([1])[0].ref
    edits = HeadEdits(session)
    edits.replace(HeadEdit.REDRAW, [1], [head_event(ref, ellipse(121, 101))], "Ana")
    edits.undo("Ben")
    rows = session.rows(
        "SELECT who, json_extract(body, '$.act'), json_extract(body, '$.edit') FROM audit"
        " WHERE kind = 'heads' ORDER BY number"
    )
    assert rows == [("Ana", "do", "redraw"), ("Ben", "undo", "redraw")]


def test_an_edit_after_an_undo_ends_what_could_be_redone(session: Session) -> None:
    edits = HeadEdits(session)
    edits.replace(HeadEdit.REMOVE, [1], [], "Ana")
    edits.undo("Ana")
    edits.replace(HeadEdit.REMOVE, [2], [], "Ana")
    assert edits.redo("Ana") is None


def test_edits_and_verdicts_have_one_order(session: Session) -> None:
    review, edits = Review(session), HeadEdits(session)
    assert (edits.done_after, review.done_at) == (None, None)
    review.decide({1: Decision("normal")}, "Ana")
    edits.replace(HeadEdit.REMOVE, [2], [], "Ana")
    assert edits.done_after >= review.done_at
    review.decide({3: Decision("normal")}, "Ana")
    assert edits.done_after < review.done_at
    review.undo("Ana")
    edits.undo("Ana")
    assert edits.undone_after >= review.undone_at


def test_a_field_that_was_edited_is_scored_by_its_own_heads_under_another_model(session: Session) -> None:
    ref = session.cells([1])[0].ref
    edits = HeadEdits(session)
    edits.replace(HeadEdit.REMOVE, [2], [], "Ana")
    edits.replace(HeadEdit.ADD, [], [head_event(ref, _NEW)], "Ana")
    other = SessionModel(ModelId("other", "ef" * 32), MODEL.classes, "normal")
    session.use_model(other)
    known = heads_of_edited_images(session)
    assert list(known) == [ref]
    assert len(known[ref].heads) == 4
    prediction = replace(head_event(ref, _NEW).prediction, model=other.id)
    events = [
        replace(head_event(ref, head.outline), prediction=prediction, place=head.place) for head in known[ref].heads
    ]
    assert session.record(events) == [1, 3, 4, 9]
    assert [each.path.name for each in session.pending()] == ["b.png"]


def test_a_head_that_was_added_under_another_model_is_still_to_be_scored(session: Session) -> None:
    (ref,) = {cell.ref for cell in session.cells([1])}
    other = SessionModel(ModelId("other", "ef" * 32), MODEL.classes, "normal")
    first = session.model()
    session.use_model(other)
    prediction = replace(head_event(ref, _NEW).prediction, model=other.id)
    session.record([replace(head_event(ref, ellipse(*middle)), prediction=prediction) for middle in HEADS])
    HeadEdits(session).replace(HeadEdit.ADD, [], [replace(head_event(ref, _NEW), prediction=prediction)], "Ana")
    session.use_model(first)
    assert session.pending() == [ref]


def test_a_field_without_any_head_left_is_not_scored_again(session: Session) -> None:
    HeadEdits(session).replace(HeadEdit.REMOVE, [1, 2, 3, 4], [], "Ana")
    session.use_model(SessionModel(ModelId("other", "ef" * 32), MODEL.classes, "normal"))
    assert [ref.path.name for ref in session.pending()] == ["b.png"]


def test_a_head_of_another_model_is_refused_and_nothing_is_stored(session: Session) -> None:
    ref = session.cells([1])[0].ref
    event = head_event(ref, _NEW)
    foreign = replace(event, prediction=replace(event.prediction, model=ModelId("other", "ef" * 32)))
    with pytest.raises(SessionError, match="another model"):
        HeadEdits(session).replace(HeadEdit.SPLIT, [1], [foreign], "Ana")
    assert counts(session) == (8, 8)


def test_an_edit_after_the_report_was_authorised_makes_the_next_one_an_amended_one(session: Session) -> None:
    authorised = authorise(session, 1, {"normal": "50%"}, session.audit_head(), "Ben")
    assert changes_since(session, 1, authorised) == ()
    edits = HeadEdits(session)
    edits.replace(HeadEdit.REMOVE, [2], [], "Ana")
    edits.undo("Ana")
    assert changes_since(session, 1, authorised) == ("heads of a field changed by Ana (2)",)
    set_image_kind(session, 1, ImageKind.CROP, "Ana")
    assert "what the images of a slide are, by Ana" in changes_since(session, 1, authorised)


def test_the_report_knows_how_many_heads_people_outlined_and_took_away(session: Session) -> None:
    ref = session.cells([1])[0].ref
    edits = HeadEdits(session)
    edits.replace(HeadEdit.ADD, [], [head_event(ref, _NEW)], "Ana")
    edits.replace(HeadEdit.SPLIT, [1], [head_event(ref, ellipse(x, 100)) for x in (110, 130)], "Ben")
    edits.replace(HeadEdit.REMOVE, [9], [], "Ana")
    assert edited_heads(session, 1) == EditedHeads(2, ("Ben",), 1)
