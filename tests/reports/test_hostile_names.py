"""Names that come from users stay names: no markup, no formula, no link, nothing that is run or fetched."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from cells import MODEL, scored
from openpyxl import load_workbook
from pytestqt.qtbot import QtBot
from reported import html_text, pdf_text

from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.sample import SlideDetails
from sperm_viewer.domain.verdict import Decision
from sperm_viewer.reports.request import ReportFormat, ReportRequest
from sperm_viewer.reports.wording import plain
from sperm_viewer.reports.write import write_report
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session

LABORATORY = "</title><script>alert('lab')</script>"
SLIDES = ('=HYPERLINK("http://example.org","x")', "<b onclick=x>&amp;", "{{ 7*7 }}{% raw %}")
FILES = ("<img src=x onerror=alert(1)>.png", "@SUM(A1)\t\u202ecod.png", "mailto:ada@example.org")
REVIEWER, NOTE = "<script>reviewer()</script>", "=1+1\n]]></svg><style>*{display:none}</style>"
VERDICT = "</svg><iframe src=x>"
_TAGS = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "footer", "div", "h1", "h2", "h3", "p", "b"),
    *(
        "strong",
        "small",
        "span",
        "section",
        "img",
        "dl",
        "dt",
        "dd",
        "table",
        "colgroup",
        "col",
        "thead",
        "tbody",
        "tr",
        "th",
    ),
    *("td", "figure", "figcaption", "svg", "rect", "path", "circle", "text"),
}


@pytest.fixture
def session(tmp_path: Path) -> Path:
    path = tmp_path / "=s&<i>.spermview"
    with Session.create(path) as made:
        made.use_model(MODEL)
        for number, name in enumerate(SLIDES):
            refs = [ImageRef(name, tmp_path / str(number) / file) for file in (*FILES, "odd\udcff.png")]
            slide = made.add_slide(name, tmp_path / str(number), refs)
            ids = made.record([scored(ref, reason="<u>not sure</u>") for ref in refs])
            Review(made).decide({ids[0]: Decision(VERDICT, NOTE)}, REVIEWER)
            made.set_slide_details(slide, SlideDetails("=cmd|' /C calc'!A0", "<i>air", "+100"), REVIEWER)
    return path


def _write(session: Path, form: ReportFormat) -> Path:
    out = session.with_name(f"report.{form}")
    for _ in write_report(ReportRequest(session, form, out, LABORATORY)):
        pass
    return out


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def test_a_page_holds_the_reports_own_tags_alone_and_fetches_nothing(session: Path) -> None:
    page = _write(session, ReportFormat.HTML)
    found = _Tags()
    found.feed(page.read_text("utf-8"))
    assert found.tags <= _TAGS
    assert not [name for name, _ in found.attributes if name.startswith("on") or name == "href"]
    assert all(value.startswith("data:image/webp;base64,") for name, value in found.attributes if name == "src")
    assert not re.search(r"url\(|@import", page.read_text("utf-8"))


def test_a_page_shows_the_names_as_they_are(session: Path) -> None:
    text = html_text(_write(session, ReportFormat.HTML))
    for name in (LABORATORY, *SLIDES, FILES[0], REVIEWER, VERDICT, "odd\\udcff.png", "@SUM(A1)\\t\\u202ecod.png"):
        assert name in text
    assert "=1+1\\n]]></svg><style>*{display:none}</style>" in text


def test_a_pdf_shows_the_names_as_they_are(session: Path, qtbot: QtBot) -> None:
    # Long names are broken over lines, which is no part of them.
    text = pdf_text(_write(session, ReportFormat.PDF)).replace(" ", "")
    for name in (LABORATORY, *SLIDES, FILES[0], REVIEWER, VERDICT, "odd\\udcff.png"):
        assert name.replace(" ", "") in text


def test_a_workbook_has_no_formula_and_no_link(session: Path) -> None:
    book = load_workbook(_write(session, ReportFormat.XLSX))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink]
    values = {cell.value for cell in cells}
    assert {*SLIDES, REVIEWER, VERDICT, NOTE, LABORATORY, "odd\\udcff.png"} <= values


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\x00", "a\\nb\\x00"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("می\u200cشود", "می\u200cشود"),
        ("no\u00a0break", "no break"),
        ("梅 ümlaut 👩‍🔬", "梅 ümlaut 👩‍🔬"),
    ],
)
def test_what_could_hide_is_shown_and_other_scripts_stay(text: str, shown: str) -> None:
    assert plain(text) == shown
