"""Readings are compared two by two, over the cells that both of them classified."""

from __future__ import annotations

from pathlib import Path

from cells import MODEL, failed, scored, session_with

from sperm_viewer.domain.verdict import Decision
from sperm_viewer.session.readings import Reading, compare_readings
from sperm_viewer.session.review import SECOND, Review, begin_second_reading


def test_each_pair_is_compared_over_the_cells_that_both_read(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, [f"{number}.png" for number in range(6)])
    with session:
        ids = session.record([*(scored(ref) for ref in refs[:5]), failed(refs[5])])
        Review(session).decide({ids[0]: Decision("normal"), ids[1]: Decision("tapered")}, "Ada")
        Review(session).decide({ids[2]: Decision("round"), ids[3]: Decision(note="look again")}, "Ada")
        second = {ids[0]: Decision("normal"), ids[1]: Decision("normal"), ids[4]: Decision("tapered")}
        begin_second_reading(session, "Bo")
        Review(session, SECOND).decide(second, "Bo")
        found = {
            (each.one, each.other): each.agreement for each in compare_readings(session.all_cells(), MODEL.classes)
        }
    assert [(pair, each.agreed, each.cells) for pair, each in found.items()] == [
        ((Reading.MODEL, Reading.FIRST), 1, 3),
        ((Reading.MODEL, Reading.SECOND), 2, 3),
        ((Reading.FIRST, Reading.SECOND), 1, 2),
    ]
    assert found[Reading.MODEL, Reading.FIRST].confusion.classes == ("normal", "tapered", "non-sperm", "round")


def test_without_a_second_reading_nothing_is_compared(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, ["a.png"])
    with session:
        ids = session.record([scored(refs[0])])
        Review(session).decide({ids[0]: Decision("normal")}, "Ada")
        assert compare_readings(session.all_cells(), MODEL.classes) == ()
