"""A run says which scale the files name, and which scale can't be right; it never uses one that nobody confirmed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from cells import MEASURED, PLACE, in_field, session_with

from sperm_viewer.domain.sample import SlideDetails
from sperm_viewer.run.scale_notices import scale_notices
from sperm_viewer.session.session import Session
from sperm_viewer.session.slide_scales import field_sizes, median_length


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """Two fields of 640 x 480 px with heads of 60 px; the first file says 0.08 µm per pixel."""
    made, refs = session_with(tmp_path, ["a.tif", "b.tif"])
    refs[0].path.parent.mkdir()
    pixels = np.full((48, 64, 3), 200, np.uint8)
    tifffile.imwrite(
        refs[0].path, pixels, photometric="rgb", resolution=(125000, 125000), resolutionunit=3, metadata=None
    )
    for ref in refs:
        made.record([replace(event, morphometry=MEASURED) for event in in_field(ref, PLACE)])
    return made


def _notices(session: Session, **details: object) -> list[str]:
    (sample,) = session.samples()
    if details:
        session.set_slide_details(sample.slides[0].id, SlideDetails(**details), "Ana")
    return list(scale_notices(session))


def test_the_scale_of_the_files_is_shown_for_confirmation_and_not_used(session: Session) -> None:
    with session:
        assert _notices(session) == [
            "The files of slide 'A-017' say 0.08 µm per pixel (TIFF resolution). Confirm it in Slide Details; until "
            "then lengths are in pixels."
        ]
        assert session.samples()[0].slides[0].details.um_per_px is None


def test_a_confirmed_scale_that_fits_is_not_mentioned_again(session: Session) -> None:
    with session:
        assert _notices(session, um_per_px=0.08, scale_size="640 x 480") == []


def test_a_scale_of_images_of_another_size_leaves_lengths_in_pixels_and_says_so(session: Session) -> None:
    with session:
        (notice,) = _notices(session, um_per_px=0.08, scale_size="1280 x 960")
        assert "fields of 640 x 480 px, but its scale was measured on 1280 x 960 px" in notice
        slide = session.samples()[0].slides[0]
        assert median_length(session, slide.id, slide.details) is None
        assert field_sizes(session, slide.id) == {(640, 480)}


def test_heads_of_an_impossible_length_and_files_of_another_scale_are_warned_of(session: Session) -> None:
    with session:
        length, files = _notices(session, um_per_px=0.16)
        assert "median length of 9.6 µm" in length
        assert "say 0.08 µm per pixel, its details 0.16" in files
