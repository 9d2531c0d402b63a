"""Slides belong to samples: names are unique within one alone, and what a person rearranges can be undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from cells import MODEL, PLACE, failed, scored, session_with

from sperm_viewer.domain.errors import SessionError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.sample import SampleOrigin
from sperm_viewer.domain.verdict import Decision
from sperm_viewer.session.arrange import Arrangement, SlidePlace
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import CellFilter, Order, Session
from sperm_viewer.session.verify import verify


def _images(folder: Path, count: int = 2) -> list[ImageRef]:
    return [ImageRef(folder.name, folder / f"{number}.png") for number in range(count)]


def _two_samples(folder: Path) -> Session:
    """P-1 and P-2, each with the slides A and B of two scored images."""
    session = Session.create(folder / "session.spermview")
    session.use_model(MODEL)
    for sample in ("P-1", "P-2"):
        for slide in ("A", "B"):
            images = _images(folder / sample / slide)
            session.add_slide(slide, folder / sample / slide, images, SampleOrigin(sample, folder / sample))
            session.record([scored(ref, (0.9, 0.1, 0) if sample == "P-1" else (0.1, 0.9, 0)) for ref in images])
    return session


def _arranged(session: Session) -> dict[str, list[str]]:
    return {sample.identifier: [slide.name for slide in sample.slides] for sample in session.samples()}


def test_slides_of_one_name_in_two_samples_stay_apart_everywhere(tmp_path: Path) -> None:
    with _two_samples(tmp_path) as session:
        assert _arranged(session) == {"P-1": ["A", "B"], "P-2": ["A", "B"]}
        first, _, second, _ = session.slides()
        assert [(slide.sample, slide.name, slide.classes) for slide in (first, second)] == [
            ("P-1", "A", {"normal": 2}),
            ("P-2", "A", {"tapered": 2}),
        ]
        tallies = {(tally.sample, tally.slide, tally.final, tally.count) for tally in session.tallies()}
        assert {(1, 1, "normal", 2), (2, 3, "tapered", 2)} < tallies
        cells = session.cells(session.cell_ids(where=CellFilter(slide=second.id)))
        assert [(cell.sample, cell.slide, cell.ref.slide, cell.slide_name) for cell in cells] == [
            ("P-2", 3, "A", "P-2 / A")
        ] * 2
        assert len(session.cell_ids(where=CellFilter(sample=2))) == 4
        assert session.cell_ids(Order.SAMPLE, descending=True)[0] == 5


def test_a_name_that_is_taken_gets_a_number_within_its_sample_alone(tmp_path: Path) -> None:
    with Session.create(tmp_path / "session.spermview") as session:
        one = SampleOrigin("P-1")
        for place in ("x", "y", "z"):
            session.add_slide("A", tmp_path / place / "A", [], one)
        session.add_slide("A", tmp_path / "w" / "A", [], SampleOrigin("P-2"))
        assert _arranged(session) == {"P-1": ["A", "A (2)", "A (3)"], "P-2": ["A"]}


def test_two_folders_of_one_name_are_two_samples_and_a_typed_identifier_is_one(tmp_path: Path) -> None:
    with Session.create(tmp_path / "session.spermview") as session:
        for place in ("monday", "friday"):
            session.add_slide("A", tmp_path / place / "P" / "A", [], SampleOrigin("P", tmp_path / place / "P"))
        session.add_slide("B", tmp_path / "monday" / "P" / "B", [], SampleOrigin("P", tmp_path / "monday" / "P"))
        assert _arranged(session) == {"P": ["A", "B"], "P (2)": ["A"]}
        session.add_slide("C", tmp_path / "C", [], SampleOrigin("P"))
        assert _arranged(session)["P"] == ["A", "B", "C"]


def test_a_renamed_sample_gets_the_further_slides_of_its_folder(tmp_path: Path) -> None:
    with _two_samples(tmp_path) as session:
        Arrangement(session).rename_sample(1, "S-77", "Ada")
        session.add_slide("C", tmp_path / "P-1" / "C", [], SampleOrigin("P-1", tmp_path / "P-1"))
        assert _arranged(session)["S-77"] == ["A", "B", "C"]


def test_moving_renaming_and_removing_are_undone_and_redone_also_after_the_file_was_closed(tmp_path: Path) -> None:
    before = {"P-1": ["A", "B"], "P-2": ["A", "B"]}
    with _two_samples(tmp_path) as session:
        arrangement = Arrangement(session)
        states = [before]
        for change in (
            lambda: arrangement.move([3], "P-1", "Ada"),
            lambda: arrangement.rename_slide(3, "C", "Ada"),
            lambda: arrangement.rename_sample(1, "S-77", "Ada"),
            lambda: arrangement.remove([1, 2], "Ada"),
            lambda: arrangement.arrange({3: SlidePlace("P-2", "B"), 4: SlidePlace("S-77", "C")}, "Ada"),
        ):
            change()
            states.append(_arranged(session))
        assert states[1:] == [
            {"P-1": ["A", "A (2)", "B"], "P-2": ["B"]},
            {"P-1": ["A", "B", "C"], "P-2": ["B"]},
            {"P-2": ["B"], "S-77": ["A", "B", "C"]},
            {"P-2": ["B"], "S-77": ["C"]},
            {"P-2": ["B"], "S-77": ["C"]},
        ]
    with Session.open(tmp_path / "session.spermview") as session:
        arrangement = Arrangement(session)
        for state in reversed(states[:-1]):
            assert arrangement.undo("Bo")
            assert _arranged(session) == state
        assert not arrangement.can_undo
        for state in states[1:]:
            assert arrangement.redo("Bo")
            assert _arranged(session) == state
        assert not arrangement.can_redo
        who = session.rows("SELECT who, count(*) FROM audit WHERE kind = 'arranged' GROUP BY who")
        assert who == [("Ada", 5), ("Bo", 10)]
    assert verify(tmp_path / "session.spermview").problems == ()


def test_an_edit_that_can_not_be_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    with _two_samples(tmp_path) as session:
        arrangement, rows = Arrangement(session), session.audit_head().rows
        with pytest.raises(SessionError, match="two slides named 'A'"):
            arrangement.arrange({3: SlidePlace("P-1", "A")}, "Ada")
        with pytest.raises(SessionError, match="a sample 'P-2' already"):
            arrangement.rename_sample(1, "P-2", "Ada")
        assert session.audit_head().rows == rows
        assert not arrangement.can_undo


def test_the_identifier_of_a_sample_without_slides_is_free(tmp_path: Path) -> None:
    with _two_samples(tmp_path) as session:
        arrangement = Arrangement(session)
        arrangement.move([1, 2], "P-2", "Ada")
        arrangement.rename_sample(2, "P-1", "Ada")
        assert _arranged(session) == {"P-1": ["A", "A (2)", "B", "B (2)"]}


def test_a_removed_slide_counts_nowhere_and_keeps_its_results_and_verdicts(tmp_path: Path) -> None:
    with _two_samples(tmp_path) as session:
        Review(session).decide({1: Decision("tapered")}, "Ada")
        session.add_slide("A", tmp_path / "P-1" / "A", _images(tmp_path / "P-1" / "A", 3))
        arrangement = Arrangement(session)
        arrangement.remove([1], "Ada")
        assert [(sample.identifier, sample.slides[0].name) for sample in session.samples(removed=True)] == [
            ("P-1", "A")
        ]
        assert session.cell_ids() == [3, 4, 5, 6, 7, 8]
        assert session.cells([1, 2, 3])[0].id == 3
        assert (session.image_count(), session.pending(), session.pending_count()) == (6, [], 0)
        assert (session.readers(), session.result_count(MODEL.id), len(session.readable())) == ([], 6, 6)
        assert {tally.slide for tally in session.tallies()} == {2, 3, 4}
        assert [slide.id for slide in session.slides()] == [2, 3, 4]
        assert set(session.final_classes()) == {3, 4, 5, 6, 7, 8}
        arrangement.undo("Ada")
        assert [cell.final_class for cell in session.cells([1, 2])] == ["tapered", "normal"]
        assert session.pending_count() == 1


def test_a_removed_slide_that_is_opened_again_is_shown_again(tmp_path: Path) -> None:
    with _two_samples(tmp_path) as session:
        arrangement = Arrangement(session)
        arrangement.remove([1], "Ada")
        arrangement.rename_slide(2, "A", "Ada")
        session.add_slide("A", tmp_path / "P-1" / "A", _images(tmp_path / "P-1" / "A"))
        assert _arranged(session)["P-1"] == ["A", "A (2)"]
        assert len(session.cell_ids()) == 8


def test_a_cell_has_the_place_of_its_head_and_a_failed_one_has_none(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, ["a.png", "b.png"])
    with session:
        cells = session.cells(session.record([scored(refs[0]), failed(refs[1])]))
        assert [cell.place for cell in cells] == [PLACE, None]
        session.forget_unread()
        assert session.cells(session.record([scored(refs[1])]))[0].place == PLACE
        assert session.rows("SELECT count(*) FROM cells") == [(2,)]
    assert verify(tmp_path / "session.spermview").problems == ()
