"""From Python a model answers as it does in the app, and the page in docs that shows how works as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sperm_viewer.domain.errors import ModelError
from sperm_viewer.domain.image import CropRef
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.inference.open_engine import open_scorer
from sperm_viewer.inference.predictor import Predictor
from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell

_PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "score-from-python.md"


def test_an_array_is_answered_as_a_file_is(tmp_path: Path) -> None:
    rgb = render_cell(typical_cell(HeadClass.TAPERED)).rgb
    file = tmp_path / "crop.png"
    Image.fromarray(rgb).save(file)
    model = find_model("smids")
    theirs = open_scorer(model, "onnx", "cpu", None).scorer.score(CropRef("A", file))
    for given in ("smids", model.path):
        ours = Predictor(given).predict(rgb)
        assert (ours.prediction, ours.status, ours.reason) == (theirs.prediction, theirs.status, theirs.reason)
        assert np.array_equal(ours.heatmap.grid, theirs.heatmap.grid)


@pytest.mark.parametrize(
    "image", [np.zeros((40, 40), np.uint8), np.zeros((40, 40, 3)), np.zeros((40, 40, 4), np.uint8), [[1]]]
)
def test_what_is_no_colour_image_of_8_bits_is_refused(image: object) -> None:
    with pytest.raises(ValueError, match="uint8 array"):
        Predictor("smids").predict(image)  # type: ignore[arg-type]


def test_an_image_without_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match="no pixels"):
        Predictor("smids").predict(np.zeros((0, 5, 3), np.uint8))


def test_a_model_that_is_not_there_is_refused_in_words() -> None:
    with pytest.raises(ModelError, match="Choose one of"):
        Predictor("nothing")


def test_the_page_in_docs_works_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", _PAGE.read_text(encoding="utf-8"), re.S)
    Image.fromarray(render_cell(typical_cell(HeadClass.NORMAL)).rgb).save(tmp_path / "crop.png")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, _PAGE.name, "exec"), {})
    said = capsys.readouterr().out
    assert "'normal': 0." in said
