"""Colour profiles are converted, and more than 8 bits are windowed, the same way in every format."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from image_bytes import (
    drawn_crop,
    pillow_bytes,
    png_bytes,
    sixteen_bits,
    srgb_profile,
    tiff_bytes,
)
from PIL import Image

from sperm_viewer.domain.flags import Flag
from sperm_viewer.imaging.reading import colour
from sperm_viewer.imaging.reading.read import decode

PIXELS = drawn_crop()
IMAGE = Image.fromarray(PIXELS)
GREY = PIXELS[..., :1]


def grey_profile(gamma: float) -> bytes:
    """A colour profile for grey images, of version 2 of the ICC's specification."""
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    table = struct.pack(">I4sII4sII", 2, b"wtpt", 156, len(white), b"kTRC", 176, len(curve))
    head = struct.pack(">I4sI4s4s4s12x4s28x", 192, b"lcms", 0x02100000, b"mntr", b"GRAY", b"XYZ ", b"acsp")
    return (head + struct.pack(">3i48x", 63190, 65536, 54061) + table).ljust(156, b"\0") + white + curve


def swapped_profile() -> bytes:
    """sRGB with red and green exchanged."""
    return srgb_profile().replace(b"rXYZ", b"tmp ", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"tmp ", b"gXYZ", 1)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "JPEG"])
def test_an_embedded_profile_is_converted_to_srgb(kind: str) -> None:
    red = Image.new("RGB", (32, 32), (200, 30, 30))
    options = {"lossless": True} if kind == "WEBP" else {}
    rgb, _ = decode(pillow_bytes(red, kind, icc_profile=swapped_profile(), **options))
    assert np.abs(rgb[9, 9].astype(int) - (30, 200, 30)).max() < 8


def test_a_grey_image_has_its_grey_profile_applied() -> None:
    grey = Image.new("L", (32, 32), 128)
    rgb, _ = decode(pillow_bytes(grey, "PNG", icc_profile=grey_profile(1.0)))
    assert np.abs(rgb.astype(int) - 188).max() < 3


@pytest.mark.parametrize("profile", [b"nonsense" * 50, srgb_profile()[:300], grey_profile(1.0)])
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_a_profile_that_is_broken_or_of_another_kind_is_ignored(kind: str, profile: bytes) -> None:
    data = pillow_bytes(IMAGE, kind, icc_profile=profile, **({"lossless": True} if kind == "WEBP" else {}))
    assert np.array_equal(decode(data)[0], PIXELS)


# --- The window ---------------------------------------------------------------------------------------------------


def test_16_bits_and_floats_have_the_same_window_on_every_route() -> None:
    deep = sixteen_bits(PIXELS)
    opaque = np.full((*deep.shape[:2], 1), 65535, np.uint16)
    routes = [
        png_bytes(deep),
        png_bytes(deep, interlaced=True),
        png_bytes(np.dstack([deep, opaque])),
        tiff_bytes(deep, photometric="rgb"),
        tiff_bytes(deep.astype(">u2"), photometric="rgb", byteorder=">", compression="lzw", predictor=True),
        tiff_bytes(deep.astype(np.uint32) + 70_000_000, photometric="rgb"),
        tiff_bytes(deep.astype(np.float32), photometric="rgb", compression="zlib", predictor=3),
        tiff_bytes(deep.astype(np.float64) / 1024 - 20, photometric="rgb"),
        tiff_bytes((deep - 20_000.0).astype(np.int16), photometric="rgb", planarconfig="contig"),
    ]
    expected = np.rint((deep - 1000.0) * 255 / 29_000)
    for data in routes:
        rgb, flags = decode(data)
        assert np.array_equal(rgb, expected)
        assert flags == {Flag.WINDOWED}


def test_the_window_goes_from_the_darkest_to_the_brightest_value_of_all_channels_together() -> None:
    samples = np.zeros((2, 2, 3), np.uint16)
    samples[...] = [[[500, 700, 900]]]
    samples[0, 0] = (400, 600, 1400)
    assert colour.window(samples)[1, 1].tolist() == [26, 76, 128]
    assert colour.window(samples)[0, 0].tolist() == [0, 51, 255]


def test_a_window_on_one_value_is_mid_grey() -> None:
    assert np.unique(colour.window(np.full((5, 5, 1), 700, np.uint16))).tolist() == [128]


def test_infinity_is_the_brightest_and_what_is_no_number_the_darkest() -> None:
    samples = np.array([[[0.25], [0.5], [np.nan]], [[np.inf], [-np.inf], [0.75]]], np.float32)
    assert colour.window(samples)[..., 0].tolist() == [[0, 128, 0], [255, 0, 255]]


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_the_largest_and_smallest_floats_have_a_window_without_warnings(kind: type[np.floating]) -> None:
    limits = np.finfo(kind)
    huge = np.array([[[limits.min], [0], [limits.max]]], kind)
    tiny = np.array([[[0], [limits.smallest_subnormal], [2 * limits.smallest_subnormal]]], kind)
    assert colour.window(huge).ravel().tolist() == [0, 128, 255]
    assert colour.window(tiny).ravel().tolist() == [0, 128, 255]


def test_pixels_that_can_not_be_seen_have_no_say_in_the_window() -> None:
    deep = np.full((40, 40, 4), (1000, 2000, 3000, 65535), np.uint16)
    deep[:10] = (60_000, 0, 60_000, 0)
    rgb, _ = decode(png_bytes(deep))
    assert rgb[20, 20].tolist() == [0, 128, 255]
    assert rgb[5, 5].tolist() == [255, 255, 255]
