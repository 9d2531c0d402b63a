"""Pictures at one scale: 15 µm where the scale is known, one size for each slide where it isn't."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cells import MEASURED, in_field, session_with

from sperm_viewer.domain.cell import Place
from sperm_viewer.domain.sample import SlideDetails
from sperm_viewer.imaging.equal_scale import EqualScale, equal_scale
from sperm_viewer.imaging.square_part import square_part
from sperm_viewer.session.session import Session

_SMALL, _LARGE = Place(200, 200, 30, 40), Place(400, 200, 60, 80)


@pytest.fixture
def session(tmp_path: Path) -> Session:
    made, (ref,) = session_with(tmp_path, ["a.png"])
    first, second = in_field(ref, _SMALL, _LARGE)
    made.record([replace(first, morphometry=replace(MEASURED, length=40.0)), second])
    return made


def test_a_head_that_is_twice_as_large_is_shown_twice_as_large(session: Session) -> None:
    small, large = session.all_cells()
    equal = equal_scale(session)

    assert equal.side(small) == equal.side(large) == pytest.approx(3.3 * 50)
    assert equal.share(large) == pytest.approx(2 * equal.share(small), rel=0.02)
    session.close()


def test_with_a_scale_every_picture_shows_fifteen_micrometres(session: Session) -> None:
    small, _ = session.all_cells()
    equal = EqualScale({small.slide: SlideDetails(um_per_px=0.1)}, {})

    assert equal.side(small) == pytest.approx(150)
    centre, side = equal.square(small) or ((0.0, 0.0), 0.0)
    # The crop begins 1.5 diagonals of 50 px left of and above the head's middle.
    assert centre == pytest.approx((74.5, 74.5), abs=1)
    assert side == pytest.approx(150)
    session.close()


def test_without_a_measured_head_there_is_no_common_scale(session: Session) -> None:
    small, _ = session.all_cells()
    assert EqualScale({}, {}).share(small) is None
    session.close()


def test_a_square_beyond_the_image_is_filled_with_grey_and_keeps_its_scale() -> None:
    image = np.zeros((60, 60, 3), np.uint8)
    image[28:32, 28:32] = 255

    shown = square_part(image, (29.5, 29.5), 120.0, 120)

    assert shown.shape == (120, 120, 3)
    assert tuple(shown[0, 0]) == (238, 238, 238)
    assert (shown[40:80, 40:80] == 255).all(axis=2).sum() == pytest.approx(16, abs=9)
