"""Review > Quality Control: what it shows before the first run, a run added from the open session, charts saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cells import MEASURED, scored
from made_up import Answers
from PIL import Image
from pypdf import PdfReader
from pytestqt.qtbot import QtBot

from sperm_viewer.app import Desktop
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.gui.teaching.control_dialog import ControlDialog
from sperm_viewer.gui.widgets.action_spec import ActionId
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.session.session import Session, SessionModel
from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell
from sperm_viewer.system.paths import control_runs_file
from sperm_viewer.teaching.control_runs import LEAST_CELLS, read_runs


def _opened(desktop: Desktop, qtbot: QtBot) -> ControlDialog:
    desktop.window.action(ActionId.QUALITY_CONTROL).trigger()
    (found,) = desktop.window.findChildren(ControlDialog)
    qtbot.waitUntil(lambda: found.status.text() == "", timeout=20_000)
    return found


@pytest.fixture
def control_session(tmp_path: Path) -> Path:
    """A scored session of one control slide."""
    spec = find_model("smids").spec
    model = SessionModel(find_model("smids").id, spec.classes, spec.normal_class)
    refs = [ImageRef("level 1", tmp_path / f"{number}.png") for number in range(LEAST_CELLS)]
    for number, ref in enumerate(refs):
        Image.fromarray(render_cell(replace(typical_cell(HeadClass.NORMAL), seed=number)).rgb).save(ref.path)
    with Session.create(tmp_path / "control.spermview") as session:
        session.add_slide("level 1", tmp_path, refs)
        session.use_model(model)
        session.record([replace(scored(ref, model=model), morphometry=MEASURED) for ref in refs])
    return tmp_path / "control.spermview"


def test_without_a_run_it_says_how_to_begin(open_desktop: Callable[..., Desktop], qtbot: QtBot) -> None:
    dialog = _opened(open_desktop(), qtbot)
    assert dialog.explanation.isVisible()
    assert not dialog.preview.isVisible()
    assert not dialog.add_button.isEnabled()
    assert not dialog.save_button.isEnabled()


def test_the_open_session_is_added_once_and_its_charts_are_saved(
    open_desktop: Callable[..., Desktop], qtbot: QtBot, answers: Answers, tmp_path: Path, control_session: Path
) -> None:
    desktop = open_desktop()
    desktop.controller.open_session(control_session)
    qtbot.waitUntil(lambda: desktop.controller.session is not None)
    answers.name = "Eve"
    dialog = _opened(desktop, qtbot)
    dialog.add_button.click()
    qtbot.waitUntil(lambda: dialog.save_button.isEnabled(), timeout=20_000)
    assert dialog.status.text() == "Added a control run: level 1."
    assert dialog.preview.count >= 1
    dialog.add_button.click()
    qtbot.waitUntil(lambda: "photograph the control slide anew" in dialog.status.text(), timeout=20_000)
    assert [run.by for run in read_runs(control_runs_file())] == ["Eve"]
    answers.path = tmp_path / "charts.pdf"
    dialog.save_button.click()
    qtbot.waitUntil(lambda: dialog.status.text() == "Saved charts.pdf.", timeout=20_000)
    assert "level" in PdfReader(answers.path).pages[0].extract_text()
