"""The shipped detector on rendered fields, and its folder."""

from __future__ import annotations

import math
import shutil
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from sperm_viewer.domain.detection import Detection
from sperm_viewer.domain.errors import EngineError, ModelError
from sperm_viewer.imaging.head_finder import ThresholdFinder
from sperm_viewer.inference.detections import detections
from sperm_viewer.inference.detector import HEAD_MICROMETRES, Detector
from sperm_viewer.inference.detector_folder import (
    FOLDER,
    ONNX_FILE,
    SPEC_FILE,
    open_detector,
    open_finder,
    read_detector_spec,
)
from sperm_viewer.inference.detector_heads import group_heads
from sperm_viewer.synthetic.render import GREY, PINK, RenderedField, render_field
from sperm_viewer.system import paths

_SHIPPED = paths.resources() / FOLDER
_MOST_BYTES = 8 * 2**20


@cache
def detector() -> Detector:
    return open_detector(_SHIPPED, threads=1)


@cache
def field() -> RenderedField:
    return render_field(GREY, seed=4, heads=14, shape=(520, 640))


def _found(found: list[Detection], truth: RenderedField, scale: float = 1.0) -> list[int]:
    """How many of the detections have their centre in each head."""
    counts = [0] * len(truth.heads)
    for detection in found:
        x, y = (round(float(at) / scale) for at in detection.head.centre)
        label = int(truth.labels[min(max(y, 0), 519), min(max(x, 0), 639)])
        if label:
            counts[label - 1] += 1
    return counts


def test_every_head_of_a_rendered_field_is_found_once() -> None:
    found = detector().find(field().rgb)

    assert _found(found, field()) == [1] * 14
    assert len(found) <= 15


def test_a_head_has_the_angle_and_size_it_was_rendered_with() -> None:
    errors, sizes = [], []
    for detection in detector().find(field().rgb):
        truth = min(field().heads, key=lambda head: math.dist(head.centre, detection.head.centre))
        if detection.head.oriented and truth.length > 1.3 * truth.width:
            errors.append(abs((detection.head.angle - truth.angle + 180) % 360 - 180))
        sizes.append(detection.head.length / truth.length)

    assert len(errors) >= 6
    assert np.median(errors) < 8
    assert np.median(sizes) == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("shift", [0, 112, 208, 304])
def test_no_head_is_lost_or_doubled_at_a_seam_wherever_the_tiles_lie(shift: int) -> None:
    maps = detector().maps(field().rgb, 1.0, tile=384, shift=shift)
    found = detections(field().rgb, group_heads(maps, 0.3), 1.0)

    assert _found(found, field()) == [1] * 14


@pytest.mark.parametrize("scale", [0.7, 2.2])
def test_the_scale_is_found_out_where_it_is_not_known(scale: float) -> None:
    rgb = cv2.resize(
        field().rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    )

    assert sum(count == 1 for count in _found(detector().find(np.asarray(rgb, np.uint8)), field(), scale)) >= 13


def test_with_a_known_scale_it_is_not_tried_out() -> None:
    found = detector().find(field().rgb, HEAD_MICROMETRES / GREY.head_length)

    assert _found(found, field()) == [1] * 14


def test_the_same_field_gives_the_same_heads() -> None:
    first, second = detector().find(field().rgb), detector().find(field().rgb)

    assert [one.box for one in first] == [one.box for one in second]
    assert [one.score for one in first] == [one.score for one in second]


def test_a_head_that_the_border_cuts_is_marked() -> None:
    truth = field().heads[0]
    x = round(truth.centre[0])
    found = detector().find(np.ascontiguousarray(field().rgb[:, x:]))

    assert any(one.cut and one.box[0] <= 1 for one in found)
    assert not all(one.cut for one in found)


@pytest.mark.parametrize("shape", [(1, 1), (9, 40), (33, 17)])
def test_a_tiny_image_has_no_heads_and_no_error(shape: tuple[int, int]) -> None:
    assert detector().find(np.full((*shape, 3), 200, np.uint8)) == []


def test_a_bare_field_has_no_heads() -> None:
    assert detector().find(np.full((300, 400, 3), 210, np.uint8)) == []


def test_the_network_is_small_enough_to_ship() -> None:
    assert (_SHIPPED / ONNX_FILE).stat().st_size <= _MOST_BYTES


def test_an_altered_network_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "detector"
    shutil.copytree(_SHIPPED, folder)
    with (folder / ONNX_FILE).open("ab") as file:
        file.write(b"x")

    with pytest.raises(ModelError, match="sha256"):
        open_detector(folder)


_SCORE = 'name = "d"\ntitle = "t"\narchitecture = "a"\nleast_score = {}\n[data]\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("format = 2", r"detector\.toml: made for another version of Sperm Viewer\. Update both\."),
        ("format = 1\nname = 3", r"detector\.toml: not a detector's description \(.+\)\. Install the detector again\."),
        ("no toml [", r"detector\.toml: not a detector's description \(.+\)\. Install the detector again\."),
        ("format = 1\n" + _SCORE.format("2.0"), r"detector\.toml: least_score or files out of range\. Install"),
    ],
)
def test_a_description_that_does_not_fit_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / SPEC_FILE).write_text(text)

    with pytest.raises(ModelError, match=message):
        read_detector_spec(tmp_path)


def test_a_folder_without_its_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"detector\.toml: can't be read \(.+\)\. Install the detector again\."):
        read_detector_spec(tmp_path)
    shutil.copy(_SHIPPED / SPEC_FILE, tmp_path)
    with pytest.raises(ModelError, match=r"model\.onnx: can't be read \(.+\)\. Install the detector again\."):
        open_detector(tmp_path)


def test_a_network_that_does_not_load_or_fails_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ONNX_FILE).write_bytes(b"no network")
    with pytest.raises(
        EngineError, match=r"model\.onnx: ONNX Runtime can't load this \(.+\)\. Install the model again\."
    ):
        Detector(tmp_path / ONNX_FILE, 0.5)

    broken = Detector(_SHIPPED / ONNX_FILE, 0.5, threads=1)
    monkeypatch.setattr("sperm_viewer.inference.detector.network_input", lambda _: np.zeros((3, 5, 5), np.float32))
    with pytest.raises(EngineError, match=r"ONNX Runtime failed on the detector \(.+\)\. Score again\."):
        broken.find(np.full((64, 64, 3), 200, np.uint8))


def test_without_a_detector_heads_are_found_by_threshold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "resources", lambda: tmp_path)
    finder = open_finder()

    assert isinstance(finder, ThresholdFinder)
    truth = render_field(PINK, seed=2, heads=8, shape=(520, 640))
    assert sum(count == 1 for count in _found(finder.find(truth.rgb), truth)) >= 7
