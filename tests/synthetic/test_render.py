"""What the renderer promises: the same bytes for the same description, and a truth that the pixels bear out."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from sperm_viewer.synthetic.render import (
    ACROSOME_VACUOLE,
    GREY,
    NECK_DROPLET,
    PINK,
    CellDescription,
    HeadClass,
    Look,
    Rendered,
    Spot,
    render_cell,
    render_debris,
    render_empty,
    render_field,
    typical_cell,
)

LOOKS = pytest.mark.parametrize("look", [PINK, GREY], ids=lambda look: look.name)
HEAD_CLASSES = pytest.mark.parametrize("head_class", list(HeadClass))
SEEDS = range(4)


def brightness(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    return np.asarray(rgb.astype(np.float64).mean(axis=2))


def head_frame(rendered: Rendered) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Of each pixel: how far it lies ahead (towards the acrosome) and to the right of the head's centre."""
    rows, columns = np.indices(rendered.mask.shape)
    x, y = np.asarray(columns - rendered.centre[0]), np.asarray(rows - rendered.centre[1])
    turn = math.radians(rendered.angle)
    ahead, right = -x * math.sin(turn) - y * math.cos(turn), x * math.cos(turn) - y * math.sin(turn)
    return np.asarray(ahead, np.float64), np.asarray(right, np.float64)


def width_at(rendered: Rendered, place: float) -> float:
    """Width of an upright head's mask, `place` from 0 at the neck to 1 at the tip of the acrosome."""
    widths = rendered.mask.sum(axis=1)
    rows = np.flatnonzero(widths)
    return float(widths[rows[-1] - round(place * (len(rows) - 1))])


@LOOKS
@HEAD_CLASSES
def test_same_description_renders_to_the_same_bytes(head_class: HeadClass, look: Look) -> None:
    first, second = (render_cell(typical_cell(head_class, look, seed=5)) for _ in range(2))
    assert first.rgb.tobytes() == second.rgb.tobytes()
    assert np.array_equal(first.mask, second.mask)


def test_bytes_are_those_of_every_other_platform() -> None:
    digest = hashlib.sha256()
    for look in (PINK, GREY):
        for head_class in HeadClass:
            digest.update(render_cell(typical_cell(head_class, look, seed=1)).rgb.tobytes())
        digest.update(render_debris(look, seed=1).tobytes())
    # Rendered on Linux, x86-64. A change of the renderer changes it; another platform or numpy must not.
    assert digest.hexdigest() == "7fdeee7061262a329305df2ae79a056a6f1aa41c841926d92795443f37e96a20"


@LOOKS
def test_other_seed_gives_other_grain(look: Look) -> None:
    assert not np.array_equal(render_empty(look, seed=1), render_empty(look, seed=2))


@LOOKS
@HEAD_CLASSES
def test_crop_has_the_looks_shape_and_is_rgb_bytes(head_class: HeadClass, look: Look) -> None:
    rendered = render_cell(typical_cell(head_class, look))
    assert rendered.rgb.shape == (*look.shape, 3)
    assert rendered.rgb.dtype == np.uint8
    assert rendered.mask.shape == look.shape
    assert render_cell(CellDescription(head_class, look, shape=(90, 120))).rgb.shape == (90, 120, 3)


@LOOKS
@HEAD_CLASSES
@pytest.mark.parametrize("seed", SEEDS)
def test_head_under_the_mask_is_darker_than_the_background(head_class: HeadClass, look: Look, seed: int) -> None:
    cell = replace(typical_cell(head_class, look, seed), neighbours=0, specks=0, tail=False)
    rendered = render_cell(cell)
    light = brightness(rendered.rgb)
    background = float(np.median(light[~rendered.mask]))
    assert light[rendered.mask].mean() < background - 40
    # Dark pixels lie on the head and nowhere else, but for lens and fringe at its rim.
    dark = light < background - 40
    assert (dark & rendered.mask).sum() / (dark | rendered.mask).sum() > 0.8


@LOOKS
@HEAD_CLASSES
@pytest.mark.parametrize("turn", [-170.0, -35.0, 0.0, 90.0, 135.0, 400.0])
def test_acrosome_points_where_the_angle_says(head_class: HeadClass, look: Look, turn: float) -> None:
    rendered = render_cell(CellDescription(head_class, look, turn=turn, acrosome=0.5, seed=2))
    assert -180 <= rendered.angle < 180
    assert math.cos(math.radians(rendered.angle - turn)) == pytest.approx(1)
    ahead, right = head_frame(rendered)
    light = brightness(rendered.rgb)
    acrosome = light[rendered.mask & (ahead > 0.15 * rendered.length)].mean()
    postacrosome = light[rendered.mask & (ahead < -0.15 * rendered.length)].mean()
    assert acrosome > postacrosome + 15
    assert np.ptp(ahead[rendered.mask]) == pytest.approx(rendered.length, abs=2)
    assert np.ptp(right[rendered.mask]) == pytest.approx(rendered.width, abs=2)


@HEAD_CLASSES
def test_quarter_turn_of_the_description_is_a_quarter_turn_of_the_mask(head_class: HeadClass) -> None:
    upright, turned = (
        render_cell(CellDescription(head_class, turn=turn, seed=3, shape=(121, 121))).mask for turn in (0.0, 90.0)
    )
    # numpy turns counter-clockwise as seen, as the angle does.
    assert np.array_equal(np.rot90(upright), turned)


def test_centre_is_the_masks_centroid_and_follows_the_offset() -> None:
    cell = CellDescription(HeadClass.NORMAL, seed=4)
    still, moved = render_cell(cell), render_cell(replace(cell, offset=(7.0, -4.0)))
    ys, xs = np.nonzero(still.mask)
    assert still.centre == pytest.approx((xs.mean(), ys.mean()))
    assert moved.centre == pytest.approx((still.centre[0] + 7, still.centre[1] - 4))


@pytest.mark.parametrize("seed", SEEDS)
def test_tapered_head_is_more_slender_than_a_normal_one(seed: int) -> None:
    normal, tapered = (render_cell(typical_cell(c, GREY, seed)) for c in (HeadClass.NORMAL, HeadClass.TAPERED))
    # WHO laboratory manual, 5th edition (2010): median 1.5, and 95% of normal heads between 1.3 and 1.8.
    assert 1.3 < normal.length / normal.width < 1.8
    assert tapered.length / tapered.width > 1.8


@pytest.mark.parametrize("seed", SEEDS)
def test_pyriform_head_is_widest_in_front_with_a_drawn_out_neck(seed: int) -> None:
    normal, pyriform = (
        render_cell(CellDescription(c, GREY, seed=seed)) for c in (HeadClass.NORMAL, HeadClass.PYRIFORM)
    )
    assert width_at(pyriform, 0.75) > 1.7 * width_at(pyriform, 0.2)
    assert width_at(normal, 0.75) < 1.5 * width_at(normal, 0.2)


@pytest.mark.parametrize("seed", SEEDS)
def test_amorphous_head_is_no_mirror_image_of_itself_but_a_normal_one_is(seed: int) -> None:
    def asymmetry(head_class: HeadClass) -> float:
        mask = render_cell(CellDescription(head_class, GREY, seed=seed, shape=(121, 121))).mask
        columns = np.flatnonzero(mask.any(axis=0))
        head = mask[:, columns[0] : columns[-1] + 1]
        return float((head ^ head[:, ::-1]).sum() / head.sum())

    assert asymmetry(HeadClass.NORMAL) < 0.1
    assert asymmetry(HeadClass.AMORPHOUS) > 0.1


def test_amorphous_heads_are_all_different() -> None:
    masks = [render_cell(CellDescription(HeadClass.AMORPHOUS, seed=seed)).mask for seed in SEEDS]
    for first, second in pairwise(masks):
        assert (first & second).sum() / (first | second).sum() < 0.95


@LOOKS
@pytest.mark.parametrize("turn", [0.0, 110.0])
@pytest.mark.parametrize("defect", [ACROSOME_VACUOLE, NECK_DROPLET], ids=["vacuole", "droplet"])
def test_defect_changes_the_image_at_its_own_place_only(look: Look, turn: float, defect: Spot) -> None:
    plain = CellDescription(HeadClass.NORMAL, look, turn=turn, seed=6)
    before, after = render_cell(plain), render_cell(replace(plain, spots=(defect,)))
    change = brightness(after.rgb) - brightness(before.rgb)
    (x, y), radius = after.spots[0], defect.radius * after.length
    rows, columns = np.indices(change.shape)
    away = np.hypot(columns - x, rows - y)
    inner = change[away < 0.6 * radius].mean()
    assert inner > 25 if defect.paleness > 0 else inner < -25
    # Lens, fringe and sharpening carry it a few pixels further.
    assert not change[away > 1.2 * radius + 14].any()
    assert np.array_equal(before.mask, after.mask)
    ahead, _ = head_frame(after)
    place = ahead[round(y), round(x)] / after.length
    assert place > 0.15 if defect.paleness > 0 else place < -0.4


def test_tail_starts_at_the_neck_and_leaves_the_head_alone() -> None:
    cell = CellDescription(HeadClass.NORMAL, GREY, seed=7)
    bare, tailed = render_cell(replace(cell, tail=False)), render_cell(cell)
    changed = np.abs(brightness(bare.rgb) - brightness(tailed.rgb)) > 6
    ahead, _ = head_frame(tailed)
    assert changed.sum() > 80
    assert ahead[changed].max() < -0.35 * tailed.length
    assert np.array_equal(bare.mask, tailed.mask)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("twin", [False, True])
def test_other_heads_and_specks_leave_the_head_alone(seed: int, twin: bool) -> None:
    cell = CellDescription(HeadClass.NORMAL, PINK, seed=seed)
    alone, crowded = render_cell(cell), render_cell(replace(cell, twin=twin, neighbours=3, specks=3))
    assert np.array_equal(alone.mask, crowded.mask)
    change = np.abs(brightness(alone.rgb) - brightness(crowded.rgb))
    assert change.max() > 40
    assert np.median(change[alone.mask]) == 0


@LOOKS
def test_twin_lies_close_by_the_right_flank(look: Look) -> None:
    cell = CellDescription(HeadClass.NORMAL, look, turn=30.0, tail=False, seed=4)
    alone, twins = render_cell(cell), render_cell(replace(cell, twin=True))
    stained = brightness(twins.rgb) < brightness(alone.rgb) - 40
    ahead, right = head_frame(twins)
    close = 0.6 * twins.length
    assert 0.5 * twins.width < right[stained & (np.abs(ahead) < close)].mean() < twins.length
    assert not (stained & twins.mask).any()


@LOOKS
def test_blurred_crop_has_no_sharp_edge_left(look: Look) -> None:
    sharp, soft = (render_cell(CellDescription(HeadClass.NORMAL, look, blur=blur, seed=8)) for blur in (0.0, 5.0))

    def steepest(rendered: Rendered) -> float:
        light = brightness(rendered.rgb)
        # Over four pixels, so that the camera's grain counts little.
        return float(np.abs(light[4:] - light[:-4]).max())

    assert steepest(soft) < 0.5 * steepest(sharp)


@LOOKS
def test_stain_of_zero_leaves_no_head_to_see(look: Look) -> None:
    rendered = render_cell(CellDescription(HeadClass.NORMAL, look, stain=0.0, tail=False))
    light = brightness(rendered.rgb)
    assert light[rendered.mask].mean() == pytest.approx(light[~rendered.mask].mean(), abs=4)


@LOOKS
def test_empty_crop_is_background_all_over(look: Look) -> None:
    rgb = render_empty(look, seed=9)
    assert rgb.shape == (*look.shape, 3)
    assert np.ptp(brightness(rgb)) < 45
    colours = np.array(look.backgrounds)
    colour = np.median(rgb, axis=(0, 1))
    assert (colours.min(axis=0) - 6 < colour).all()
    assert (colour < colours.max(axis=0) + 6).all()


@LOOKS
@pytest.mark.parametrize("seed", SEEDS)
def test_debris_is_stained_in_the_middle_of_the_crop(look: Look, seed: int) -> None:
    light = brightness(render_debris(look, seed))
    height, width = look.shape
    dark = light < np.median(light) - 25
    middle = dark[height // 4 : -height // 4, width // 4 : -width // 4]
    assert middle.sum() > 60


def test_field_knows_every_head_it_shows() -> None:
    field = render_field(PINK, seed=1, heads=12, shape=(400, 500))
    assert field.rgb.shape == (400, 500, 3)
    assert len(field.heads) == 12
    light = brightness(field.rgb)
    background = np.median(light[field.labels == 0])
    for label, head in enumerate(field.heads, start=1):
        ys, xs = np.nonzero(field.labels == label)
        assert head.centre == pytest.approx((xs.mean(), ys.mean()))
        assert light[ys, xs].mean() < background - 40
        assert ys.min() > 0
        assert ys.max() < 399
        assert len(xs) > 0.5 * head.length * head.width


def test_field_that_is_too_full_is_refused() -> None:
    with pytest.raises(ValueError, match="don't fit"):
        render_field(PINK, heads=50, shape=(150, 150))


def test_head_at_the_edge_is_cut_off_in_mask_and_centre() -> None:
    whole = render_cell(CellDescription(HeadClass.NORMAL, PINK))
    cut = render_cell(CellDescription(HeadClass.NORMAL, PINK, offset=(65.0, 0.0)))
    assert 0.3 < cut.mask.sum() / whole.mask.sum() < 0.7
    assert cut.centre[0] < 130
    assert cut.length == whole.length


def test_head_outside_the_crop_is_refused() -> None:
    with pytest.raises(ValueError, match="outside the crop"):
        render_cell(CellDescription(HeadClass.NORMAL, offset=(500.0, 0.0)))


@pytest.mark.parametrize(
    "impossible",
    [
        {"length": 0.0},
        {"width": -3.0},
        {"acrosome": 1.5},
        {"stain": -1.0},
        {"neighbours": -1},
        {"seed": -1},
        {"shape": (0, 40)},
    ],
    ids=lambda impossible: next(iter(impossible)),
)
def test_impossible_description_is_refused(impossible: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"too small|between|negative|no pixels"):
        replace(CellDescription(HeadClass.NORMAL), **impossible)  # type: ignore[arg-type]
