"""The figures of all four reports are those that other code works out from the raw rows of the session."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from PySide6.QtWidgets import QApplication
from recomputed import (
    REGIONS,
    Agreed,
    Estimate,
    Read,
    agreement,
    alone,
    cells_of,
    checked,
    consensus,
    defects,
    drawn_to_check,
    estimate,
    how,
    images_of,
    read_by_hand,
    readers,
    replicates,
    share,
    sperm,
)
from reported import html_text, pdf_text
from reviewed import CLASSES, FOLDER, SLIDES, write_reviewed

from sperm_viewer.reports.request import ReportFormat, ReportRequest
from sperm_viewer.reports.write import write_report
from sperm_viewer.system import paths

READINGS = {
    1: "first reader",
    2: "second reader, blind",
    3: "third reader",
    4: "first reader again, blind",
    5: "adjudicator, blind",
}
PAIRS = ((0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4))
"""Readings that are compared, by number; 0 is the model, and 4 are the first reader's own cells once more."""
ROUNDED = 0.0051
"""Of two digits after the point."""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory, qapp: QApplication) -> Iterator[Path]:
    """The session, with its reports of all formats beside it."""
    folder = tmp_path_factory.mktemp("reviewed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "settings_file", lambda: folder / "settings.json")
        path = write_reviewed(folder / "s.spermview")
        for form in ReportFormat:
            for _ in write_report(ReportRequest(path, form, path.with_name(f"report.{form}"))):
                pass
        yield path


@pytest.fixture(scope="module")
def pages(session: Path) -> dict[str, tuple[str, str]]:
    """The part of each sample in the HTML and in the PDF."""
    html = html_text(session.with_name("report.html")).split("Sperm head morphology: sample ")[1:]
    pdf = pdf_text(session.with_name("report.pdf")).split("Sperm head morphology: sample ")[1:]
    return {one.split()[0]: (one, other) for one, other in zip(html, pdf, strict=True)}


@pytest.fixture(scope="module")
def cells(session: Path) -> dict[str, list[Read]]:
    return {sample: cells_of(session, sample) for sample in SLIDES}


@pytest.fixture(scope="module")
def model() -> dict[str, Any]:
    """The description of the model that scored the session."""
    return tomllib.loads((FOLDER.path / "model.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def headlines(cells: dict[str, list[Read]], model: dict[str, Any]) -> dict[str, Estimate]:
    """P-2's is withheld, since its slides disagree."""
    known = model["known_outcomes"]
    counts = [[count / known["repeats"] for count in row] for row in known["counts"]]
    return {"P-1": estimate(cells["P-1"], model["classes"], known["bands"], counts), "P-3": read_by_hand(cells["P-3"])}


def _of(cells: list[Read], slide: str) -> list[Read]:
    return [cell for cell in cells if cell.slide == slide]


def _table(session: Path, name: str) -> list[dict[str, str]]:
    with session.with_name(f"report{name}.csv").open(newline="", encoding="utf-8-sig") as lines:
        return list(csv.DictReader(lines))


def _sheet(session: Path, name: str) -> list[dict[str, Any]]:
    head, *rows = load_workbook(session.with_name("report.xlsx"))[name].values
    return [dict(zip(head, row, strict=True)) for row in rows]


def _missing(said: list[str], pages: tuple[str, str]) -> list[str]:
    assert said
    return [text for text in said for page in pages if text not in page]


def _row(found: Agreed) -> str:
    percent, low, high = share(found.same, found.cells)
    span = f"{found.low:.2f} to {found.high:.2f}" if found.has_interval else "–"
    return f"{found.same} of {found.cells} {percent:.1f}% {low:.1f} to {high:.1f}% {found.kappa:.2f} {span}"


def _pairs(cells: list[Read]) -> Iterator[tuple[str, str, Agreed]]:
    names = {0: "model", **{number: name.removesuffix(", blind") for number, name in READINGS.items()}}
    for one, other in PAIRS:
        yield names[one], names[other], agreement(cells, one, other, same_reader=(one, other) == (1, 4))


def test_the_session_shows_every_way_of_review(cells: dict[str, list[Read]]) -> None:
    """Otherwise the tests below would compare nothing."""
    assert how(cells["P-1"]).keys() == {"single", "bulk", "blind"}
    assert not how(cells["P-2"])
    assert {number for cell in cells["P-1"] for number in cell.verdicts} == set(READINGS)
    for sample, agree in (("P-1", [True, True, True]), ("P-2", [True, True, False])):
        slides = [_of(cells[sample], slide) for slide in SLIDES[sample]]
        assert [replicates(*pair).agree for pair in combinations(slides, 2)] == agree


@pytest.mark.parametrize("sample", SLIDES)
def test_the_pages_say_the_counts_and_percentages_of_each_slide(
    session: Path, cells: dict[str, list[Read]], pages: dict[str, tuple[str, str]], sample: str
) -> None:
    said = []
    parts = {slide: _of(cells[sample], slide) for slide in SLIDES[sample]}
    for slide, here in parts.items():
        images, given = images_of(session, sample)[slide], how(here)
        status = [cell.status for cell in here]
        read = given["single"] + given["blind"]
        said.append(
            f"{slide} {images} {images - len(here)} {status.count('failed')} {status.count('referred')} {read} "
            f"{given['bulk']} {sperm(here).total()}"
        )
    if sample == "P-1":
        parts["all slides"] = cells[sample]
    for here in parts.values():
        for name in ("normal", "abnormal"):
            columns = []
            for counts in (sperm(here), alone(here)):
                percent, low, high = share(counts[name], counts.total())
                columns.append(f"{counts[name]} {percent:.1f}% {low:.1f} to {high:.1f}%")
            said.append(f"{name} {' '.join(columns)}")
    assert _missing(said, pages[sample]) == []


@pytest.mark.parametrize("sample", SLIDES)
def test_the_pages_say_how_many_cells_were_read_and_listed(
    session: Path, cells: dict[str, list[Read]], pages: dict[str, tuple[str, str]], sample: str
) -> None:
    found = cells[sample]
    given, scored = how(found), [cell for cell in found if cell.answer]
    said = [
        f"Of {len(scored)} cells, a person read {given['single']} one by one and {given['blind']} blind.",
        f"{sum(cell.is_listed for cell in found)} cells that the model referred to a person, or",
    ]
    if given["bulk"]:
        said.append(f"{given['bulk']} were accepted in bulk, which is not reading.")
    if unread := sum(cell.status == "referred" and not cell.is_read for cell in found):
        said.append(f"{unread} cells that the model referred to a person were not read yet.")
    if waiting := images_of(session, sample).total() - len(found):
        said.append(f"{len(found) - len(scored)} files could not be scored. {waiting} images not scored yet.")
    for name in CLASSES:
        count = sum(cell.final == name for cell in found)
        said.append(f"{name}: {min(count, 12)} of {count} cells")
    assert _missing(said, pages[sample]) == []
    for (reading, name), (count, read) in readers(found).items():
        row = re.compile(rf"{name} {READINGS[reading]} (?:\S+ ){{6}}{count} {read} ")
        assert [page for page in pages[sample] if not row.search(page)] == []


def test_the_pages_say_the_share_of_normal_sperm(
    headlines: dict[str, Estimate], pages: dict[str, tuple[str, str]]
) -> None:
    for page in pages["P-1"]:
        said = re.search(r"(\d+)% normal heads of all sperm in sample P-1 95% interval (\d+) to (\d+)%", page)
        assert said
        found = headlines["P-1"]
        # Two Gibbs samplers differ by chance, and the limits are rounded outwards.
        assert float(said[1]) == pytest.approx(found.percent, abs=1.2)
        assert [float(said[2]), float(said[3])] == pytest.approx([found.low - 0.5, found.high + 0.5], abs=1.3)
        assert f"Estimated from {found.read} cells read by a person and {found.unread} left to the model" in page
        assert f"Read: {found.read_normal} normal of {found.read_sperm} sperm." in page
        assert f"the model called {found.called_normal} of {found.unread} cells normal" in page
    assert all("sample P-2: withheld The slides differ by more than the WHO accepts" in page for page in pages["P-2"])
    read = headlines["P-3"]
    assert _missing([f"Every cell was read: {read.read_normal} of {read.read_sperm} sperm."], pages["P-3"]) == []


@pytest.mark.parametrize("sample", ["P-1", "P-2"])
def test_the_pages_compare_each_two_replicates(
    cells: dict[str, list[Read]], pages: dict[str, tuple[str, str]], sample: str
) -> None:
    said = []
    for one, other in combinations(SLIDES[sample], 2):
        found = replicates(_of(cells[sample], one), _of(cells[sample], other))
        said.append(
            f"{one} and {other}. normal: {found.one:.1f}% and {found.other:.1f}% differ by {found.difference:.1f}; at "
            f"an average of {found.average}% the WHO accepts up to {found.limit}: "
            f"{'the slides agree' if found.agree else 'too far apart'}"
        )
    assert _missing(said, pages[sample]) == []


def test_the_pages_say_the_defects_and_the_spot_check(
    session: Path, cells: dict[str, list[Read]], pages: dict[str, tuple[str, str]]
) -> None:
    a, c = _of(cells["P-1"], "A"), _of(cells["P-1"], "C")
    found = defects(a)
    percents = " ".join(f"{found[part]:.1f}%" for part in REGIONS)
    labelled, right = checked(c, drawn_to_check(session, "C"))
    percent, low, high = share(right, labelled)
    said = [
        f"A {sperm(a).total()} {found['abnormal']} {percents} {found['tzi']:.2f} {found['mai']:.2f} {found['sdi']:.2f}",
        f"A: {found['called normal']} sperm called normal have a ticked defect.",
        f"The model was right on {right} of {labelled} cells: {percent:.0f}% (95% interval {low:.0f} to {high:.0f}%).",
    ]
    assert not drawn_to_check(session, "A")
    assert _missing(said, pages["P-1"]) == []


def test_the_pages_say_the_agreement_of_each_two_readings(
    cells: dict[str, list[Read]], pages: dict[str, tuple[str, str]]
) -> None:
    found = consensus(cells["P-1"], (1, 2, 3), 5)
    parts = ", ".join(
        f"{what}: {found[what]}" for what in ("readers agree", "adjudicated", "readers differ") if found[what]
    )
    said = [f"{found.total()} cells in two readings or more ({parts}"]
    for one, other, agreed in _pairs(cells["P-1"]):
        said.append(f"{one} and {other} {_row(agreed)}")
        rows = (" ".join([name, *(str(agreed.table[name, column]) for column in CLASSES)]) for name in CLASSES)
        said.append(f"{one.capitalize()} (rows) and {other} (columns) {' '.join([*CLASSES, *rows])}")
    assert _missing(said, pages["P-1"]) == []


def test_the_pages_say_how_the_model_was_measured_and_how_often_it_is_right_on_cells_that_it_kept(
    model: dict[str, Any], pages: dict[str, tuple[str, str]]
) -> None:
    metrics, known = model["metrics"], model["known_outcomes"]
    size = len(CLASSES)
    kept = [[sum(row[3 * n : 3 * n + 3]) / known["repeats"] for n in range(size)] for row in known["counts"]]
    right, of = sum(kept[n][n] for n in range(size)), sum(map(sum, kept))
    percent, low, high = share(round(right), round(of))
    said = [
        f"macro-F1 {metrics['macro_f1']} (95% interval {metrics['macro_f1_low']} to {metrics['macro_f1_high']})",
        f"{of:.0f} of {metrics['crops']} crops were kept, the others referred; right on {percent:.1f}% (95% interval "
        f"{low:.1f} to {high:.1f}%)",
    ]
    for number, name in enumerate(CLASSES):
        percent, low, high = share(round(kept[number][number]), round(sum(kept[number])))
        said.append(f"On kept cells that are {name} right on {percent:.1f}% (95% interval {low:.1f} to {high:.1f}%)")
    for sample in SLIDES:
        assert _missing(said, pages[sample]) == []


def test_the_tables_hold_the_figures_of_each_slide(session: Path, cells: dict[str, list[Read]]) -> None:
    sheet = {row["slide"]: row for row in _sheet(session, "slides")}
    table = {row["slide"]: row for row in _table(session, "-slides")}
    parts = {slide: _of(cells[sample], slide) for sample, slides in SLIDES.items() for slide in slides}
    assert list(table) == list(parts)
    assert list(sheet) == [*"ABC", "all slides", *"DEFG"]
    parts["all slides"] = cells["P-1"]
    for slide, here in parts.items():
        counts, given, found, row = sperm(here), how(here), defects(here), sheet[slide]
        status = [cell.status for cell in here]
        read = given["single"] + given["blind"]
        whole = {"sperm": counts.total(), "referred": status.count("referred"), "failed": status.count("failed")}
        whole |= {"read": read, "accepted_in_bulk": given["bulk"], "n_normal": counts["normal"]}
        assert {name: row[name] for name in whole} == whole
        for prefix, of in (("", counts), ("model_alone_", alone(here))):
            limits = [100 * row[f"{prefix}{what}_normal"] for what in ("percent", "low_95", "high_95")]
            assert limits == pytest.approx(share(of["normal"], of.total()))
        indices = [row["tzi"], row["mai"], row["sdi"], *(row[f"percent_{part}_defect"] for part in REGIONS)]
        if found and how(here):
            wanted = [found["tzi"], found["mai"], found["sdi"], *(found[part] / 100 for part in REGIONS)]
            assert indices == pytest.approx(wanted)
        else:
            assert indices == [None] * 7
        if slide in table:
            assert {name: int(table[slide][name]) for name in whole} == whole
            percent = 100 * counts["normal"] / counts.total()
            assert float(table[slide]["percent_normal"]) == pytest.approx(percent, abs=ROUNDED)


def test_the_tables_hold_the_share_of_each_sample(
    session: Path, cells: dict[str, list[Read]], headlines: dict[str, Estimate]
) -> None:
    for rows in (_sheet(session, "samples"), _table(session, "-samples")):
        by_name = {row["sample"]: row for row in rows}
        for sample, found in headlines.items():
            row = by_name[sample]
            shown = [100 * float(row[column]) for column in ("normal_estimate", "normal_low", "normal_high")]
            assert shown == pytest.approx([found.percent, found.low, found.high], abs=0.8 if found.unread else ROUNDED)
            assert float(row["sperm"]) == pytest.approx(found.sperm, abs=1)
        assert (by_name["P-2"]["headline"], by_name["P-2"]["normal_estimate"] or "") == ("withheld", "")
        for sample, here in cells.items():
            row = by_name[sample]
            assert int(row["slides"]) == len(SLIDES[sample])
            assert int(row["read"]) == sum(cell.is_read for cell in here)
            unread = sum(cell.status == "referred" and not cell.is_read for cell in here)
            assert int(row["referred_unread"]) == unread


def test_the_tables_hold_the_agreement_of_each_two_readings(session: Path, cells: dict[str, list[Read]]) -> None:
    sheet = {(row["one"], row["other"]): row for row in _sheet(session, "agreement")}
    table = {(row["one"], row["other"]): row for row in _table(session, "-agreement")}
    assert len(sheet) == len(table) == len(PAIRS)
    for one, other, found in _pairs(cells["P-1"]):
        row, text = sheet[one, other], table[one, other]
        assert (row["cells"], row["agreed"], int(text["agreed"])) == (found.cells, found.same, found.same)
        assert row["percent"] == pytest.approx(found.same / found.cells)
        assert row["kappa"] == pytest.approx(found.kappa, abs=1e-12)
        assert float(text["kappa"]) == pytest.approx(found.kappa, abs=0.00006)
        limits = [found.low, found.high] if found.has_interval else [None, None]
        assert [row["kappa_low_95"], row["kappa_high_95"]] == pytest.approx(limits)
    assert len(_table(session, "-readings")) == consensus(cells["P-1"], (1, 2, 3), 5).total()


def test_the_tables_hold_every_cell_with_its_final_class(session: Path, cells: dict[str, list[Read]]) -> None:
    found = sorted((cell.slide, cell.answer, cell.final) for part in cells.values() for cell in part)
    for rows in (_table(session, ""), _sheet(session, "cells")):
        assert sorted((row["slide"], row["class"] or "", row["final_class"] or "") for row in rows) == found
