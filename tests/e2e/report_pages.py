"""Makes pictures of a report's pages to look at: a demo session, reviewed, as PDF and HTML, on A4 and on US Letter.

Run it from the repository's root: `python tests/e2e/report_pages.py [FOLDER]`, `out/report` where none is given. It
needs poppler's `pdftoppm`, and Chromium to print the HTML page. The first pages of the PDF go into `docs/images/`, the
first one into the guide.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from pathlib import Path

from guide_picture import save_for_guide
from PIL import Image

from sperm_viewer.domain.anomalies import Anomaly
from sperm_viewer.domain.cell import Cell, Status
from sperm_viewer.domain.reading import NewReading, ReadingKind
from sperm_viewer.domain.sample import SampleDetails, SlideDetails
from sperm_viewer.domain.verdict import Decision, Why
from sperm_viewer.reports.authorise import authorise_sample
from sperm_viewer.reports.request import Paper, ReportFormat, ReportRequest
from sperm_viewer.reports.write import write_report
from sperm_viewer.session.readings import begin_reading
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session
from sperm_viewer.system.demo import write_demo

_DOCS = Path(__file__).parents[2] / "docs" / "images"
_LABORATORY = "Andrology Laboratory"
_DPI = 110


def main(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    write_demo(folder / "images")
    command = [sys.executable, "-m", "sperm_viewer", "score", str(folder / "images"), "--out", str(folder / "session")]
    subprocess.run(command, check=True)
    path = folder / "session" / "session.spermview"
    with Session.open(path) as session:
        _review(session)
    authorise_sample(path, "Demo 2", "Dr. Eve")
    for paper in Paper:
        _write(ReportRequest(path, ReportFormat.PDF, folder / f"pdf-{paper}.pdf", _LABORATORY, paper=paper))
    _write(ReportRequest(path, ReportFormat.HTML, folder / "report.html", _LABORATORY))
    _print_html(folder)
    for pages in sorted(folder.glob("*.pdf")):
        _run("pdftoppm", "-r", _DPI, "-png", pages, pages.with_suffix(""))
    _show_in_docs(folder)
    for picture in sorted(folder.glob("*.png")):
        print(picture)  # noqa: T201


def _write(request: ReportRequest) -> None:
    for _ in write_report(request):
        pass


def _review(session: Session) -> None:
    """What three made-up readers said; the same every time.

    Of the first sample the cells called normal and the referred ones are read, some others accepted in bulk; of the
    second all are read.
    """
    chance = random.Random(1)
    for sample in session.samples():
        session.set_sample_details(sample.id, SampleDetails("2026-11-20"), "Ada")
        for slide in sample.slides:
            session.set_slide_details(slide.id, SlideDetails("not known: crops of SMIDS"), "Ada")
    cells = [cell for cell in session.all_cells() if cell.prediction]
    review, second = Review(session), [cell for cell in cells if cell.sample == "Demo 1"]
    for cell in cells:
        if cell.sample == "Demo 2" or cell.status is Status.REFERRED or cell.final_class == "normal":
            why = Why.REFERRED if cell.status is Status.REFERRED else Why.CALLED_NORMAL
            review.decide({cell.id: _said(cell, chance)}, "Ada", why=why)
    review.decide({cell.id: Decision(cell.final_class) for cell in second if cell.final_class == "abnormal"}, "Cy")
    blind = Review(session, begin_reading(session, NewReading(ReadingKind.FURTHER, "Bo")).id)
    for cell in chance.sample(second, min(30, len(second))):
        blind.decide({cell.id: _said(cell, chance)}, "Bo")


def _said(cell: Cell, chance: random.Random) -> Decision:
    assert cell.prediction is not None
    said = cell.prediction.first if chance.random() < 0.9 else chance.choice(cell.prediction.classes)
    heads = [str(anomaly) for anomaly in Anomaly if anomaly.startswith("head")]
    ticked = frozenset(chance.sample(heads, chance.choice((1, 1, 2)))) if said == "abnormal" else None
    return Decision(said, "vacuole in the acrosome" if chance.random() < 0.03 else "", ticked)


def _print_html(folder: Path) -> None:
    """As a browser prints it on each paper, and as a screen shows it."""
    browser = "chromium" if shutil.which("chromium") else "google-chrome"
    common = (browser, "--headless", "--no-sandbox", "--disable-gpu")
    page = folder / "report.html"
    _run(*common, "--window-size=900,3000", f"--screenshot={folder / 'html.png'}", page.absolute().as_uri())
    for paper in Paper:
        # Chromium takes the paper from the page alone; the report itself leaves it to whoever prints.
        sized = folder / f"html-{paper}.html"
        sized.write_text(page.read_text("utf-8").replace("@page {", f"@page {{ size: {paper};", 1), "utf-8")
        target = f"--print-to-pdf={sized.with_suffix('.pdf')}"
        _run(*common, "--no-pdf-header-footer", target, sized.absolute().as_uri())


def _show_in_docs(folder: Path) -> None:
    first = [Image.open(page) for page in sorted(folder.glob("pdf-a4-*.png"))[:2]]
    beside = Image.new("RGB", (sum(page.width for page in first) + 12, first[0].height), (200, 200, 200))
    beside.paste(first[0], (0, 0))
    beside.paste(first[1], (first[0].width + 12, 0))
    beside.save(_DOCS / "report.png", optimize=True)
    save_for_guide(first[0], "report", first[0].width // 2)


def _run(*command: object) -> None:
    if not shutil.which(str(command[0])):
        sys.exit(f"{command[0]} is missing: install it (pdftoppm is in poppler-utils).")
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("out/report"))
