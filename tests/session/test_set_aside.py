"""A cell that a reader sets aside is in no figure, is listed with its reason, and comes back by an undo."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cells import MODEL, scored, session_with
from reported import html_text

from sperm_viewer.domain.cell import EXCLUDED, NOT_ASSESSABLE, SET_ASIDE, Status
from sperm_viewer.domain.reading import NewReading, ReadingKind
from sperm_viewer.domain.verdict import Decision, How
from sperm_viewer.reports.request import ReportFormat, ReportRequest
from sperm_viewer.reports.sample_shares import sample_shares
from sperm_viewer.reports.write import write_report
from sperm_viewer.session.agreements import Readings
from sperm_viewer.session.readings import begin_reading
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import CellFilter, Session
from sperm_viewer.session.spot_check import begin_spot_check, spot_check_figures
from sperm_viewer.session.verify import verify
from sperm_viewer.statistics.slide_figures import slide_figures

_NORMAL, _TAPERED, _NON_SPERM = (0.8, 0.1, 0.1), (0.1, 0.7, 0.2), (0.05, 0.05, 0.9)
_ANSWERS = {
    "a.png": (_NORMAL, ""),
    "b.png": (_TAPERED, ""),
    "c.png": (_NORMAL, "Not sure."),
    "d.png": (_NON_SPERM, ""),
    "e.png": (_NORMAL, ""),
    "f.png": (_TAPERED, "Not sure."),
}
_ASIDE = {"e.png": Decision(EXCLUDED, "The same cell as a.png"), "f.png": Decision(NOT_ASSESSABLE)}


def _session(folder: Path, names: list[str]) -> tuple[Session, dict[str, int]]:
    folder.mkdir()
    session, refs = session_with(folder, names)
    events = [scored(ref, *_ANSWERS[ref.path.name][:1], reason=_ANSWERS[ref.path.name][1]) for ref in refs]
    return session, dict(zip(names, session.record(events), strict=True))


def _read(session: Session, ids: dict[str, int]) -> None:
    review = Review(session)
    review.decide({ids["a.png"]: Decision("normal")}, "Ada")
    review.decide({ids["c.png"]: Decision("tapered")}, "Ada")


def test_the_figures_are_those_of_a_session_without_the_cells(tmp_path: Path) -> None:
    whole, ids = _session(tmp_path / "whole", list(_ANSWERS))
    without, rest = _session(tmp_path / "without", [name for name in _ANSWERS if name not in _ASIDE])
    with whole, without:
        for session, known in ((whole, ids), (without, rest)):
            _read(session, known)
        before = slide_figures(whole.tallies(), MODEL.classes)
        Review(whole).decide({ids[name]: said for name, said in _ASIDE.items()}, "Ada", How.SINGLE)
        found = slide_figures(whole.tallies(), MODEL.classes)
        expected = slide_figures(without.tallies(), MODEL.classes)
        assert (found.final.not_assessable, found.final.excluded, found.not_counted) == (1, 1, 2)
        final = replace(found.final, not_assessable=0, excluded=0)
        model = replace(found.model, not_assessable=0, excluded=0)
        assert replace(found, not_counted=0, final=final, model=model) == expected
        assert before.final != found.final
        assert "1 not assessable, 1 excluded by a person" in found.final.denominator
        of = list(sample_shares(whole, None).values()), list(sample_shares(without, None).values())
        assert of[0] == of[1]


def test_it_is_neither_read_nor_compared_nor_checked_any_more(tmp_path: Path) -> None:
    session, ids = _session(tmp_path / "s", list(_ANSWERS))
    with session:
        check = begin_spot_check(session, session.samples()[0].slides[0].id, "Ada")
        Review(session).decide({ids["a.png"]: Decision("normal")}, "Ada", How.BLIND)
        for name, said in _ASIDE.items():
            Review(session).decide({ids[name]: said}, "Ada", How.BLIND)
        figures = spot_check_figures(session, check)
        assert (figures.labelled, figures.right) == (1, 1)
        assert set(session.readable()) == {ids[name] for name in ["a.png", "b.png", "c.png", "d.png"]}
        second = begin_reading(session, NewReading(ReadingKind.FURTHER, "Bo"))
        again = {"a.png": "normal", "b.png": NOT_ASSESSABLE}
        Review(session, second.id).decide({ids[name]: Decision(said) for name, said in again.items()}, "Bo")
        compared = Readings(session).compare(list(session.all_cells()), MODEL.classes)
        assert {pair for each in compared for pair in each.pairs} == {(ids["a.png"], "normal", "normal")}
        assert session.cell_ids(where=CellFilter(disagree=True)) == []


@pytest.mark.parametrize("said", SET_ASIDE)
def test_its_status_says_so_until_it_is_undone(tmp_path: Path, said: str) -> None:
    session, ids = _session(tmp_path / "s", list(_ANSWERS))
    with session:
        Review(session).decide({ids["f.png"]: Decision(said, "why")}, "Ada")
        (cell,) = session.cells([ids["f.png"]])
        assert (cell.status, cell.countable, cell.readable, cell.final_class) == (Status.NOT_COUNTED, False, True, "")
        assert session.cell_ids(where=CellFilter(status=Status.NOT_COUNTED)) == [ids["f.png"]]
        (slide,) = session.slides()
        assert (slide.referred, slide.to_read, slide.not_counted) == (1, 1, 1)
        Review(session).undo("Ada")
        (cell,) = session.cells([ids["f.png"]])
        assert (cell.status, cell.countable, cell.final_class) == (Status.REFERRED, True, "refer")
        path = session.path
    assert verify(path).problems == ()


def test_a_report_lists_it_with_the_reason_and_who_said_so(tmp_path: Path) -> None:
    session, ids = _session(tmp_path / "s", list(_ANSWERS))
    with session:
        Review(session).decide({ids[name]: said for name, said in _ASIDE.items()}, "Ada")
    out = tmp_path / "report.html"
    for _ in write_report(ReportRequest(session.path, ReportFormat.HTML, out)):
        pass
    text = html_text(out)
    assert "Cells that were set aside They are in no figure of this report." in text
    assert "e.png excluded The same cell as a.png Ada" in text
    assert "f.png not assessable Ada" in text
    assert "Left out: 1 non-sperm, 1 referred and not reviewed, 1 not assessable, 1 excluded by a person." in text
    assert "overruled" not in text.replace("Referred and overruled cells", "")
