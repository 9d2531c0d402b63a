"""Slide Details: stored for one slide or for several, under a name, and never where something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from made_up import Answers, fill
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.domain.objective import Objective, objective_text
from sperm_viewer.domain.sample import SlideDetails
from sperm_viewer.gui.slides.scale_choice import KnownScales
from sperm_viewer.gui.slides.slide_details_dialog import SlideDetailsDialog
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.imaging.reading.scale import FileScale
from sperm_viewer.session.session import Session
from sperm_viewer.session.verify import verify


@pytest.fixture
def desktop(open_desktop: Callable[..., Desktop], tmp_path: Path) -> Desktop:
    made = open_desktop()
    made.controller.open_paths([fill(tmp_path / "s.spermview", {"A": 5, "B": 5, "C": 5}, tmp_path)])
    return made


def dialog(desktop: Desktop, slide: int = 0) -> SlideDetailsDialog:
    """As it opens when that row of the list of slides is current."""
    slides = desktop.window.workspace.slides
    slides.list.setCurrentIndex(slides.model.index(slide))
    assert desktop.window.action(ActionId.SLIDE_DETAILS) in slides.list.actions()
    desktop.window.action(ActionId.SLIDE_DETAILS).trigger()
    return desktop.window.findChildren(SlideDetailsDialog)[-1]


def type_in(shown: SlideDetailsDialog, name: str, text: str) -> None:
    shown.fields[name].clear()
    QTest.keyClicks(shown.fields[name], text)


def stored(desktop: Desktop) -> dict[str, SlideDetails]:
    with Session.open(desktop.controller.session.path, read_only=True) as session:
        return {slide.name: slide.details for sample in session.samples() for slide in sample.slides}


def test_the_chosen_slides_details_are_stored_with_who_typed_them(desktop: Desktop) -> None:
    shown = dialog(desktop, 2)
    type_in(shown, "stain", "Diff-Quik")
    type_in(shown, "um_per_px", "0,065")
    shown.accept()
    assert stored(desktop) == {
        "A": SlideDetails(),
        "B": SlideDetails("Diff-Quik", um_per_px=0.065),
        "C": SlideDetails(),
    }
    session = desktop.controller.session
    assert session.rows("SELECT who FROM audit WHERE kind = 'slide-details'") == [(desktop.window.reviewer.name,)]
    assert not verify(session.path).problems


def test_several_slides_take_what_is_typed_and_keep_what_is_not(desktop: Desktop) -> None:
    shown = dialog(desktop, 1)
    type_in(shown, "stain", "Diff-Quik")
    shown.slides.selectAll()
    assert shown.fields["stain"].text() == ""
    assert shown.fields["stain"].placeholderText() == "(different)"
    type_in(shown, "fixation", "air")
    shown.accept()
    assert stored(desktop) == {
        "A": SlideDetails("Diff-Quik", "air"),
        "B": SlideDetails(fixation="air"),
        "C": SlideDetails(fixation="air"),
    }


def test_what_is_wrong_is_said_in_words_where_it_is_and_nothing_is_stored(desktop: Desktop) -> None:
    shown = dialog(desktop)
    shown.slides.setCurrentRow(1)
    type_in(shown, "um_per_px", "65")
    shown.slides.setCurrentRow(0)
    shown.accept()
    assert shown.isVisible()
    assert "'65' can't be the width of a pixel" in shown.problem.text()
    assert [item.text() for item in shown.slides.selectedItems()] == ["B / B"]
    assert stored(desktop)["B"] == SlideDetails()
    type_in(shown, "um_per_px", "0.065")
    assert not shown.problem.isVisible()
    shown.accept()
    assert stored(desktop)["B"].um_per_px == 0.065


def test_a_measured_objective_is_chosen_for_a_slide_and_forgotten_when_a_scale_is_typed(desktop: Desktop) -> None:
    one = Objective("100x oil", 0.0645, (1280, 1024), "2026-11-29", "Bo")
    desktop.window.controller.settings.update(objectives=(objective_text(one),))
    shown = dialog(desktop, 1)
    assert [shown.scales.itemText(row) for row in range(shown.scales.count())] == [
        "Typed above",
        "100x oil: 0.0645 µm",
    ]
    shown.scales.activated.emit(1)
    assert shown.origin.text() == "100x oil, measured on 2026-11-29 by Bo; for images of 1280 x 1024 px"
    shown.accept()
    assert stored(desktop)["A"] == SlideDetails(
        objective="100x oil",
        um_per_px=0.0645,
        scale_source="100x oil, measured on 2026-11-29 by Bo",
        scale_size="1280 x 1024",
    )

    shown = dialog(desktop, 1)
    type_in(shown, "um_per_px", "0.07")
    assert shown.origin.text() == ""
    shown.accept()
    assert stored(desktop)["A"] == SlideDetails(objective="100x oil", um_per_px=0.07)


def test_the_scale_that_files_name_is_offered_for_confirmation(desktop: Desktop, qtbot: QtBot) -> None:
    samples = desktop.controller.session.samples()
    slide = samples[0].slides[0].id
    taken: dict[int, SlideDetails] = {}
    known = KnownScales((), {slide: FileScale(0.08, "OME-TIFF")})
    shown = SlideDetailsDialog(samples, slide, lambda changed: taken.update(changed) or "", None, known)
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(shown)
    assert shown.fields["um_per_px"].text() == ""
    assert shown.scales.itemText(1) == "The files (OME-TIFF): 0.08 µm"
    shown.scales.activated.emit(1)
    shown.accept()
    assert taken == {slide: SlideDetails(um_per_px=0.08, scale_source="OME-TIFF, confirmed by a person")}


def test_without_a_name_nothing_is_stored_and_the_dialog_says_so(desktop: Desktop, answers: Answers) -> None:
    answers.name = ""
    shown = dialog(desktop, 1)
    type_in(shown, "stain", "Diff-Quik")
    shown.accept()
    assert "Nothing was stored" in shown.problem.text()
    assert stored(desktop)["A"] == SlideDetails()


def test_cancel_changes_nothing(desktop: Desktop) -> None:
    shown = dialog(desktop, 1)
    type_in(shown, "stain", "Diff-Quik")
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    assert stored(desktop)["A"] == SlideDetails()
