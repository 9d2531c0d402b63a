"""An authorised report stays what it was: what changes later makes the next one an amended report."""

from __future__ import annotations

from pathlib import Path

import pytest
from reported import html_text, write_reported

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.verdict import Decision
from sperm_viewer.reports.authorise import authorise_sample
from sperm_viewer.reports.request import ReportFormat, ReportRequest
from sperm_viewer.reports.write import write_report
from sperm_viewer.session.authorise import authorisations, authorise
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session
from sperm_viewer.session.spot_check import begin_spot_check
from sperm_viewer.session.verify import verify


@pytest.fixture
def session(tmp_path: Path) -> Path:
    return write_reported(tmp_path / "s.spermview")


def _text(session: Path, sample: str) -> str:
    out = session.with_name("report.html")
    for _ in write_report(ReportRequest(session, ReportFormat.HTML, out, samples=(sample,))):
        pass
    return html_text(out)


def test_authorising_freezes_the_end_of_the_audit_trail_and_the_figures(session: Path) -> None:
    before = verify(session).head
    found = authorise_sample(session, "P-4471", "Dr. Eve")
    assert (found.number, found.reader, found.audit_rows, found.audit_hash) == (1, "Dr. Eve", before.rows, before.hash)
    assert found.figures["Slide A: normal"] == "4 (57.1%; 25.0 to 84.2%)"
    assert found.figures["All slides: sperm"] == "15"
    assert verify(session).problems == ()
    text = _text(session, "P-4471")
    assert "Report 1, authorised by Dr. Eve on" in text
    assert before.hash in text
    assert "report 1, authorised · Sperm Viewer" in text
    assert "Report 1. It is not authorised." in _text(session, "P-9000")


def test_a_later_change_makes_the_next_report_an_amended_one_that_says_what_changed(session: Path) -> None:
    authorise_sample(session, "P-4471", "Dr. Eve")
    authorise_sample(session, "P-9000", "Dr. Eve")
    with Session.open(session) as opened:
        (cell,) = (c for c in opened.all_cells() if c.ref.slide == "A" and c.ref.path.name == "img_1.png")
        Review(opened).decide({cell.id: Decision("tapered")}, "Ada")
    text = _text(session, "P-4471")
    assert "report 2, amended, not authorised · Sperm Viewer" in text
    assert "Report 2, amended, replaces report 1 of" in text
    assert "Changed since: verdict by Ada." in text
    assert "Slide A: normal: 4 (57.1%; 25.0 to 84.2%), now 3 (42.9%; 15.8 to 75.0%)" in text
    # The other sample's report is still the authorised one.
    assert "Report 1, authorised by Dr. Eve on" in _text(session, "P-9000")
    assert authorise_sample(session, "P-4471", "Dr. Eve").number == 2
    assert "Report 2, authorised by Dr. Eve on" in _text(session, "P-4471")


def test_what_is_undone_is_still_a_change(session: Path) -> None:
    authorise_sample(session, "P-9000", "Dr. Eve")
    with Session.open(session) as opened:
        review = Review(opened)
        review.decide({next(c.id for c in opened.all_cells() if c.sample == "P-9000"): Decision("tapered")}, "Ada")
        review.undo("Ada")
    text = _text(session, "P-9000")
    assert "Changed since: verdict by Ada (2). No figure differs." in text


def test_a_spot_check_that_was_begun_is_a_change_of_its_sample_alone(session: Path) -> None:
    for sample in ("P-4471", "P-9000"):
        authorise_sample(session, sample, "Dr. Eve")
    with Session.open(session) as opened:
        begin_spot_check(opened, opened.samples()[0].slides[0].id, "Ada")
    assert "Changed since: spot check begun by Ada. No figure differs." in _text(session, "P-4471")
    assert "Report 1, authorised by Dr. Eve on" in _text(session, "P-9000")


def test_a_report_is_authorised_once_by_a_person_and_of_a_sample_that_is_there(session: Path) -> None:
    authorise_sample(session, "P-9000", "Dr. Eve")
    with pytest.raises(SpermViewerError, match=r"report 1 of sample 'P-9000' was authorised by Dr\. Eve"):
        authorise_sample(session, "P-9000", "Dr. Eve")
    with pytest.raises(SpermViewerError, match="authorised by a person"):
        authorise_sample(session, "P-4471", " ")
    with pytest.raises(SpermViewerError, match="no sample 'P-1'"):
        authorise_sample(session, "P-1", "Dr. Eve")


def test_figures_of_a_session_that_has_gone_on_are_not_authorised(session: Path) -> None:
    with Session.open(session) as opened:
        seen = opened.audit_head()
        opened.set_note("began", "later")
        with pytest.raises(SpermViewerError, match="changed meanwhile"):
            authorise(opened, 1, {}, seen, "Dr. Eve")
        assert authorisations(opened, 1) == []
