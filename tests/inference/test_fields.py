"""A field's heads become cells, wherever they are and at whatever scale; a crop stays one cell."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from sperm_viewer.domain.cell import CellScored, Status
from sperm_viewer.domain.detection import ImageHints, KnownHead, KnownHeads
from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.image import ImageKind, ImageRef
from sperm_viewer.imaging.cell_part import cell_part, cut_part
from sperm_viewer.imaging.head import find_heads
from sperm_viewer.inference.fields import CellFinder
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.inference.open_engine import open_scorer
from sperm_viewer.inference.preprocess import turned_views, view_transforms
from sperm_viewer.inference.scorer import Scorer
from sperm_viewer.inference.seen_cell import at_scale, scale_of, window_of
from sperm_viewer.synthetic.render import (
    GREY,
    PINK,
    HeadClass,
    RenderedField,
    render_cell,
    render_empty,
    render_field,
    typical_cell,
)

_HEADS = 14


@cache
def field() -> RenderedField:
    return render_field(GREY, seed=4, heads=_HEADS, shape=(520, 640))


@cache
def scorer(name: str = "smids") -> Scorer:
    return open_scorer(find_model(name), "onnx", "cpu", None).scorer


@cache
def events(name: str = "smids") -> tuple[CellScored, ...]:
    return _score(field().rgb, name)


def _score(rgb: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], name: str = "smids") -> tuple[CellScored, ...]:
    return scorer(name).score_image(ImageRef("A", Path("a.png")), rgb, "ab", frozenset())


def _middle(event: CellScored) -> tuple[float, float]:
    assert event.place
    return event.place.x + event.place.width / 2, event.place.y + event.place.height / 2


def test_every_head_of_a_field_is_a_cell_with_its_box_in_the_image() -> None:
    centres = [head.centre for head in field().heads]
    nearest = [min(range(_HEADS), key=lambda i: math.dist(centres[i], _middle(event))) for event in events()]
    assert sorted(nearest) == list(range(_HEADS))
    assert all(event.in_field and event.size == (640, 520) for event in events())
    tops = [event.place.y for event in events() if event.place]
    assert tops == sorted(tops)


def test_a_heads_measurements_are_those_it_was_rendered_with() -> None:
    apart = []
    for event in events():
        assert event.morphometry
        truth = min(field().heads, key=lambda head: math.dist(head.centre, _middle(event)))
        apart.append(event.morphometry.length / truth.length)
    assert np.median(apart) == pytest.approx(1, abs=0.03)


def test_a_head_that_the_border_cuts_is_flagged_and_not_counted() -> None:
    x = round(field().heads[0].centre[0])
    found = _score(np.ascontiguousarray(field().rgb[:, x:]))
    cut = [event for event in found if event.place and event.place.x <= 1]
    assert cut
    for event in cut:
        assert (event.status, Flag.CUT in event.flags) == (Status.NOT_COUNTED, True)
        assert event.reason == "The border of the field cuts this head, so the cell is not counted."
    assert any(event.status is not Status.NOT_COUNTED for event in found)


def test_a_field_without_a_head_is_one_referred_row_without_a_box() -> None:
    (event,) = _score(np.full((600, 800, 3), 205, np.uint8))
    assert (event.status, event.place, event.in_field) == (Status.REFERRED, None, True)
    assert Flag.NO_HEAD in event.flags


@pytest.mark.parametrize("scale", [0.8, 2.0])
def test_a_field_at_another_magnification_gives_nearly_the_same_probabilities(scale: float) -> None:
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    found = _score(np.asarray(cv2.resize(field().rgb, None, fx=scale, fy=scale, interpolation=method), np.uint8))
    assert len(found) >= _HEADS - 1
    apart = []
    for event in found:
        x, y = (at / scale for at in _middle(event))
        same = min(events(), key=lambda other: math.dist(_middle(other), (x, y)))
        apart.append(np.abs(np.subtract(event.prediction.probabilities, same.prediction.probabilities)).max())
    assert np.median(apart) < 0.1


@pytest.mark.parametrize("enlarge", [1, 4])
@pytest.mark.parametrize("look", [GREY, PINK])
def test_a_crop_of_any_size_stays_one_cell(look: object, enlarge: int) -> None:
    small = render_cell(typical_cell(HeadClass.NORMAL, GREY if look is GREY else PINK)).rgb
    rgb = np.kron(small, np.ones((enlarge, enlarge, 1), np.uint8))
    (cell,) = CellFinder().find(rgb, 50.0)
    assert not cell.in_field
    assert cell.scale == 1
    assert cell.rgb is rgb
    assert CellFinder().find(render_empty(), 50.0)[0].place is None


def test_a_crops_cell_has_the_box_of_the_head_that_is_scored() -> None:
    rgb = render_cell(typical_cell(HeadClass.TAPERED)).rgb
    (event,) = _score(rgb)
    head = find_heads(rgb)[0]
    assert event.place
    assert (event.place.x, event.place.y) == head.corner
    assert (event.place.height, event.place.width) == head.mask.shape


def test_a_cells_heat_lies_on_its_part_of_the_field() -> None:
    preprocessing = find_model("smids").spec.preprocessing
    for event in events():
        assert event.place
        left, top, right, bottom = part = cell_part(event.place, 640, 520)
        middle = event.heatmap.placement @ [
            event.place.x + event.place.width / 2 - left,
            event.place.y + event.place.height / 2 - top,
            1,
        ]
        assert middle == pytest.approx([0.5, 0.5], abs=0.06)
        scale = scale_of(event.heatmap, preprocessing.window)
        assert at_scale(cut_part(field().rgb, part), scale).shape[:2] == (
            round((bottom - top) * scale),
            round((right - left) * scale),
        )


def test_the_windows_of_a_scoring_are_found_again_from_its_heatmap() -> None:
    preprocessing = find_model("smids").spec.preprocessing
    rgb = render_cell(typical_cell(HeadClass.NORMAL)).rgb
    (event,) = _score(rgb)
    expected = view_transforms(rgb, find_heads(rgb)[0], preprocessing)
    first = window_of(event.heatmap, scale_of(event.heatmap, preprocessing.window), preprocessing.size)
    for found, view in zip(turned_views(first, preprocessing), expected, strict=True):
        assert np.allclose(found, view, atol=1e-6)


def test_heads_that_are_known_are_scored_where_they_are_and_none_is_looked_for() -> None:
    found = [event for event in events() if event.status is not Status.NOT_COUNTED]
    heads = tuple(
        KnownHead(event.outline, event.place, event.morphometry) for event in found if event.outline is not None
    )
    hints = ImageHints(KnownHeads(heads, (2, 0)))
    again = scorer().score_image(ImageRef("A", Path("a.png")), field().rgb, "ab", frozenset(), hints)
    assert [(event.place, event.morphometry) for event in again] == [
        (found[index].place, found[index].morphometry) for index in (2, 0)
    ]
    assert [event.prediction.first for event in again] == [found[index].prediction.first for index in (2, 0)]


def test_a_new_outline_is_measured_and_flagged_if_the_border_cuts_it() -> None:
    (whole,) = [event for event in events() if event.outline is not None][:1]
    moved = whole.outline - np.array([whole.outline[:, 0].min() + 1, 0], np.float32)
    hints = ImageHints(KnownHeads((KnownHead(whole.outline), KnownHead(moved)), (0, 1)))
    first, cut = scorer().score_image(ImageRef("A", Path("a.png")), field().rgb, "ab", frozenset(), hints)
    assert first.morphometry.length == pytest.approx(whole.morphometry.length, rel=1e-4)
    assert first.status is not Status.NOT_COUNTED
    assert (cut.status, Flag.CUT in cut.flags) == (Status.NOT_COUNTED, True)


def test_an_outline_that_encloses_nothing_is_refused() -> None:
    point = KnownHead(np.full((4, 2), 30.0, np.float32))
    with pytest.raises(ImageRefusedError, match=r"^The outline encloses nothing\. Draw it around a head\.$"):
        scorer().score_image(
            ImageRef("A", Path("a.png")), field().rgb, "ab", frozenset(), ImageHints(KnownHeads((point,), (0,)))
        )


def test_a_person_decides_whether_an_image_is_a_field_or_a_crop() -> None:
    (crop,) = scorer().score_image(
        ImageRef("A", Path("a.png")), field().rgb, "ab", frozenset(), ImageHints(kind=ImageKind.CROP)
    )
    assert not crop.in_field
    small = render_cell(typical_cell(HeadClass.NORMAL, GREY, 3)).rgb
    as_field = scorer().score_image(
        ImageRef("A", Path("b.png")), small, "ab", frozenset(), ImageHints(kind=ImageKind.FIELD)
    )
    assert all(event.in_field for event in as_field)
