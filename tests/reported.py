"""A session to report on, whose every figure can be counted on the fingers, and the text of reports."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path

from cells import MODEL, failed, scored
from pypdf import PdfReader

from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.reading import NewReading, ReadingKind
from sperm_viewer.domain.sample import SampleDetails, SampleOrigin, SlideDetails
from sperm_viewer.domain.verdict import Decision
from sperm_viewer.session.readings import begin_reading
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session

_NORMAL, _TAPERED, _NON_SPERM = (0.8, 0.1, 0.1), (0.1, 0.7, 0.2), (0.05, 0.05, 0.9)


def write_reported(path: Path) -> Path:
    """Sample P-4471 of three slides, A (9 cells and a failed one), B (4 cells and a crop not scored yet) and C (4
    cells), and sample P-9000 of one, D (2 cells).

    A by the model: 4 normal, 2 tapered, 1 non-sperm, 2 referred. Read by Ada, one by one: one normal is tapered, a
    referred one is normal with two ticked anomalies, two tapered stay so. Final: 4 normal, 3 tapered, 1 non-sperm, 1
    not resolved. B and C: 2 normal, 2 tapered; Cy accepts the tapered ones of B in bulk, and undoes a verdict on a
    normal one. D: 1 normal, 1 tapered. Bo reads four cells of A a second time, blind.
    """
    with Session.create(path) as session:
        session.use_model(MODEL)
        sample = SampleOrigin("P-4471")
        a, b, c = (_slide(session, path.parent, name, n, sample) for name, n in (("A", 10), ("B", 5), ("C", 4)))
        d = _slide(session, path.parent, "D", 2, SampleOrigin("P-9000"))
        answers = [_NORMAL] * 4 + [_TAPERED] * 2 + [_NON_SPERM] + [_NORMAL, _TAPERED]
        reasons = [""] * 7 + ["Not sure."] * 2
        events = [scored(ref, said, reason=why) for ref, said, why in zip(a, answers, reasons, strict=False)]
        ids = session.record([*events, failed(a[9])])
        halves = [_NORMAL] * 2 + [_TAPERED] * 2
        of_b = session.record([scored(ref, said) for ref, said in zip(b, halves, strict=False)])
        session.record([scored(ref, said) for ref, said in zip(c, halves, strict=True)])
        session.record([scored(ref, said) for ref, said in zip(d, (_NORMAL, _TAPERED), strict=True)])
        first = session.samples()[0]
        session.set_sample_details(first.id, SampleDetails("2026-11-20", "2026-11-21"), "Ada")
        made = SlideDetails("Diff-Quik", magnification="100x")
        for slide in first.slides:
            details = replace(made, um_per_px=0.066) if slide.name == "A" else made
            session.set_slide_details(slide.id, details, "Ada")
        ticked = {
            0: frozenset({"head-tapered", "head-vacuolated", "tail-coiled"}),
            4: frozenset({"head-small"}),
            5: frozenset({"midpiece-bent", "tail-short", "head-round"}),
        }
        read = {ids[n]: Decision("tapered", anomalies=ticks) for n, ticks in ticked.items()}
        read[ids[7]] = Decision("normal", "small vacuole", frozenset({"midpiece-thick", "midpiece-bent"}))
        review = Review(session)
        for cell, decision in read.items():
            review.decide({cell: decision}, "Ada")
        review.decide({cell: Decision("tapered") for cell in of_b[2:]}, "Cy")
        review.decide({of_b[0]: Decision("tapered")}, "Cy")
        review.undo("Cy")
        second = begin_reading(session, NewReading(ReadingKind.FURTHER, "Bo"))
        again = {ids[0]: "normal", ids[1]: "normal", ids[4]: "tapered", ids[7]: "tapered"}
        Review(session, second.id).decide({cell: Decision(said) for cell, said in again.items()}, "Bo")
    return path


def _slide(session: Session, folder: Path, name: str, count: int, sample: SampleOrigin) -> list[ImageRef]:
    refs = [ImageRef(name, folder / name / f"img_{number}.png") for number in range(count)]
    session.add_slide(name, folder / name, refs, sample)
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
