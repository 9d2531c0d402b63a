"""What becomes of one crop: scored, referred with a reason, or failed with a reason; never a guess."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from sperm_viewer.domain.arrays import FloatArray, UInt8Array
from sperm_viewer.domain.cell import CellFailed, CellScored, Status
from sperm_viewer.domain.errors import ModelError
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.prediction import Forward
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.inference.open_engine import open_scorer
from sperm_viewer.inference.scorer import Scorer
from sperm_viewer.synthetic.render import (
    GREY,
    PINK,
    HeadClass,
    Look,
    render_cell,
    render_empty,
    typical_cell,
)


@pytest.fixture(scope="module")
def scorers() -> dict[str, Scorer]:
    return {name: open_scorer(find_model(name), "onnx", "cpu", None).scorer for name in ("smids", "hushem")}


def _score(scorer: Scorer, rgb: UInt8Array) -> CellScored:
    return scorer.score_pixels(ImageRef("A", Path("a.png")), rgb, "", frozenset())


def test_a_plain_head_has_a_heatmap_and_probabilities_that_add_up(scorers: dict[str, Scorer]) -> None:
    event = _score(scorers["smids"], render_cell(typical_cell(HeadClass.NORMAL)).rgb)
    assert sum(event.prediction.probabilities) == pytest.approx(1, abs=1e-6)
    assert event.heatmap.peak > event.heatmap.floor >= 0
    assert event.heatmap.grid.max() == 255


@pytest.mark.parametrize("name", ["smids", "hushem"])
@pytest.mark.parametrize("look", [GREY, PINK])
def test_what_is_unlike_the_training_data_is_referred_in_words(
    scorers: dict[str, Scorer], name: str, look: Look
) -> None:
    """A drawn head imitates the stain of a data set, not its grain; noise imitates nothing."""
    noise = np.random.default_rng(0).integers(0, 256, (160, 160, 3), dtype=np.uint8)
    for rgb in (render_cell(typical_cell(HeadClass.NORMAL, look)).rgb, noise):
        event = _score(scorers[name], rgb)
        assert (event.status, Flag.OUT_OF_DISTRIBUTION in event.flags) == (Status.REFERRED, True)
        assert "unlike those that the model learnt from" in event.reason
    assert event.reason.split("Different from the training data: ")[1].startswith("colour")


def test_what_is_different_is_named(scorers: dict[str, Scorer]) -> None:
    """A head of the other data set's look is of another colour; the same drawing blurred lacks detail."""
    pink = render_cell(typical_cell(HeadClass.NORMAL, PINK)).rgb
    said = {
        "colour": _score(scorers["smids"], pink).reason,
        "brightness": _score(
            scorers["smids"], (render_cell(typical_cell(HeadClass.NORMAL)).rgb * 0.4).astype(np.uint8)
        ).reason,
        "focus or grain": _score(scorers["hushem"], np.asarray(cv2.GaussianBlur(pink, (0, 0), 5), np.uint8)).reason,
    }
    for aspect, reason in said.items():
        assert aspect in reason.split("Different from the training data:")[1], reason


@pytest.mark.parametrize("name", ["smids", "hushem"])
def test_a_crop_without_a_head_is_referred_and_has_no_place(scorers: dict[str, Scorer], name: str) -> None:
    event = _score(scorers[name], render_empty())
    assert (event.status, Flag.NO_HEAD in event.flags) == (Status.REFERRED, True)
    assert "No head" in event.reason
    assert (event.place, event.morphometry) == (None, None)


@pytest.mark.parametrize("name", ["smids", "hushem"])
def test_a_crop_under_32_pixels_is_referred_not_guessed(scorers: dict[str, Scorer], name: str) -> None:
    rgb = render_cell(typical_cell(HeadClass.NORMAL)).rgb[60:91, 40:140]
    event = _score(scorers[name], np.ascontiguousarray(rgb))
    assert event.status is Status.REFERRED
    assert "32 pixels" in event.reason


def test_a_head_of_a_size_that_cannot_be_is_flagged(scorers: dict[str, Scorer]) -> None:
    small = render_cell(typical_cell(HeadClass.NORMAL)).rgb
    huge = np.kron(small, np.ones((4, 4, 1), np.uint8))
    assert Flag.HEAD_SIZE in _score(scorers["smids"], huge).flags
    assert Flag.HEAD_SIZE not in _score(scorers["smids"], small).flags


def test_a_file_that_is_no_image_fails_with_a_reason_and_its_hash(scorers: dict[str, Scorer], tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(b"nothing of the kind")
    (event,) = scorers["smids"].score(ImageRef("A", path))
    assert isinstance(event, CellFailed)
    assert event.reason
    assert len(event.sha256) == 64


def test_a_file_that_vanished_fails_with_a_reason(scorers: dict[str, Scorer], tmp_path: Path) -> None:
    (event,) = scorers["smids"].score(ImageRef("A", tmp_path / "gone.png"))
    assert isinstance(event, CellFailed)
    assert event.reason
    assert event.sha256 == ""


def test_a_deep_image_is_flagged_as_windowed(scorers: dict[str, Scorer], tmp_path: Path) -> None:
    grey = render_cell(typical_cell(HeadClass.NORMAL)).rgb[..., 1].astype(np.uint16) * 17
    path = tmp_path / "deep.png"
    Image.fromarray(grey).save(path)
    (event,) = scorers["smids"].score(ImageRef("A", path))
    assert isinstance(event, CellScored)
    assert Flag.WINDOWED in event.flags


def test_neither_the_container_nor_the_size_of_the_crop_changes_the_class(
    scorers: dict[str, Scorer], tmp_path: Path
) -> None:
    """The same head, with more background around it and in another format."""
    rgb = render_cell(typical_cell(HeadClass.NORMAL, seed=5)).rgb
    padded = np.pad(rgb, ((20, 20), (20, 20), (0, 0)), mode="reflect")
    Image.fromarray(rgb).save(tmp_path / "a.png")
    Image.fromarray(rgb).save(tmp_path / "a.bmp")
    (first,), (second,) = (scorers["smids"].score(ImageRef("A", tmp_path / name)) for name in ("a.png", "a.bmp"))
    assert isinstance(first, CellScored)
    assert isinstance(second, CellScored)
    assert first.prediction == second.prediction
    assert _score(scorers["smids"], padded).prediction.probabilities == pytest.approx(
        first.prediction.probabilities, abs=0.02
    )


class _Broken:
    """An engine whose network gives these logits."""

    name, device = "onnx", "cpu"

    def __init__(self, logits: list[float]) -> None:
        self._logits = np.array([logits], np.float32)

    def forward(self, batch: FloatArray) -> Forward:
        views = len(batch)
        return Forward(np.repeat(self._logits, views, axis=0), np.ones((views, 1280, 4, 4), np.float32))


@pytest.mark.parametrize(
    ("logits", "message"),
    [([1.0, float("nan"), 0.0], "not numbers"), ([1.0, 0.0], "2 outputs for its 3 classes"), ([1.0] * 4, "4 outputs")],
)
def test_a_network_without_a_number_for_each_class_scores_nothing(
    scorers: dict[str, Scorer], logits: list[float], message: str
) -> None:
    sound = scorers["smids"]
    broken = Scorer(find_model("smids"), _Broken(logits), sound._weights, sound._reference)
    with pytest.raises(ModelError, match=message):
        _score(broken, render_cell(typical_cell(HeadClass.NORMAL)).rgb)
