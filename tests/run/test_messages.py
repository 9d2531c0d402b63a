"""Each error of a run, with its message."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import typer
from fake_failures import fails_with
from PIL import Image

from sperm_viewer.domain.detection import KnownHead, KnownHeads
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.inference import child
from sperm_viewer.inference.child import ScoringPlan
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.inference.model_shelf import ModelShelf
from sperm_viewer.run import command
from sperm_viewer.run.command import ScoreRequest, run_score
from sperm_viewer.run.head_scorer import HeadScorer
from sperm_viewer.run.pipeline import score
from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell


def _dies(*_: object) -> None:
    raise SystemExit(1)


def test_a_child_that_dies_before_it_scored_anything_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "_serve", _dies)
    steps = score([ImageRef("A", tmp_path / "a.png")], ScoringPlan(find_model("smids").path))
    with pytest.raises(
        SpermViewerError, match=r"^The scoring process stops again and again .*\. Choose another model; if .*restart"
    ):
        list(steps)


def _one_head() -> KnownHeads:
    return KnownHeads((KnownHead(np.array([[1, 1], [9, 1], [9, 9]], np.float32)),), (0,))


def test_a_child_that_dies_on_an_outlined_head_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "_serve", _dies)
    scorer = HeadScorer(ScoringPlan(find_model("smids").path))
    with pytest.raises(SpermViewerError, match=r"^The scoring process stopped on this head\. Outline it again"):
        scorer.score(ImageRef("A", tmp_path / "a.png"), _one_head())


def test_the_scoring_of_a_head_that_is_stopped_is_an_error(tmp_path: Path) -> None:
    scorer = HeadScorer(ScoringPlan(find_model("smids").path))
    scorer.stop()
    with pytest.raises(SpermViewerError, match=r"^Scoring of this head was stopped\.$"):
        scorer.score(ImageRef("A", tmp_path / "a.png"), _one_head())


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the slide `slide`, scored into `out`."""
    folder = tmp_path_factory.mktemp("scored")
    (folder / "slide").mkdir()
    Image.fromarray(render_cell(typical_cell(HeadClass.NORMAL)).rgb).save(folder / "slide" / "a.png")
    _score(folder)
    return folder


def _score(folder: Path, model: str | None = None, fresh: bool = False) -> None:
    run_score(ScoreRequest([folder / "slide"], model, folder / "out", None, None, None, fresh, None, None))


@pytest.mark.parametrize(
    ("again", "message"),
    [
        (lambda folder: _score(folder, fresh=True), r"^Nothing was deleted\. Choose another --out, or leave --fresh"),
        (lambda folder: _score(folder, model="hushem"), r"smids .*hushem .*\n.*nothing was changed\. Choose another"),
    ],
)
def test_a_question_that_is_answered_with_no_changes_nothing(
    again: Callable[[Path], None], message: str, scored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (scored / "out" / "cells.csv").read_bytes()
    monkeypatch.setattr(typer, "confirm", lambda *_, **__: False)
    with pytest.raises(SpermViewerError, match=message):
        again(scored)
    assert (scored / "out" / "cells.csv").read_bytes() == before


def test_results_that_can_not_be_deleted_are_an_error(scored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typer, "confirm", lambda *_, **__: True)
    monkeypatch.setattr(Path, "unlink", fails_with(PermissionError(13, "Permission denied")))
    with pytest.raises(SpermViewerError, match=r"out: can't be deleted \(Permission denied\)\. Choose another --out\."):
        _score(scored, fresh=True)


def test_tables_that_another_program_keeps_open_are_an_error(scored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(scored / "slide" / "a.png", scored / "slide" / "b.png")
    monkeypatch.setattr(Path, "unlink", fails_with(PermissionError(13, "Permission denied")))
    with pytest.raises(SpermViewerError, match=r"cells\.csv: can't be replaced \(.+\)\. Close it in other programs"):
        _score(scored)


def test_a_run_without_any_model_folder_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slide").mkdir()
    Image.fromarray(render_cell(typical_cell(HeadClass.NORMAL)).rgb).save(tmp_path / "slide" / "a.png")
    monkeypatch.setattr(command, "installed_models", lambda: ModelShelf([]))
    with pytest.raises(SpermViewerError, match=r"^No model folder was found.*\. Install Sperm Viewer again\.$"):
        _score(tmp_path)


def test_a_run_on_a_folder_without_images_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "slide").mkdir()
    with pytest.raises(SpermViewerError, match=r"^There is no image in what was given\."):
        _score(tmp_path)
