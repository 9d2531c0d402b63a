"""Readings are compared two by two, over the cells that both of them read; a reader never with themselves but in a
repeat."""

from __future__ import annotations

from pathlib import Path

import pytest
from cells import MODEL as MADE_UP
from cells import failed, scored, session_with
from sklearn.metrics import cohen_kappa_score

from sperm_viewer.domain.reading import NewReading, ReadingKind
from sperm_viewer.domain.verdict import Decision, How
from sperm_viewer.session.agreements import Readings, ReadingsCompared, ReadingsSideBySide, Side
from sperm_viewer.session.readings import FIRST, begin_reading
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session

FURTHER, REPEAT, ADJUDICATION = ReadingKind.FURTHER, ReadingKind.REPEAT, ReadingKind.ADJUDICATION


def _read(session: Session, reading: int, reader: str, classes: dict[int, str]) -> None:
    for cell, name in classes.items():
        Review(session, reading).decide({cell: Decision(name)}, reader)


def _begin(session: Session, kind: ReadingKind, reader: str, classes: dict[int, str]) -> int:
    reading = begin_reading(session, NewReading(kind, reader)).id
    _read(session, reading, reader, classes)
    return reading


def _compared(session: Session) -> dict[tuple[str, str], ReadingsCompared]:
    found = Readings(session).compare(list(session.all_cells()), MADE_UP.classes)
    return {(each.one, each.other): each for each in found}


def test_each_pair_is_compared_over_the_cells_that_both_read(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, [f"{number}.png" for number in range(6)])
    with session:
        ids = session.record([*(scored(ref) for ref in refs[:5]), failed(refs[5])])
        _read(session, FIRST, "Ada", {ids[0]: "normal", ids[1]: "tapered", ids[2]: "round"})
        Review(session).decide({ids[3]: Decision(note="look again")}, "Ada")
        _begin(session, FURTHER, "Bo", {ids[0]: "normal", ids[1]: "normal", ids[4]: "tapered"})
        found = _compared(session)
    assert [(pair, each.agreement.agreed, each.agreement.cells) for pair, each in found.items()] == [
        (("model", "first reader"), 1, 3),
        (("model", "second reader"), 2, 3),
        (("first reader", "second reader"), 1, 2),
    ]
    table = found["model", "first reader"].agreement.confusion
    assert table.classes == ("normal", "tapered", "non-sperm", "round")


def test_answers_accepted_in_bulk_agree_with_nobody(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, [f"{number}.png" for number in range(10)])
    with session:
        ids = session.record([scored(ref) for ref in refs])
        Review(session).decide(dict.fromkeys(ids[2:], Decision("normal")), "Ada", How.BULK)
        _read(session, FIRST, "Ada", dict.fromkeys(ids[:2], "tapered"))
        _begin(session, FURTHER, "Bo", dict.fromkeys(ids, "normal"))
        found = _compared(session)
        rows = Readings(session).side_by_side(list(session.all_cells())).rows
    assert [(each.agreement.agreed, each.agreement.cells) for each in found.values()] == [(0, 2), (10, 10), (0, 2)]
    assert [row.cell.id for row in rows] == ids[:2]


def test_a_repeat_shows_how_far_a_reader_agrees_with_themselves_and_with_nobody_else(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, [f"{number}.png" for number in range(8)])
    before = ["normal", "normal", "tapered", "tapered", "normal", "tapered"]
    after = ["normal", "tapered", "tapered", "tapered", "normal", "normal"]
    with session:
        ids = session.record([scored(ref) for ref in refs])
        _read(session, FIRST, "Ada", dict(zip(ids, before, strict=False)))
        _read(session, FIRST, "Cy", {ids[6]: "normal"})
        second = _begin(session, FURTHER, "Bo", {ids[0]: "tapered", ids[6]: "normal"})
        again = _begin(session, REPEAT, "Ada", dict(zip(ids, after, strict=False)))
        found = _compared(session)
        assert second != again
    within = found["first reader", "first reader again"]
    assert (within.side, within.agreement.agreed, within.agreement.cells) == (Side.WITHIN, 4, 6)
    assert within.agreement.kappa == pytest.approx(cohen_kappa_score(before, after))
    between = found["second reader", "first reader again"]
    assert (between.side, between.agreement.agreed, between.agreement.cells) == (Side.BETWEEN, 0, 1)
    assert found["first reader", "second reader"].agreement.cells == 2


def test_a_number_of_the_confusion_matrix_leads_to_its_cells(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, [f"{number}.png" for number in range(5)])
    with session:
        ids = session.record([scored(ref) for ref in refs])
        _read(session, FIRST, "Ada", dict.fromkeys(ids, "normal"))
        _begin(session, FURTHER, "Bo", dict.fromkeys(ids[:2], "tapered") | dict.fromkeys(ids[2:4], "normal"))
        pair = _compared(session)["first reader", "second reader"]
    assert pair.cells("normal", "tapered") == tuple(ids[:2])
    assert pair.cells("normal", "normal") == tuple(ids[2:4])
    assert pair.cells("tapered", "normal") == ()
    counts, classes = pair.agreement.confusion.counts, MADE_UP.classes
    found = tuple(tuple(len(pair.cells(row, column)) for column in classes) for row in classes)
    assert found == counts


def _side_by_side(tmp_path: Path) -> ReadingsSideBySide:
    session, refs = session_with(tmp_path, [f"{number}.png" for number in range(5)])
    with session:
        ids = session.record([scored(ref) for ref in refs])
        _read(session, FIRST, "Ada", dict.fromkeys(ids[:3], "normal"))
        _read(session, FIRST, "Cy", {ids[3]: "tapered", ids[4]: "tapered"})
        _begin(session, FURTHER, "Bo", {ids[0]: "normal", ids[1]: "tapered", ids[2]: "tapered"})
        _begin(session, REPEAT, "Ada", {ids[0]: "tapered"})
        _begin(session, ADJUDICATION, "Di", {ids[1]: "non-sperm"})
        assert not [pair for pair in _compared(session) if "adjudicator" in pair]
        return Readings(session).side_by_side(list(session.all_cells()))


def test_each_reading_has_a_column_and_the_adjudicator_decides_where_they_differ(tmp_path: Path) -> None:
    table = _side_by_side(tmp_path)
    assert table.columns == ("model", "first reader", "second reader", "first reader again", "adjudicator")
    assert table.readers == ("made-up", "Ada, Cy", "Bo", "Ada", "Di")
    assert [(*row.classes, row.consensus) for row in table.rows] == [
        ("normal", "normal", "normal", "tapered", "", "normal"),
        ("normal", "normal", "tapered", "", "non-sperm", "non-sperm"),
        ("normal", "normal", "tapered", "", "", ""),
    ]
    assert table.rows[0].how == (None, How.SINGLE, How.BLIND, How.BLIND, None)


def test_without_a_second_reading_nothing_is_compared(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, ["a.png"])
    with session:
        ids = session.record([scored(refs[0])])
        _read(session, FIRST, "Ada", {ids[0]: "normal"})
        assert _compared(session) == {}
