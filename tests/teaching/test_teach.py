"""From labels to a model folder that scores, explains and refers like any other, or to the reasons against it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from site_crops import CLASSES, COUNT, SLIDES, rgb_of, teach_now, write_index

from sperm_viewer.cli import run_command
from sperm_viewer.domain.cell import CellScored, Status
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.inference.fine_heatmap import FineHeatmaps
from sperm_viewer.inference.model_folders import ONNX_FILE, WEIGHTS_FILE, ModelFolder, find_model, open_model
from sperm_viewer.inference.open_engine import open_scorer
from sperm_viewer.teaching.site_model import TEACHING_FILE
from sperm_viewer.teaching.teach import Taught, TeachRequest


@pytest.fixture(scope="module")
def model(taught: Taught) -> ModelFolder:
    return open_model(taught.folder)


def _scored(model: ModelFolder, images: Iterator[np.ndarray]) -> list[CellScored]:
    scorer = open_scorer(model, "onnx", "cpu", None).scorer
    return [scorer.score_pixels(ImageRef("", Path(f"{n}.png")), rgb, "", frozenset()) for n, rgb in enumerate(images)]


def test_what_can_be_learnt_becomes_a_model_folder(taught: Taught, model: ModelFolder) -> None:
    assert taught.teachable
    content = json.loads((taught.folder / TEACHING_FILE).read_text("utf-8"))
    assert (content["labels"], content["slides"], content["teachable"], content["why"]) == (COUNT, SLIDES, True, "")
    assert content["macro_f1_low"] <= content["macro_f1"] <= content["macro_f1_high"]
    model.verify(*model.spec.files)
    assert model.spec.classes == ("normal", "tapered")
    matrix = model.spec.error_matrix
    assert matrix is not None
    assert sum(sum(row) for row in matrix.counts) == COUNT


def test_it_scores_heads_of_its_microscope_that_it_has_not_seen(model: ModelFolder) -> None:
    numbers = range(100, 116)
    found = _scored(model, (rgb_of(number) for number in numbers))
    right = [one.prediction.first == str(CLASSES[number % 2]) for one, number in zip(found, numbers, strict=True)]
    assert sum(right) >= 14
    assert sum(Flag.OUT_OF_DISTRIBUTION in one.flags for one in found) <= 4


def test_it_explains_what_it_saw(model: ModelFolder) -> None:
    rgb = rgb_of(100)
    scored = _scored(model, iter([rgb]))[0]
    assert scored.heatmap.peak > scored.heatmap.floor
    cell = _as_cell(scored)
    fine = FineHeatmaps(model).of(cell, scored.heatmap, rgb)
    assert fine.grid.shape[0] > scored.heatmap.grid.shape[0]


def _as_cell(scored: CellScored):
    from sperm_viewer.domain.cell import Cell

    return Cell(
        id=1,
        sample="s",
        slide=1,
        ref=scored.ref,
        sha256="ab",
        size=scored.size,
        place=scored.place,
        status=scored.status,
        prediction=scored.prediction,
        flags=scored.flags,
        reason="",
        shares=None,
        verdict=None,
        app_version="",
    )


def test_it_refers_images_of_yet_another_microscope(model: ModelFolder) -> None:
    def other(rgb: np.ndarray) -> np.ndarray:
        return np.asarray(cv2.GaussianBlur(255 - rgb, (0, 0), 2) // 2 + np.array([90, 20, 60], np.uint8), np.uint8)

    found = _scored(model, (other(rgb_of(number)) for number in range(100, 108)))
    assert all(one.status is Status.REFERRED for one in found)
    assert all(Flag.OUT_OF_DISTRIBUTION in one.flags for one in found)


def test_its_backbone_is_a_copy(model: ModelFolder) -> None:
    backbone = find_model("smids")
    batch = np.random.default_rng(0).normal(size=(1, 3, 112, 112)).astype(np.float32)
    from sperm_viewer.inference.onnx_engine import OnnxEngine

    own, shipped = (OnnxEngine(one.path / ONNX_FILE).forward(batch) for one in (model, backbone))
    np.testing.assert_array_equal(own.features, shipped.features)
    assert not (model.path / WEIGHTS_FILE).is_symlink()
    assert backbone.id.sha256 in model.spec.data["backbone"]


def test_its_card_says_what_it_was_taught_from_and_how_good_it_is(taught: Taught) -> None:
    card = (taught.folder / "CARD.md").read_text("utf-8")
    assert taught.figure is not None
    assert f"| macro-F1 | {taught.figure.value:.3f} |" in card
    assert "28 normal, 28 tapered" in card
    assert "of 4 slides" in card


def test_labels_at_random_make_no_model_and_exit_with_1(folder: Path, tmp_path: Path) -> None:
    labels = np.random.default_rng(4).permutation([str(CLASSES[number % 2]) for number in range(COUNT)])
    (tmp_path / "random").mkdir()
    write_index(tmp_path / "random", labels.tolist(), folder)
    given = ["teach", str(tmp_path / "random"), "--name", "random", "--out", str(tmp_path / "models")]
    assert run_command(given) == 1
    assert [file.name for file in (tmp_path / "models" / "random").iterdir()] == [TEACHING_FILE]
    content = json.loads((tmp_path / "models" / "random" / TEACHING_FILE).read_text("utf-8"))
    assert content["teachable"] is False
    assert "no better than chance" in content["why"]


def test_copies_of_a_cell_count_once_and_contradictions_not_at_all(folder: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    rows = []
    for number in range(20):
        name = f"{number}.png"
        shutil.copy(folder / f"{number:02d}.png", site / name)
        shutil.copy(folder / f"{number:02d}.png", site / f"copy {name}")
        label = str(CLASSES[number % 2])
        other = "normal" if number == 1 else label
        rows += [f"{name},{label},slide {number % 3}", f"copy {name},{other},slide {number % 3}"]
    (site / "index.csv").write_text("\n".join(["path,label,slide", *rows]), "utf-8")
    found = teach_now(TeachRequest((site,), "copies", tmp_path / "models", find_model("smids")))
    assert (found.labels, found.teachable) == (19, False)
    assert found.why[0] == "19 cells have a label; 40 are needed."
    assert found.why[-1].startswith("21 labels did not count: unreadable images, copies, the same image with different")


def test_a_model_is_not_written_over_another(folder: Path, taught: Taught) -> None:
    request = TeachRequest((folder,), "ours", taught.folder.parent, find_model("smids"))
    with pytest.raises(SpermViewerError, match=r"ours: is there already, and isn't replaced\. Choose another name\.$"):
        teach_now(request)


def test_labels_outside_the_classes_asked_for_are_refused(folder: Path, tmp_path: Path) -> None:
    request = TeachRequest((folder,), "x", tmp_path, find_model("smids"), ("normal", "amorphous"))
    message = (
        r"^Cells have labels that are not among --classes: tapered\. Add those classes, or leave --classes away\.$"
    )
    with pytest.raises(SpermViewerError, match=message):
        teach_now(request)


@pytest.mark.parametrize("name", ["", " a", "a/b", ".."])
def test_a_name_that_no_folder_can_have_is_refused(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["teach", str(tmp_path), "--name", name]) == 1
    assert f"'{name}' can't be the name of a folder. Choose another name." in capsys.readouterr().err


def test_the_name_of_an_installed_model_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SpermViewerError, match=r"^There is a model named 'hushem' already, and it isn't replaced\."):
        teach_now(TeachRequest((folder,), "hushem", tmp_path, find_model("smids")))
