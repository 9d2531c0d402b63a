"""The session file keeps what it was given, whatever happens next."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from cells import MODEL, failed, scored, session_with

from sperm_viewer.domain.cell import CellFailed, Status
from sperm_viewer.domain.errors import SessionError
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.prediction import ModelId
from sperm_viewer.session.file import VERSION
from sperm_viewer.session.session import CellFilter, Order, Session, SessionModel


def test_a_result_comes_back_as_it_went_in(tmp_path: Path) -> None:
    session, (ref,) = session_with(tmp_path, ["one.png"])
    event = scored(ref, (0.1, 0.8, 0.1), frozenset({Flag.CUT, Flag.FOCUS}))
    with session:
        ids = session.record([event])
    with Session.open(tmp_path / "session.spermview") as opened:
        (cell,) = opened.cells(ids)
        heatmap = opened.heatmap(cell.id)
    assert (cell.ref, cell.sha256, cell.size) == (ref, event.sha256, event.size)
    assert (cell.prediction, cell.flags, cell.status) == (event.prediction, event.flags, Status.SCORED)
    assert cell.final_class == "tapered"
    assert heatmap is not None
    assert (heatmap.floor, heatmap.peak) == (event.heatmap.floor, event.heatmap.peak)
    assert np.array_equal(heatmap.grid, event.heatmap.grid)
    assert np.array_equal(heatmap.placement, event.heatmap.placement)


def test_a_referred_cell_keeps_its_first_choice_and_ends_as_refer(tmp_path: Path) -> None:
    session, (ref,) = session_with(tmp_path, ["one.png"])
    with session:
        (cell,) = session.cells(session.record([scored(ref, reason="not sure")]))
    assert cell.prediction is not None
    assert (cell.prediction.first, cell.final_class, cell.reason) == ("normal", "refer", "not sure")


def test_a_failed_cell_is_a_row_without_a_prediction(tmp_path: Path) -> None:
    session, (ref,) = session_with(tmp_path, ["one.png"])
    with session:
        (cell,) = session.cells(session.record([failed(ref)]))
        assert session.heatmap(cell.id) is None
    assert (cell.status, cell.prediction, cell.reason, cell.final_class) == (
        Status.FAILED,
        None,
        "The file is empty.",
        "",
    )


def test_only_crops_without_a_result_are_pending_and_in_natural_order(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, ["img_10.png", "img_2.png", "IMG_1.png"])
    with session:
        assert [ref.path.name for ref in session.pending()] == ["IMG_1.png", "img_2.png", "img_10.png"]
        session.record([scored(refs[1])])
        assert [ref.path.name for ref in session.pending()] == ["IMG_1.png", "img_10.png"]


def test_every_models_results_are_kept_and_those_in_use_are_shown(tmp_path: Path) -> None:
    session, (ref,) = session_with(tmp_path, ["one.png"])
    other = SessionModel(ModelId("other", "ff" * 32), MODEL.classes, "normal")
    with session:
        session.record([scored(ref, (0.9, 0.1, 0.0))])
        session.use_model(other)
        assert session.cell_ids() == []
        assert session.pending() == [ref]
        session.record([scored(ref, (0.0, 0.1, 0.9), model=other)])
        (cell,) = session.cells(session.cell_ids())
        assert cell.prediction is not None
        assert (cell.prediction.first, cell.prediction.model) == ("non-sperm", other.id)
        session.use_model(MODEL)
        (cell,) = session.cells(session.cell_ids())
        assert cell.prediction is not None
        assert cell.prediction.first == "normal"


def test_an_answer_of_another_model_is_never_stored_under_this_ones_name(tmp_path: Path) -> None:
    session, (ref,) = session_with(tmp_path, ["one.png"])
    other = SessionModel(ModelId("other", "ff" * 32), MODEL.classes, "normal")
    with session:
        with pytest.raises(SessionError, match="another model"):
            session.record([scored(ref, model=other)])
        assert session.cell_ids() == []


def test_files_that_could_not_be_read_are_tried_again_and_refused_ones_are_not(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, ["gone.png", "cut.png", "good.png"])
    with session:
        session.record([failed(refs[0]), CellFailed(refs[1], "ab" * 32, "The file is cut short."), scored(refs[2])])
        assert session.pending_count() == 0
        session.forget_unread()
        assert session.pending() == [refs[0]]
        assert session.pending_count() == 1


def test_a_damaged_file_is_told_in_words(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, [f"{i}.png" for i in range(300)])
    with session:
        session.record([scored(ref) for ref in refs])
    path = tmp_path / "session.spermview"
    whole = bytearray(path.read_bytes())
    whole[4096:] = b"\x5a" * (len(whole) - 4096)
    path.write_bytes(whole)
    with pytest.raises(SessionError, match="can't be read"), Session.open(path) as opened:
        opened.cells(opened.cell_ids())


def test_a_session_that_could_not_be_made_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(SessionError, match="No space"):
        Session.create(tmp_path / "x.spermview")
    assert list(tmp_path.iterdir()) == []


def test_two_folders_of_one_name_are_two_slides_and_one_folder_is_one(tmp_path: Path) -> None:
    with Session.create(tmp_path / "s.spermview") as session:
        for name, folder in (("A", "left/A"), ("A (2)", "right/A"), ("A", "left/A")):
            session.add_slide(name, tmp_path / folder, [ImageRef(name, tmp_path / folder / "x.png")])
        assert [(s.name, s.crops) for s in session.slides()] == [("A", 1), ("A (2)", 1)]


def test_pages_of_one_file_are_cells_of_their_own(tmp_path: Path) -> None:
    with Session.create(tmp_path / "s.spermview") as session:
        session.use_model(MODEL)
        refs = [ImageRef("A", tmp_path / "A" / "stack.tif", page) for page in (1, 2, 11)]
        session.add_slide("A", tmp_path / "A", refs)
        session.record([scored(ref) for ref in reversed(refs)])
        assert [cell.ref.page for cell in session.all_cells()] == [1, 2, 11]


@pytest.mark.parametrize(
    ("order", "descending", "expected"),
    [
        (Order.NATURAL, False, ["a2.png", "a10.png", "b1.png"]),
        (Order.FILE, True, ["b1.png", "a10.png", "a2.png"]),
        (Order.CONFIDENCE, False, ["b1.png", "a10.png", "a2.png"]),
        (Order.CONFIDENCE, True, ["a2.png", "a10.png", "b1.png"]),
        (Order.CLASS, False, ["a10.png", "b1.png", "a2.png"]),
    ],
)
def test_sorting_is_on_native_values(tmp_path: Path, order: Order, descending: bool, expected: list[str]) -> None:
    session, refs = session_with(tmp_path, ["a10.png", "a2.png", "b1.png"])
    with session:
        session.record(
            [scored(refs[0], (0.6, 0.4, 0)), scored(refs[1], (0.05, 0.95, 0)), scored(refs[2], (0.55, 0.45, 0))]
        )
        cells = session.cells(session.cell_ids(order, descending))
    assert [cell.ref.path.name for cell in cells] == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (CellFilter(first="tapered"), ["two.png"]),
        (CellFilter(status=Status.REFERRED), ["100%_Straße.png"]),
        (CellFilter(flag=Flag.CUT), ["two.png"]),
        (CellFilter(flagged=True), ["two.png"]),
        (CellFilter(text="O"), ["one.png", "two.png"]),
        (CellFilter(text="STRASSE"), ["100%_Straße.png"]),
        (CellFilter(text="%_"), ["100%_Straße.png"]),
        (CellFilter(slide=7), []),
    ],
)
def test_filters_let_the_right_cells_through(tmp_path: Path, where: CellFilter, expected: list[str]) -> None:
    session, refs = session_with(tmp_path, ["one.png", "two.png", "100%_Straße.png"])
    with session:
        session.record(
            [
                scored(refs[0]),
                scored(refs[1], (0, 1, 0), frozenset({Flag.CUT})),
                scored(refs[2], reason="not sure"),
            ]
        )
        names = {cell.ref.path.name for cell in session.cells(session.cell_ids(where=where))}
    assert names == set(expected)


@pytest.mark.parametrize("name", ["a b.png", "Ähre 精子.png", 'it\'s "so".png', "two\nlines.png", "=1+1.png"])
def test_any_name_comes_back(tmp_path: Path, name: str) -> None:
    session, (ref,) = session_with(tmp_path, [name], slide="sl'ide\n2")
    with session:
        session.record([scored(ref)])
        assert [cell.ref for cell in session.all_cells()] == [ref]


@pytest.mark.skipif(sys.platform == "win32", reason="names on Windows are Unicode")
def test_a_name_that_is_not_unicode_comes_back(tmp_path: Path) -> None:
    name = os.fsdecode(b"head\xff\xfe.png")
    session, (ref,) = session_with(tmp_path, [name])
    with session:
        session.record([scored(ref)])
        assert [cell.ref.path.name for cell in session.all_cells()] == [name]


def test_counts_tell_how_far_a_slide_is(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, ["a.png", "b.png", "c.png", "d.png"])
    with session:
        session.record([scored(refs[0]), scored(refs[1], reason="not sure"), failed(refs[2])])
        (slide,) = session.slides()
    assert (slide.crops, slide.scored, slide.referred, slide.failed, slide.done) == (4, 1, 1, 1, 3)
    assert slide.classes == {"normal": 1}


def test_crops_that_moved_and_swapped_their_names_keep_their_results(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, ["a.png", "b.png", "gone.png"])
    with session:
        ids = session.record([scored(refs[0], (0.9, 0.1, 0)), scored(refs[1], (0.1, 0.9, 0)), scored(refs[2])])
        new = tmp_path / "elsewhere"
        found = [(ids[0], ImageRef("A-017", new / "b.png")), (ids[1], ImageRef("A-017", new / "a.png"))]
        session.move_slide(1, new, found)
        cells = session.cells(ids)
        assert [cell.ref.path for cell in cells] == [new / "b.png", new / "a.png", new / "gone.png"]
        assert [cell.final_class for cell in cells] == ["normal", "tapered", "normal"]
        assert [ref.path.name for _, ref, _ in session.files(1)] == ["a.png", "b.png", "gone.png"]
        other = session.add_slide("Other", tmp_path / "other", [])
        with pytest.raises(SessionError, match="another slide"):
            session.move_slide(other, new, [])


def test_a_copy_is_the_whole_session_in_one_file(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, ["a.png"])
    with session:
        session.record([scored(refs[0])])
        session.copy_to(tmp_path / "copy.spermview")
        with pytest.raises(SessionError, match="copy"):
            session.copy_to(tmp_path / "nowhere" / "copy.spermview")
        head = session.audit_head()
    with Session.open(tmp_path / "copy.spermview") as copy:
        assert (len(copy.cell_ids()), copy.audit_head()) == (1, head)


def test_a_session_opened_to_read_only_takes_nothing(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, ["a.png"])
    with session, Session.open(session.path, read_only=True) as reader:
        session.record([scored(refs[0])])
        assert len(reader.cell_ids()) == 1
        with pytest.raises(SessionError, match="read-only"):
            reader.set_note("key", "value")


def test_a_closed_session_is_one_file(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, ["a.png"])
    with session:
        session.record([scored(refs[0])])
    assert [path.name for path in tmp_path.iterdir()] == ["session.spermview"]


def test_a_second_connection_sees_results_as_they_are_recorded(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, ["a.png"])
    with session, Session.open(session.path) as reader:
        session.record([scored(refs[0])])
        assert len(reader.cell_ids()) == 1


def test_a_transaction_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, ["a.png"])
    stranger = ImageRef("nobody", tmp_path / "x.png")
    with session:
        with pytest.raises(SessionError, match="no image of this session"):
            session.record([scored(refs[0]), scored(stranger)])
        assert session.cell_ids() == []


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough to be looked at " * 9])
def test_a_file_that_is_no_session_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.spermview"
    path.write_bytes(content)
    with pytest.raises(SessionError, match=r"x\.spermview"):
        Session.open(path)


@pytest.mark.parametrize(("step", "word"), [(1, "newer"), (-1, "older")])
@pytest.mark.parametrize("read_only", [True, False])
def test_a_session_of_another_version_is_refused_and_stays_as_it_was(
    tmp_path: Path, step: int, word: str, read_only: bool
) -> None:
    path = tmp_path / "x.spermview"
    Session.create(path).close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(f"PRAGMA user_version = {VERSION + step}")
    before = path.read_bytes()
    with pytest.raises(SessionError, match=f"{word}.*Sperm Viewer"):
        Session.open(path, read_only=read_only)
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_a_new_session_never_replaces_one(tmp_path: Path) -> None:
    Session.create(tmp_path / "x.spermview").close()
    with pytest.raises(SessionError, match="already"):
        Session.create(tmp_path / "x.spermview")


def test_what_is_waiting_and_the_files_of_a_large_slide_are_found_without_reading_all_results_for_each_image(
    tmp_path: Path,
) -> None:
    count = 3000
    session, refs = session_with(tmp_path, [f"{number}.png" for number in range(count + 1)])
    with session:
        session.record([scored(ref) for ref in refs[:count]])
        steps = 0

        def step() -> int:
            nonlocal steps
            steps += 1
            return 0

        # SQLite calls it once for every thousand steps of a query.
        session._db.set_progress_handler(step, 1000)
        assert session.pending_count() == 1
        assert session.pending() == refs[count:]
        (slide,) = session.slides()
        assert (slide.done, slide.crops) == (count, count + 1)
        assert len(session.files(slide.id)) == count + 1
        assert steps * 1000 < 400 * count


def test_a_log_left_by_a_deleted_session_does_not_reach_the_next_one(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, ["a.png"])
    log = tmp_path / "session.spermview-wal"
    with session:
        session.record([scored(refs[0])])
        left = log.read_bytes()
    session.path.unlink()
    log.write_bytes(left)
    with Session.create(session.path) as made:
        assert (made.slides(), made.cell_ids()) == ([], [])
