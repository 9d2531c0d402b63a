"""A session to report on, whose every figure can be counted on the fingers, and the text of reports."""

from __future__ import annotations

import html
import re
from pathlib import Path

from cells import MODEL, failed, scored
from pypdf import PdfReader

from sperm_viewer.domain.image import CropRef
from sperm_viewer.domain.verdict import Decision
from sperm_viewer.session.review import SECOND, Review, begin_second_reading
from sperm_viewer.session.session import Session, SlideDetails

_NORMAL, _TAPERED, _NON_SPERM = (0.8, 0.1, 0.1), (0.1, 0.7, 0.2), (0.05, 0.05, 0.9)


def write_reported(path: Path) -> Path:
    """Slides A (9 cells and a failed one) and B, its replicate (4 cells and a crop not scored yet).

    A by the model: 4 normal, 2 tapered, 1 non-sperm, 2 referred. Read by Ada: one normal is tapered, a referred one is
    normal, two tapered stay so. Final: 4 normal, 3 tapered, 1 non-sperm, 1 not resolved. B: 2 normal, 2 tapered.
    """
    with Session.create(path) as session:
        session.use_model(MODEL)
        a = _slide(session, path.parent, "A", 10)
        b = _slide(session, path.parent, "B", 5)
        answers = [_NORMAL] * 4 + [_TAPERED] * 2 + [_NON_SPERM] + [_NORMAL, _TAPERED]
        reasons = [""] * 7 + ["Not sure."] * 2
        events = [scored(ref, said, reason=why) for ref, said, why in zip(a, answers, reasons, strict=False)]
        ids = session.record([*events, failed(a[9])])
        session.record([scored(ref, said) for ref, said in zip(b, [_NORMAL] * 2 + [_TAPERED] * 2, strict=False)])
        session.set_slide_details("A", SlideDetails("P-4471", "2026-11-20", "Diff-Quik", "100x", 0.066), "Ada")
        session.set_slide_details("B", SlideDetails(replicate_of="A"), "Ada")
        ticked = {
            0: frozenset({"head-tapered", "head-vacuolated", "tail-coiled"}),
            4: frozenset({"head-small"}),
            5: frozenset({"midpiece-bent", "tail-short", "head-round"}),
        }
        read = {ids[n]: Decision("tapered", anomalies=ticks) for n, ticks in ticked.items()}
        Review(session).decide({**read, ids[7]: Decision("normal", "small vacuole")}, "Ada")
        begin_second_reading(session, "Bo")
        again = {ids[0]: "normal", ids[1]: "normal", ids[4]: "tapered", ids[7]: "tapered"}
        Review(session, SECOND).decide({cell: Decision(said) for cell, said in again.items()}, "Bo")
    return path


def _slide(session: Session, folder: Path, name: str, count: int) -> list[CropRef]:
    refs = [CropRef(name, folder / name / f"img_{number}.png") for number in range(count)]
    session.add_slide(name, folder / name, refs)
    return refs


def html_text(path: Path) -> str:
    """What a reader of the page sees, in one line."""
    body = path.read_text("utf-8").partition("<body>")[2]
    return _in_one_line(html.unescape(re.sub(r"<[^>]*>", " ", body)))


def pdf_text(path: Path) -> str:
    """What can be selected in a PDF, in one line."""
    return _in_one_line(" ".join(page.extract_text() for page in PdfReader(path).pages))


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
