"""The figures below the slides: of the chosen slide, running along with review, and silent to blind readers."""

from __future__ import annotations

from pathlib import Path

import pytest
from audited import HIDDEN, write_audited
from cells import MODEL, scored
from made_up import fill, session_model
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from sperm_viewer.domain.cell import REFER
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.sample import SampleOrigin
from sperm_viewer.domain.verdict import Decision, How
from sperm_viewer.gui.slides.figures_pane import FiguresPane, in_words, row_in_words
from sperm_viewer.gui.widgets.theme import Theme
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.run.results import write_tables
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session
from sperm_viewer.statistics.slide_figures import Tally, slide_figures

CLASSES = ("normal", "abnormal", "non-sperm")
TALLIES = [
    Tally(1, 1, "A", "normal", "scored", "normal", How.SINGLE, 90),
    Tally(1, 1, "A", "abnormal", "scored", "normal", How.BLIND, 10),
    Tally(1, 1, "A", "abnormal", "scored", "abnormal", None, 40),
    Tally(1, 1, "A", "abnormal", "scored", "abnormal", How.BULK, 20),
    Tally(1, 1, "A", "abnormal", "referred", REFER, None, 12),
    Tally(1, 1, "A", "non-sperm", "scored", "non-sperm", None, 3),
    Tally(1, 1, "A", "", "failed", "", None, 1),
    Tally(1, 2, "B", "normal", "scored", "normal", None, 300),
]


@pytest.fixture
def pane(qapp: QApplication, qtbot: QtBot) -> FiguresPane:
    made = FiguresPane(Theme(qapp, "light"))
    qtbot.addWidget(made)
    made.show()
    made.show_tallies(TALLIES, CLASSES, {})
    return made


def test_the_words_say_of_how_many_what_was_left_out_and_that_it_is_too_few() -> None:
    assert in_words(slide_figures(TALLIES, CLASSES, 1)) == [
        "Of 160 sperm.",
        "Left out: 3 non-sperm, 1 failed.",
        "12 referred and not yet reviewed.",
        "Read 100 of 175 (57%): 90 singly, 10 blind.",
        "Accepted in bulk, which is not reading: 20.",
        "Fewer than 200 sperm on 'A'; the WHO asks for 200.",
    ]
    assert in_words(slide_figures(TALLIES, CLASSES, 2)) == ["Of 300 sperm.", "Read 0 of 300 (0%)."]


def test_a_class_is_read_out_with_its_interval_and_the_models_own_figure() -> None:
    figures = slide_figures(TALLIES, CLASSES, 1)
    said = row_in_words(figures.final.of("normal"), figures.model.of("normal"))
    # 100 of 160 by Wilson, worked out by hand; the model alone gave 90 of 160.
    assert said == "normal: 100 sperm, 62.5% (95% interval 54.8 to 69.6%); the model alone: 56.2%"


def test_the_chart_follows_the_chosen_slide(pane: FiguresPane) -> None:
    assert "normal: 400 sperm" in pane.chart.accessibleDescription()
    pane.show_slide(2)
    assert "normal: 300 sperm" in pane.chart.accessibleDescription()
    assert "Of 300 sperm." in pane.words.text()


def test_slides_of_a_sample_that_differ_too_much_are_not_counted_together(open_desktop, tmp_path: Path) -> None:
    with Session.create(tmp_path / "s.spermview") as session:
        session.use_model(MODEL)
        for name, answer in (("A", (0.8, 0.1, 0.1)), ("B", (0.1, 0.8, 0.1))):
            refs = [ImageRef(name, tmp_path / name / f"{number}.png") for number in range(20)]
            session.add_slide(name, tmp_path / name, refs, SampleOrigin("P-1"))
            session.record([scored(ref, answer) for ref in refs])
    desktop = open_desktop()
    desktop.controller.open_paths([tmp_path / "s.spermview"])
    slides = desktop.window.workspace.slides
    assert "differ by more than the WHO accepts" in slides.figures.words.text()
    assert not slides.figures.chart.isVisible()
    slides.list.setCurrentIndex(slides.model.index(1))
    assert "Of 20 sperm." in slides.figures.words.text()
    assert slides.figures.chart.isVisible()


def test_the_figures_run_along_as_cells_are_reviewed(open_desktop, tmp_path: Path, qtbot: QtBot) -> None:
    desktop = open_desktop()
    desktop.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 40}, tmp_path)])
    workspace = desktop.window.workspace
    words = workspace.slides.figures.words
    assert "Read 0 of 36 (0%)." in words.text()
    with Session.open(desktop.controller.session.path) as session:
        Review(session).decide({workspace.current_cell().id: Decision("normal")}, "Ada")
    workspace.refresh([workspace.current_cell().id])
    qtbot.waitUntil(lambda: "Read 1 of 36 (3%): 1 singly, 0 blind." in words.text())


def test_the_headline_of_the_sample_follows_the_readers_with_what_it_is_not(
    open_desktop, tmp_path: Path, qtbot: QtBot
) -> None:
    desktop = open_desktop()
    desktop.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 40}, tmp_path)])
    workspace = desktop.window.workspace
    shown = workspace.slides.figures.headline
    qtbot.waitUntil(lambda: "Sample A: share of normal heads withheld." in shown.text())
    with Session.open(desktop.controller.session.path) as session:
        read = [cell.id for cell in session.all_cells() if cell.prediction]
        for cell in read:
            Review(session).decide({cell: Decision("normal")}, "Ada")
    workspace.refresh(read)
    # 36 of 36 by Wilson: 90.4 to 100%.
    qtbot.waitUntil(lambda: "Sample A: 100% (90% to 100%) of sperm have normal heads; 36 cells read." in shown.text())
    shown_text = [label.text() for label in workspace.slides.figures.findChildren(QLabel) if label.isVisible()]
    assert any("the WHO's reference limit for normal forms (4%) must not be applied" in text for text in shown_text)
    assert shown.font().pointSizeF() >= workspace.slides.figures.words.font().pointSizeF()


def test_the_headline_is_withheld_when_the_audit_cells_of_another_session_ring(
    open_desktop, tmp_path: Path, qtbot: QtBot
) -> None:
    model = session_model(find_model("smids"))
    desktop = open_desktop()
    desktop.controller.open_paths([write_audited(tmp_path / "mine.spermview", model, (0,))])
    workspace = desktop.window.workspace
    shown = workspace.slides.figures.headline
    qtbot.waitUntil(lambda: "of sperm have normal heads; 10 cells read." in shown.text())
    with Session.open(write_audited(tmp_path / "shifted.spermview", model, HIDDEN * 4), read_only=True) as session:
        write_tables(session)
    workspace.refresh([workspace.current_cell().id])
    qtbot.waitUntil(lambda: "share of normal heads withheld. The 90 audit cells of this laboratory" in shown.text())
