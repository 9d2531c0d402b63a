"""Any number of readings: who may make one, which cells belong to it, and that none touches another."""

from __future__ import annotations

from pathlib import Path

import pytest
from cells import failed, scored, session_with

from sperm_viewer.domain.errors import SessionError
from sperm_viewer.domain.reading import NewReading, Reading, ReadingKind
from sperm_viewer.domain.verdict import Decision, How
from sperm_viewer.session.readings import (
    FIRST,
    begin_reading,
    cells_of,
    reader_names,
    readings,
    unread_cells_of,
    verdicts_in,
)
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session

FURTHER, REPEAT, ADJUDICATION = ReadingKind.FURTHER, ReadingKind.REPEAT, ReadingKind.ADJUDICATION


def _session(tmp_path: Path, count: int = 10) -> tuple[Session, list[int]]:
    """Cells that nobody read, and a failed one."""
    session, refs = session_with(tmp_path, [f"{number}.png" for number in range(count + 1)])
    return session, session.record([*map(scored, refs[:-1]), failed(refs[-1])])[:-1]


def _read(session: Session, reading: int, reader: str, classes: dict[int, str]) -> None:
    for cell, name in classes.items():
        Review(session, reading).decide({cell: Decision(name)}, reader)


def test_three_people_read_apart_from_each_other_and_each_has_a_name(tmp_path: Path) -> None:
    session, ids = _session(tmp_path)
    with session:
        _read(session, FIRST, "Ada", {ids[0]: "normal"})
        second = begin_reading(session, NewReading(FURTHER, "Bo"))
        third = begin_reading(session, NewReading(FURTHER, "Cy", blind=False))
        again = begin_reading(session, NewReading(REPEAT, "Ada"))
        _read(session, second.id, "Bo", {ids[0]: "tapered"})
        _read(session, third.id, "Cy", {ids[0]: "non-sperm"})
        _read(session, again.id, "Ada", {ids[0]: "tapered"})
    with Session.open(tmp_path / "session.spermview") as session:
        begun = readings(session)
        assert [(each.kind, each.reader, each.blind) for each in begun[1:]] == [
            (FURTHER, "Bo", True),
            (FURTHER, "Cy", False),
            (REPEAT, "Ada", True),
        ]
        assert list(reader_names(begun).values()) == [
            "first reader",
            "second reader",
            "third reader",
            "first reader again",
        ]
        said = [verdicts_in(session, each.id, ids)[ids[0]] for each in begun]
        assert [each.class_name for each in said] == ["normal", "tapered", "non-sperm", "tapered"]
        assert [each.how for each in said] == [How.SINGLE, How.BLIND, How.SINGLE, How.BLIND]
        assert session.cells(ids[:1])[0].final_class == "normal"


def test_a_reading_of_a_share_has_that_many_random_cells_and_keeps_them_when_cells_are_added(tmp_path: Path) -> None:
    session, ids = _session(tmp_path, 40)
    with session:
        reading = begin_reading(session, NewReading(FURTHER, "Bo", share=0.25))
        drawn = cells_of(session, reading)
        assert (len(drawn), len(set(drawn))) == (10, 10)
        assert drawn != sorted(drawn)
        assert set(drawn) <= set(ids)
        _read(session, reading.id, "Bo", {drawn[0]: "normal"})
        assert unread_cells_of(session, reading) == drawn[1:]
    with Session.open(tmp_path / "session.spermview") as session:
        assert cells_of(session, readings(session)[-1]) == drawn


def test_adding_cells_changes_neither_the_order_of_the_others_nor_drops_one_that_was_read() -> None:
    reading = Reading(2, FURTHER, "Bo", 0.5, 7, True, None, "")
    before, after = reading.drawn(range(100)), reading.drawn(range(130))
    assert [cell for cell in after if cell in before] == [cell for cell in before if cell in after]
    assert len(after) == 65
    assert set(reading.drawn(range(130), kept=before)) >= set(before)
    assert reading.drawn(range(100)) != Reading(2, FURTHER, "Bo", 0.5, 8, True, None, "").drawn(range(100))


def test_nobody_begins_a_reading_that_would_be_compared_with_their_own(tmp_path: Path) -> None:
    session, ids = _session(tmp_path)
    with session:
        _read(session, FIRST, "Ada", {ids[0]: "normal"})
        second = begin_reading(session, NewReading(FURTHER, "Bo"))
        _read(session, second.id, "Bo", {ids[0]: "tapered"})
        with pytest.raises(SessionError, match="Ada is the first reader already, and can't be on both sides"):
            begin_reading(session, NewReading(FURTHER, "Ada"))
        with pytest.raises(SessionError, match="Bo is the second reader already"):
            begin_reading(session, NewReading(FURTHER, "Bo"))
        with pytest.raises(SessionError, match="Bo is the second reader already"):
            begin_reading(session, NewReading(ADJUDICATION, "Bo"))
        assert len(readings(session)) == 2


def test_a_verdict_that_would_meet_its_own_reader_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    session, ids = _session(tmp_path)
    with session:
        second = begin_reading(session, NewReading(FURTHER, "Bo"))
        _read(session, second.id, "Bo", {ids[0]: "tapered"})
        with pytest.raises(SessionError, match="Bo read this cell as the second reader, and can't be on both sides"):
            Review(session).decide({ids[1]: Decision("normal"), ids[0]: Decision("normal")}, "Bo")
        assert not any(cell.reviewed for cell in session.cells(ids))
        _read(session, FIRST, "Bo", {ids[1]: "normal"})
        _read(session, FIRST, "Ada", {ids[0]: "normal"})
        assert [cell.reviewed for cell in session.cells(ids[:2])] == [True, True]


def test_a_repeat_is_of_the_cells_that_its_reader_read_one_by_one(tmp_path: Path) -> None:
    session, ids = _session(tmp_path)
    with session:
        _read(session, FIRST, "Ada", {ids[0]: "normal", ids[1]: "tapered"})
        _read(session, FIRST, "Cy", {ids[2]: "normal"})
        Review(session).decide(dict.fromkeys(ids[3:], Decision("normal")), "Ada")
        second = begin_reading(session, NewReading(FURTHER, "Bo"))
        _read(session, second.id, "Bo", {ids[5]: "normal"})
        assert sorted(cells_of(session, begin_reading(session, NewReading(REPEAT, "Ada")))) == ids[:2]
        again = begin_reading(session, NewReading(REPEAT, "Bo"))
        assert (again.repeats, cells_of(session, again)) == (second.id, [ids[5]])
        with pytest.raises(SessionError, match="Di has read no cell yet, so there is nothing to repeat"):
            begin_reading(session, NewReading(REPEAT, "Di"))


def test_an_adjudication_is_of_the_cells_on_which_readers_differ_and_keeps_them(tmp_path: Path) -> None:
    session, ids = _session(tmp_path)
    with session:
        _read(session, FIRST, "Ada", dict.fromkeys(ids[:4], "normal"))
        Review(session).decide(dict.fromkeys(ids[6:8], Decision("normal")), "Ada")
        second = begin_reading(session, NewReading(FURTHER, "Bo"))
        with pytest.raises(SessionError, match="nothing to read, since no two readers differ"):
            begin_reading(session, NewReading(ADJUDICATION, "Di", blind=False))
        _read(session, second.id, "Bo", {ids[0]: "normal", ids[1]: "tapered", ids[3]: "tapered", ids[6]: "tapered"})
        decided = begin_reading(session, NewReading(ADJUDICATION, "Di", blind=False))
        assert sorted(cells_of(session, decided)) == [ids[1], ids[3]]
        _read(session, decided.id, "Di", {ids[1]: "tapered"})
        assert unread_cells_of(session, decided) == [ids[3]]
        assert session.cells([ids[1]])[0].final_class == "normal"


def test_there_is_nothing_to_read_in_a_session_without_scored_cells(tmp_path: Path) -> None:
    session, _ = session_with(tmp_path, ["a.png"])
    with session, pytest.raises(SessionError, match="nothing to read, since no cell was scored yet"):
        begin_reading(session, NewReading(FURTHER, "Bo"))
