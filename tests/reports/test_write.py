"""A report is whole or not there, of one moment, and without what it must not carry along."""

from __future__ import annotations

import base64
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cells import MODEL, scored
from made_up import model_folder
from PIL import Image, PngImagePlugin
from pypdf import PdfReader
from pytestqt.qtbot import QtBot
from reported import html_text, write_reported
from tampering import tamper

from sperm_viewer.domain.cell import CellScored
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.verdict import Decision, Why
from sperm_viewer.imaging.equal_scale import equal_scale
from sperm_viewer.imaging.reading.read import read_image
from sperm_viewer.inference.fine_heatmap import FineHeatmaps
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.inference.model_spec import KnownOutcomes, ModelSpec
from sperm_viewer.inference.open_engine import open_scorer
from sperm_viewer.reports.gather import MOST_LISTED, SHOWN_PER_CLASS, gather
from sperm_viewer.reports.headlines import Headlines
from sperm_viewer.reports.lay_out import lay_out
from sperm_viewer.reports.page import Facts, KeyFigure, Page, Paragraph, Part, Table
from sperm_viewer.reports.pdf.write import write_pdf
from sperm_viewer.reports.report_images import CellImages, cell_images, encoded, pixels
from sperm_viewer.reports.request import ReportFormat, ReportRequest, Section
from sperm_viewer.reports.write import write_report
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session, SessionModel
from sperm_viewer.session.verify import Verification, verify
from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell

SECRET = "Patient Jane Roe"
_MM = 72 / 25.4


def _write(session: Path, form: ReportFormat, out: Path | None = None, logo: Path | None = None) -> Path:
    out = out or session.with_name(f"report.{form}")
    for _ in write_report(ReportRequest(session, form, out, logo=logo)):
        pass
    return out


def _image(path: Path, colour: tuple[int, int, int] = (200, 120, 150)) -> Path:
    """An image file that says whose it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    said = PngImagePlugin.PngInfo()
    said.add_text("Comment", SECRET)
    exif = Image.Exif()
    exif[0x010E] = SECRET
    Image.new("RGB", (60, 50), colour).save(path, pnginfo=said, exif=exif)
    return path


def _session_of_images(folder: Path, count: int) -> tuple[Path, list[Path]]:
    files = [_image(folder / "A" / f"img_{number}.png") for number in range(count)]
    path = folder / "s.spermview"
    with Session.create(path) as session:
        session.use_model(MODEL)
        refs = [ImageRef("A", file) for file in files]
        session.add_slide("A", folder / "A", refs)
        session.record([_scored_as_read(ref) for ref in refs])
    return path, files


def _scored_as_read(ref: ImageRef) -> CellScored:
    return replace(scored(ref), sha256=read_image(ref).sha256)


@pytest.mark.parametrize("form", [ReportFormat.HTML, ReportFormat.PDF])
def test_nothing_of_an_image_but_its_pixels_travels_into_a_report(
    tmp_path: Path, form: ReportFormat, qtbot: QtBot
) -> None:
    path, files = _session_of_images(tmp_path, 2)
    assert SECRET.encode() in files[0].read_bytes()
    written = _write(path, form, logo=_image(tmp_path / "logo.png")).read_bytes()
    assert SECRET.encode() not in written
    with Session.open(path) as session:
        (cell, _) = session.all_cells()
        images = cell_images(cell, session.heatmap(cell.id), 192)
    assert images.crop is not None
    assert SECRET.encode() not in images.crop.webp
    assert (pixels(images.crop) == read_image(cell.ref).rgb).all()


def test_the_heatmaps_of_the_gallery_are_refined_by_the_model_that_scored(tmp_path: Path) -> None:
    model = find_model("smids")
    file = tmp_path / "A" / "a.png"
    file.parent.mkdir()
    Image.fromarray(render_cell(typical_cell(HeadClass.NORMAL)).rgb).save(file)
    path, ref = tmp_path / "s.spermview", ImageRef("A", file)
    with Session.create(path) as session:
        session.use_model(SessionModel(model.id, model.spec.classes, model.spec.normal_class))
        session.add_slide("A", file.parent, [ref])
        (cell,) = session.record(open_scorer(model, "onnx", "cpu", None).scorer.score(ref))
        # What is drawn is referred; with a verdict it is among the cells of its class.
        Review(session).decide({cell: Decision("normal")}, "Ada")
        (scored_cell,), coarse, equal = session.cells([cell]), session.heatmap(cell), equal_scale(session)
    page = _write(path, ReportFormat.HTML).read_text("utf-8")
    refined, plain = (cell_images(scored_cell, coarse, 192, refine, equal) for refine in (FineHeatmaps(model).of, None))
    assert refined.heat is not None
    assert plain.heat is not None
    assert base64.b64encode(refined.heat.webp).decode() in page
    assert base64.b64encode(plain.heat.webp).decode() not in page


def test_missing_and_changed_images_are_shown_as_such_and_their_results_stay(tmp_path: Path) -> None:
    path, files = _session_of_images(tmp_path, 3)
    files[0].unlink()
    _image(files[1], (0, 0, 0))
    page = _write(path, ReportFormat.HTML)
    text = html_text(page)
    assert "The image has changed since it was scored." in text
    assert "The file is no longer there" in text
    assert page.read_text("utf-8").count("data:image/webp") == 2
    assert "normal: 3 of 3 cells" in text


def test_a_gallery_is_bounded_and_says_how_many_of_how_many(tmp_path: Path) -> None:
    path = tmp_path / "s.spermview"
    with Session.create(path) as session:
        session.use_model(MODEL)
        refs = [ImageRef("A", tmp_path / "A" / f"{number}.png") for number in range(30)]
        session.add_slide("A", tmp_path / "A", refs)
        ids = session.record([scored(ref) for ref in refs])
        data = gather(session, "s", "", None, verify(path), Headlines(session, None))
    (shown,) = data.samples[0].gallery
    assert (len(shown.cells), shown.of) == (SHOWN_PER_CLASS, 30)
    places = [ids.index(cell.id) for cell in shown.cells]
    assert places == sorted(set(places))
    assert (min(places), max(places)) == (1, 28)


def test_so_many_referred_cells_that_no_one_would_read_them_are_counted_and_cut(tmp_path: Path) -> None:
    path = tmp_path / "s.spermview"
    with Session.create(path) as session:
        session.use_model(MODEL)
        refs = [ImageRef("A", tmp_path / "A" / f"{number}.png") for number in range(MOST_LISTED + 3)]
        session.add_slide("A", tmp_path / "A", refs)
        session.record([scored(ref, reason="Not sure.") for ref in refs])
        data = gather(session, "s", "", None, Verification(session.audit_head(), ()), Headlines(session, None))
    (sample,) = data.samples
    assert (len(sample.listed), sample.to_list) == (MOST_LISTED, MOST_LISTED + 3)


def test_the_list_of_referred_cells_has_images_without_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "s.spermview"
    with Session.create(path) as session:
        session.use_model(MODEL)
        refs = [ImageRef("A", tmp_path / "A" / f"{number}.png") for number in range(6)]
        session.add_slide("A", tmp_path / "A", refs)
        ids = session.record([scored(ref, reason="Not sure.") for ref in refs])
        data = gather(session, "s", "", None, verify(path), Headlines(session, None))
    # The fifth has images for the gallery only.
    images = {ids[number]: CellImages(None, None, "gone") for number in (0, 1, 2, 4)}
    (part,) = lay_out(data, images, None, frozenset({Section.CELLS})).parts
    (listed,) = (block for block in part.blocks if isinstance(block, Table) and block.images)
    assert [image is not None for image in listed.images] == [True] * 3 + [False] * 3
    assert any(
        "The last 3 are listed without images." in block.text for block in part.blocks if block.kind == "paragraph"
    )


def _spec(outcomes: KnownOutcomes | None) -> ModelSpec:
    metrics = {"protocol": "made up"}
    return replace(model_folder().spec, classes=MODEL.classes, known_outcomes=outcomes, metrics=metrics)


def test_the_headline_of_a_sample_with_unread_cells_is_estimated_through_the_known_outcomes(tmp_path: Path) -> None:
    path, refs = tmp_path / "s.spermview", [ImageRef("A", tmp_path / "A" / f"{number}.png") for number in range(100)]
    normal, tapered = (0.9, 0.05, 0.05), (0.05, 0.9, 0.05)
    with Session.create(path) as session:
        session.use_model(MODEL)
        session.add_slide("A", tmp_path / "A", refs)
        ids = session.record([scored(ref, normal if n < 40 else tapered) for n, ref in enumerate(refs)])
        review = Review(session)
        for cell in ids[:40]:
            review.decide({cell: Decision("normal")}, "Ada", why=Why.CALLED_NORMAL)
        review.decide({cell: Decision("tapered") for cell in ids[40:]}, "Ada")
        # Nearly faultless, so that the estimate is what was read; all answers are in the middle band of confidence.
        rows = tuple(tuple(3000 if column == 3 * row + 1 else 0 for column in range(11)) for row in range(3))
        spec = _spec(KnownOutcomes(1, ((0.8, 0.95),) * 3, rows))
        data = gather(session, "s", "", spec, verify(path), Headlines(session, spec))
    found = data.samples[0].headline
    assert found is not None
    # Cells that were accepted in bulk are not read.
    assert (found.read, found.unread, found.read_normal, found.read_sperm, found.called_normal) == (40, 60, 40, 40, 0)
    assert found.estimate == pytest.approx(0.4, abs=0.03)
    page = lay_out(data, {}, None, frozenset())
    key = next(block for block in page.parts[0].blocks if isinstance(block, KeyFigure))
    assert found.printed is not None
    assert key.value == f"{found.printed.percent:.0f}%"
    assert "Estimated from 40 cells read by a person and 60 left to the model" in key.detail


def test_a_model_whose_errors_are_not_known_gives_no_headline(tmp_path: Path) -> None:
    path = write_reported(tmp_path / "s.spermview")
    with Session.open(path) as session:
        data = gather(session, "s", "", _spec(None), verify(path), Headlines(session, _spec(None)))
    assert all(sample.headline is None for sample in data.samples)


def test_a_session_that_was_changed_behind_the_apps_back_says_so_in_its_report(tmp_path: Path) -> None:
    path = write_reported(tmp_path / "s.spermview")
    chance = random.Random(4)
    while verify(path).problems == ():
        tamper(path, chance)
    assert "NOT VERIFIED" in html_text(_write(path, ReportFormat.HTML))


def test_a_report_never_takes_the_place_of_its_session(tmp_path: Path) -> None:
    path = write_reported(tmp_path / "s.spermview")
    with pytest.raises(SpermViewerError, match="session itself"):
        _write(path, ReportFormat.CSV, path)
    assert verify(path).problems == ()


def test_a_session_without_results_has_nothing_to_report(tmp_path: Path) -> None:
    path = tmp_path / "s.spermview"
    Session.create(path).close()
    with pytest.raises(SpermViewerError, match="nothing in this session has been scored"):
        _write(path, ReportFormat.HTML)
    assert [file.name for file in tmp_path.iterdir()] == ["s.spermview"]


def test_a_logo_that_is_no_image_is_refused_by_name(tmp_path: Path) -> None:
    path = write_reported(tmp_path / "s.spermview")
    logo = tmp_path / "logo.png"
    logo.write_text("<svg/>")
    with pytest.raises(SpermViewerError, match=r"logo\.png.*PNG or JPEG"):
        _write(path, ReportFormat.PDF, logo=logo)


@pytest.mark.parametrize("form", list(ReportFormat))
def test_a_file_that_cannot_be_written_is_told_and_nothing_is_left(
    tmp_path: Path, form: ReportFormat, qtbot: QtBot
) -> None:
    path = write_reported(tmp_path / "s.spermview")
    blocked = tmp_path / "out"
    blocked.mkdir()
    with pytest.raises(SpermViewerError, match="can't be written"):
        _write(path, form, blocked)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["out", "s.spermview"]


def test_what_is_on_a_sheet_fits_on_a4_and_on_letter_printed_in_its_own_size(tmp_path: Path, qtbot: QtBot) -> None:
    path = write_reported(tmp_path / "s.spermview")
    pages = PdfReader(_write(path, ReportFormat.PDF)).pages
    assert len(pages) > 1
    cut_off = (297 - 279.4) / 2
    for page in pages:
        assert (page.mediabox.width / _MM, page.mediabox.height / _MM) == pytest.approx((210, 297), abs=0.5)
        at: list[tuple[float, float]] = []

        def note(text, matrix, text_matrix, font, size, at=at) -> None:
            if text.strip():
                x, y = text_matrix[4], text_matrix[5]
                at.append((x * matrix[0] + y * matrix[2] + matrix[4], x * matrix[1] + y * matrix[3] + matrix[5]))

        page.extract_text(visitor_text=note)
        assert at
        assert min(x for x, _ in at) / _MM > 15
        assert min(y for _, y in at) / _MM > cut_off + 6
        assert max(y for _, y in at) / _MM < 297 - cut_off - 6


def test_an_image_comes_back_to_the_pixel() -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (31, 17, 3), np.uint8)
    assert (pixels(encoded(rgb)) == rgb).all()


def test_no_sheet_is_empty_wherever_the_text_ends(tmp_path: Path, qtbot: QtBot) -> None:
    # A paragraph is a third of a millimetre higher than a row, so the end comes to lie everywhere around a sheet's.
    for above in range(0, 36, 3):
        for lines in range(36, 41):
            blocks = (*[Paragraph("value")] * above, Facts((("name", "value"),) * (lines - above)))
            write_pdf(Page("T", "", None, (Part("head", "T", "", blocks),), "foot"), tmp_path / "a.pdf")
            assert all("value" in sheet.extract_text() for sheet in PdfReader(tmp_path / "a.pdf").pages)
