"""Review, second reading and reports in the real window by keyboard alone; the figures are worked out apart from it."""

from __future__ import annotations

import csv
import math
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from keyboard_reader import ALT, CTRL, Key, KeyboardReader, Read, press, then_type
from made_up import CLASSES, made_up_scoring, shelf
from openpyxl import load_workbook
from PIL import Image
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from reported import html_text, pdf_text
from sklearn.metrics import cohen_kappa_score, confusion_matrix

from sperm_viewer.app import Desktop, build
from sperm_viewer.domain.cell import Status
from sperm_viewer.domain.flags import Flag
from sperm_viewer.gui.dialogs.agreement_dialog import AgreementDialog
from sperm_viewer.gui.dialogs.ask import DialogAsk
from sperm_viewer.gui.report.report_dialog import ReportDialog
from sperm_viewer.reports.request import ReportFormat
from sperm_viewer.session.session import Session
from sperm_viewer.synthetic.render import HeadClass, render_cell, render_debris, typical_cell

_CELLS, _ON_A = 60, 40
_NUMBERS = [number for number in range(99) if number % 10 != 9 and number % 9 != 4][:_CELLS]
"""Of the files. Made-up scoring fails those that end in 9, and without a gap it gives each class to as many cells."""
_FIRST = (Key.Key_1, Key.Key_Space, Key.Key_2, Key.Key_Space, Key.Key_X, Key.Key_Space, Key.Key_Space, Key.Key_3)
_AGAIN = (Key.Key_2, Key.Key_1)
_SECOND = (Key.Key_1, Key.Key_2, Key.Key_2, Key.Key_1, Key.Key_X, Key.Key_1, Key.Key_3)
_SPERM = ("normal", "abnormal")
_READINGS = ("model", "first reader", "second reader")
_PAIRS = ((0, 1), (0, 2), (1, 2))


class FilesAnswered(DialogAsk):
    """The app's own questions, except for those that the system's file dialogs ask."""

    path = Path()

    def folder(self, title: str, start: Path) -> Path | None:
        return self.path

    def session(self, title: str, start: Path) -> Path | None:
        return self.path

    def save(self, title: str, suggested: Path, kinds: str) -> Path | None:
        return self.path

    def choose(self, title: str, text: str, choices: Sequence[str]) -> int | None:
        # The two slides are replicates of one sample.
        return 1 if title == "One sample or several?" else super().choose(title, text, choices)


@pytest.fixture
def files() -> list[FilesAnswered]:
    """Whoever answers for the window of the test."""
    return []


@pytest.fixture
def desktop(qapp: QApplication, qtbot: QtBot, tmp_path: Path, files: list[FilesAnswered]) -> Iterator[Desktop]:
    """The window, with made-up scoring: what is tested begins after it."""

    def make_ask(window) -> FilesAnswered:
        files.append(FilesAnswered(window))
        return files[0]

    made = build(qapp, tmp_path / "settings.json", make_ask, made_up_scoring(), shelf())
    made.window.resize(1400, 840)
    made.window.show()
    made.window.activateWindow()
    qtbot.waitUntil(lambda: made.window.isActiveWindow() and QApplication.focusWidget() is not None)
    yield made
    made.window.close()
    qtbot.waitUntil(lambda: not made.window.isVisible(), timeout=5000)
    made.window.deleteLater()


@pytest.mark.slow
def test_sixty_cells_are_reviewed_read_again_and_reported_by_keys_and_every_report_has_the_figures(
    desktop: Desktop, files: list[FilesAnswered], qtbot: QtBot, tmp_path: Path
) -> None:
    _write_slides(tmp_path / "slides")
    files[0].path = tmp_path / "slides"
    press(Key.Key_O, CTRL)
    rows = desktop.window.workspace.results.model
    qtbot.waitUntil(lambda: rows.rowCount() == _CELLS + 1 and not desktop.controller.runner.busy, timeout=120_000)
    session = desktop.controller.session.path
    reader = KeyboardReader(desktop, _scored(session))
    _review(reader)

    files[0].path = session
    press(Key.Key_W, CTRL)
    press(Key.Key_O, CTRL | ALT)
    qtbot.waitUntil(lambda: rows.rowCount() == _CELLS + 1)
    then_type("Bo")
    press(Key.Key_R, ALT)
    press(Key.Key_B)
    reader.read_blind(_SECOND)
    _is_on_screen(desktop, _agreements(reader.cells), qtbot)

    out = {form: tmp_path / f"report.{form}" for form in ("csv", "xlsx", "html", "pdf")}
    press(Key.Key_P, CTRL)
    dialog = desktop.window.findChild(ReportDialog)
    qtbot.waitUntil(dialog.isActiveWindow)
    for form, file in out.items():
        files[0].path = file
        dialog.format.setCurrentIndex(dialog.format.findData(ReportFormat(form)))
        press(Key.Key_S, CTRL)
        qtbot.waitUntil(lambda file=file: dialog.status.text() == f"Wrote the report to {file}.", timeout=120_000)
    press(Key.Key_Escape)
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)
    press(Key.Key_W, CTRL)

    said = _said(reader.cells)
    for text in (html_text(out["html"]), pdf_text(out["pdf"])):
        assert [line for line in said if line not in text] == []
    _workbook_has_the_figures(out["xlsx"], reader.cells)
    with out["csv"].open(newline="", encoding="utf-8-sig") as lines:
        _are_those_that_were_read(list(csv.DictReader(lines)), reader.cells)
    verify = [sys.executable, "-m", "sperm_viewer", "verify", str(session)]
    done = subprocess.run(verify, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


# With the keys


def _review(reader: KeyboardReader) -> None:
    """Every cell, ten actions undone, six done again, and the rest said otherwise."""
    then_type("Ana")
    for _ in range(4):
        reader.go_to_open()
        reader.say(Key.Key_2)
    reader.start()
    reader.walk_on(_FIRST, noted_every=9)
    undone = reader.undo(10)
    reader.redo(undone[:3:-1])
    reader.walk_on(_AGAIN)
    assert all(cell.first for cell in reader.cells)
    assert sum(bool(cell.note) for cell in reader.cells) > 3


def _is_on_screen(desktop: Desktop, agreements: Sequence[tuple[int, float, float, float, float]], qtbot: QtBot) -> None:
    """The second reading has ended by itself, and its figures are in a window that Escape closes."""
    assert not desktop.window.blind.active
    dialog = desktop.window.findChild(AgreementDialog)
    page = dialog.page.toPlainText()
    for agreed, percent, low, high, kappa in agreements:
        share = f"{agreed} of {_CELLS} cells: {percent:.1f}% ({low:.1f} to {high:.1f}%). Kappa {kappa:.2f}"
        assert share in page
    qtbot.waitUntil(dialog.isActiveWindow)
    press(Key.Key_Escape)
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)


# Worked out apart from the app


def _wilson(count: int, of: int) -> tuple[float, float, float]:
    """Percentage and 95% interval: Wilson (1927), JASA 22, 209-212, the roots of (p - q)^2 = z^2 q (1 - q) / n."""
    z, share = 1.959963984540054, count / of
    a, b, c = 1 + z * z / of, -(2 * share + z * z / of), share * share
    half = math.sqrt(b * b - 4 * a * c)
    return 100 * share, 100 * (-b - half) / (2 * a), 100 * (-b + half) / (2 * a)


def _agreements(cells: Sequence[Read]) -> list[tuple[int, float, float, float, float]]:
    """Agreed, per cent, its interval, and kappa, of each two readings."""
    readings, found = _readings(cells), []
    for a, b in ((readings[one], readings[other]) for one, other in _PAIRS):
        agreed = sum(one == other for one, other in zip(a, b, strict=True))
        found.append((agreed, *_wilson(agreed, len(cells)), cohen_kappa_score(a, b)))
    return found


def _readings(cells: Sequence[Read]) -> tuple[list[str], list[str], list[str]]:
    return [cell.model for cell in cells], [cell.first for cell in cells], [cell.second for cell in cells]


def _said(cells: Sequence[Read]) -> list[str]:
    """What the pages have to say."""
    parts = [[cell for cell in cells if cell.slide == slide] for slide in ("A", "B")]
    found = [line for part in parts for line in _rows(part)]
    # With these keys the slides always differ by more than replicates may.
    found.append(
        "withheld The slides differ by more than the WHO accepts, so they are not counted together. Count them again."
    )
    found.append(f"Of {_CELLS} cells, a person read {_CELLS} one by one and 0 blind. 1 file could not be scored.")
    for part, failed in zip(parts, (0, 1), strict=True):
        referred = sum(cell.referred for cell in part)
        sperm = _count(part, *_SPERM)
        found.append(f"{part[0].slide} {len(part) + failed} 0 {failed} {referred} {len(part)} 0 {sperm}")
        found.append(f"Left out: {len(part) - sperm} non-sperm{', 1 failed' * failed}.")
    listed = sum(cell.referred or cell.first != cell.model for cell in cells)
    found.append(f"{listed} cells that the model referred to a person, or to which a person gave another class")
    readings = _readings(cells)
    for (one, other), (agreed, percent, low, high, kappa) in zip(_PAIRS, _agreements(cells), strict=True):
        share = f"{agreed} of {_CELLS} {percent:.1f}% {low:.1f} to {high:.1f}% {kappa:.2f}"
        found.append(f"{_READINGS[one]} and {_READINGS[other]} {share}")
        table = confusion_matrix(readings[one], readings[other], labels=CLASSES)
        rows = (f"{name} {' '.join(map(str, row))}" for name, row in zip(CLASSES, table, strict=True))
        found.append(" ".join((*CLASSES, *rows)))
    found += [cell.note for cell in cells if cell.note and (cell.referred or cell.first != cell.model)]
    return found


def _rows(cells: Sequence[Read]) -> list[str]:
    """A line a class: the final figures, and beside them those of the model alone."""
    alone = Counter(cell.model for cell in cells if not cell.referred)
    of_model = sum(alone[name] for name in _SPERM)
    lines = []
    for name in _SPERM:
        percent, low, high = _wilson(_count(cells, name), _count(cells, *_SPERM))
        line = f"{name} {_count(cells, name)} {percent:.1f}% {low:.1f} to {high:.1f}% {alone[name]}"
        if of_model:
            percent, low, high = _wilson(alone[name], of_model)
        lines.append(f"{line} {percent:.1f}% {low:.1f} to {high:.1f}%" if of_model else f"{line} – –")
    return lines


def _count(cells: Sequence[Read], *names: str) -> int:
    return sum(cell.first in names for cell in cells)


def _workbook_has_the_figures(path: Path, cells: Sequence[Read]) -> None:
    book = load_workbook(path)
    head, *rows = book["slides"].values
    for row in rows:
        found = dict(zip(head, row, strict=True))
        part = [cell for cell in cells if cell.slide == found["slide"]]
        assert found["sperm"] == _count(part, *_SPERM)
        assert found["non_sperm"] == _count(part, "non-sperm")
        assert (found["referred"], found["read"]) == (sum(cell.referred for cell in part), len(part))
        for name in _SPERM:
            assert found[f"n_{name}"] == _count(part, name)
            shares = [found[f"{what}_{name}"] for what in ("percent", "low_95", "high_95")]
            assert [100 * share for share in shares] == pytest.approx(_wilson(_count(part, name), found["sperm"]))
    assert [row[1] for row in rows] == ["A", "B"]
    head, *rows = book["agreement"].values
    for row, (one, other), (agreed, percent, _, _, kappa) in zip(rows, _PAIRS, _agreements(cells), strict=True):
        found = dict(zip(head, row, strict=True))
        assert (found["one"], found["other"], found["agreed"]) == (_READINGS[one], _READINGS[other], agreed)
        assert (100 * found["percent"], found["kappa"]) == pytest.approx((percent, kappa))
    head, *rows = book["cells"].values
    _are_those_that_were_read([dict(zip(head, (value or "" for value in row), strict=True)) for row in rows], cells)


def _are_those_that_were_read(rows: Sequence[dict[str, str]], cells: Sequence[Read]) -> None:
    *read, failed = rows
    assert failed["status"] == "failed"
    for row, cell in zip(read, cells, strict=True):
        assert (row["slide"], row["file"], row["class"]) == (cell.slide, cell.file, cell.model)
        assert (row["verdict"], row["final_class"], row["reviewer"]) == (cell.first, cell.first, "Ana")
        assert (row["note"], row["second_verdict"], row["second_reviewer"]) == (cell.note, cell.second, "Bo")


# Before the keys


def _write_slides(folder: Path) -> None:
    """Sixty drawn crops on two slides, and a file that is cut off."""
    for place, number in enumerate(_NUMBERS):
        slide = folder / ("A" if place < _ON_A else "B")
        slide.mkdir(parents=True, exist_ok=True)
        head = typical_cell(list(HeadClass)[number % 4], seed=number)
        rgb = render_debris(seed=number) if number % 11 == 10 else render_cell(head).rgb
        Image.fromarray(rgb).save(slide / f"img_{number}.png")
    whole = (slide / f"img_{_NUMBERS[-1]}.png").read_bytes()
    (folder / "B" / "img_999.png").write_bytes(whole[: len(whole) // 2])


def _scored(session: Path) -> list[Read]:
    """What the model says of the cells, as another program reads it from the file."""
    with Session.open(session, read_only=True) as opened:
        cells = [cell for cell in opened.all_cells() if cell.prediction]
    assert len(cells) == _CELLS
    return [
        Read(
            cell.ref.slide,
            cell.ref.path.name,
            cell.prediction.first,
            cell.status is Status.REFERRED,
            cell.status is Status.REFERRED or Flag.UNCERTAIN in cell.flags,
        )
        for cell in cells
    ]
