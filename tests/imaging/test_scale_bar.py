"""A scale bar is as long as it says."""

from __future__ import annotations

import numpy as np
import pytest

from sperm_viewer.imaging.scale_bar import bar_length, bar_text, with_scale_bar


@pytest.mark.parametrize(
    ("um_per_px", "width", "text"),
    [(0.0645, 1280, "20 µm"), (0.065, 200, "2 µm"), (0.05, 60, "0.5 µm"), (1, 10, "2 µm")],
)
def test_the_bar_is_a_round_length_of_at_most_a_third_of_the_image(um_per_px: float, width: int, text: str) -> None:
    um = bar_length(um_per_px, width)

    assert bar_text(um) == text
    assert 0.1 * width < um / um_per_px <= 0.31 * width


def test_the_drawn_bar_has_the_length_that_it_says() -> None:
    grey = np.full((200, 400, 3), 128, np.uint8)

    drawn = with_scale_bar(grey, 0.1)

    bar = (drawn[-10:] == 255).all(axis=2).sum(axis=1).max()
    assert bar * 0.1 == pytest.approx(bar_length(0.1, 400), abs=0.15)
    assert (grey == 128).all()


def test_an_image_of_unknown_scale_gets_no_bar() -> None:
    grey = np.full((40, 40, 3), 128, np.uint8)

    assert with_scale_bar(grey, None) is grey
