"""What reading promises: every odd file is read or refused in words, the pixels are right, nothing else happens."""

from __future__ import annotations

import hashlib
import io
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from odd_files import (
    READ,
    drawn_crop,
    exif_block,
    jpeg_tiff_bytes,
    patched,
    pillow_bytes,
    png_bytes,
    run_length_bmp,
    sixteen_bits,
    srgb_profile,
    tiff_bytes,
    tiff_entry,
    write_odd_folder,
)
from PIL import Image, ImageOps

from sperm_viewer.domain.errors import CropRefusedError
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.image import CropRef
from sperm_viewer.imaging.discover import discover
from sperm_viewer.imaging.reading import colour, read, refusals
from sperm_viewer.imaging.reading.read import decode, read_crop

PIXELS = drawn_crop()
IMAGE = Image.fromarray(PIXELS)
GREY = PIXELS[..., :1]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, str]:
    folder = tmp_path_factory.mktemp("odd")
    return {folder / name: outcome for name, outcome in write_odd_folder(folder).items()}


@pytest.fixture(scope="module")
def refs(outcomes: dict[Path, str]) -> list[CropRef]:
    (slide,) = discover([next(iter(outcomes)).parent]).slides
    return list(slide.crops)


def outcome_of(ref: CropRef) -> str:
    try:
        read_crop(ref)
    except CropRefusedError as refused:
        return str(refused)
    return READ


def reason(data: bytes, page: int | None = None) -> str:
    with pytest.raises(CropRefusedError) as refused:
        decode(data, page)
    return str(refused.value)


def never(*_: object, **__: object) -> NoReturn:
    raise AssertionError("a decoder was called")


# --- The odd folder -----------------------------------------------------------------------------------------------


def test_the_odd_folder_has_at_least_sixty_files_and_each_is_a_crop(
    outcomes: dict[Path, str], refs: list[CropRef]
) -> None:
    assert len(outcomes) >= 60
    assert {ref.path for ref in refs} == set(outcomes)


def test_every_odd_file_is_read_or_refused_as_promised(
    outcomes: dict[Path, str],
    refs: list[CropRef],
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    surprises = {
        (ref.path.name, ref.page): outcome
        for ref in refs
        for outcome in [outcome_of(ref)]
        if (outcome != READ if outcomes[ref.path] == READ else outcomes[ref.path] not in outcome)
    }
    assert surprises == {}
    assert capfd.readouterr() == ("", "")
    assert caplog.text == ""


def test_every_refusal_is_a_sentence_that_says_what_to_do(outcomes: dict[Path, str], refs: list[CropRef]) -> None:
    reasons = {outcome_of(ref) for ref in refs} - {READ}
    assert len(reasons) > 15
    for text in reasons:
        assert text.endswith(".")
        assert any(hint in text for hint in ("again", "Export", "Cut it", "Sperm Viewer reads")), text


def test_reading_leaves_the_files_and_their_folder_as_they_were(outcomes: dict[Path, str], refs: list[CropRef]) -> None:
    folder = next(iter(outcomes)).parent
    before = {path: hashlib.sha256(path.read_bytes()).digest() for path in folder.iterdir()}
    for ref in refs:
        outcome_of(ref)
    assert {path: hashlib.sha256(path.read_bytes()).digest() for path in folder.iterdir()} == before


def test_several_threads_read_what_one_reads(refs: list[CropRef]) -> None:
    def digest(ref: CropRef) -> str:
        try:
            return hashlib.sha256(read_crop(ref).rgb.tobytes()).hexdigest()
        except CropRefusedError as refused:
            return str(refused)

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(digest, refs * 3)) == [digest(ref) for ref in refs] * 3


def test_a_crop_is_contiguous_rgb_with_the_hash_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "turned.png"
    path.write_bytes(pillow_bytes(IMAGE, "PNG", exif=exif_block(6)))
    crop = read_crop(CropRef("slide", path))
    assert crop.rgb.dtype == np.uint8
    assert crop.rgb.shape == (PIXELS.shape[1], PIXELS.shape[0], 3)
    assert crop.rgb.flags.c_contiguous
    assert crop.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert crop.flags == frozenset()


# --- Pixels -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        pillow_bytes(IMAGE, "PNG"),
        png_bytes(PIXELS, interlaced=True),
        pillow_bytes(IMAGE, "BMP"),
        pillow_bytes(IMAGE, "WEBP", lossless=True),
        pillow_bytes(IMAGE.convert("RGBA"), "PNG"),
        tiff_bytes(PIXELS, photometric="rgb"),
        tiff_bytes(PIXELS, photometric="rgb", tile=(48, 32), compression="lzw"),
        tiff_bytes(PIXELS, photometric="rgb", bigtiff=True, byteorder=">", compression="zlib", predictor=True),
        tiff_bytes(np.moveaxis(PIXELS, -1, 0), photometric="rgb", planarconfig="separate", rowsperstrip=9),
        pillow_bytes(IMAGE, "TIFF", compression="packbits"),
    ],
)
def test_an_image_kept_without_loss_is_read_without_loss(data: bytes) -> None:
    rgb, flags = decode(data)
    assert np.array_equal(rgb, PIXELS)
    assert flags == frozenset()


@pytest.mark.parametrize(
    "data", [pillow_bytes(IMAGE, "JPEG", quality=95), jpeg_tiff_bytes(PIXELS), pillow_bytes(IMAGE, "WEBP", quality=95)]
)
def test_an_image_kept_with_loss_is_nearly_the_same(data: bytes) -> None:
    assert np.abs(decode(data)[0].astype(int) - PIXELS).mean() < 5


@pytest.mark.parametrize("mode", ["L", "P", "1"])
@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_grey_palette_and_one_bit_images_become_rgb(mode: str, kind: str) -> None:
    image = IMAGE.quantize(60) if mode == "P" else IMAGE.convert(mode)
    assert np.array_equal(decode(pillow_bytes(image, kind))[0], np.asarray(image.convert("RGB")))


def test_a_bitmap_of_run_lengths_is_read() -> None:
    assert np.array_equal(decode(run_length_bmp(IMAGE))[0], np.asarray(IMAGE.convert("L").convert("RGB")))


@pytest.mark.parametrize("kind", ["TIFF", "JPEG"])
def test_inks_become_light(kind: str) -> None:
    cmyk = Image.new("CMYK", (40, 40), (0, 0, 0, 0))
    cmyk.paste((255, 0, 0, 0), (0, 0, 40, 20))
    rgb, _ = decode(pillow_bytes(cmyk, kind))
    assert np.abs(rgb[30, 20].astype(int) - (255, 255, 255)).max() < 4
    assert np.abs(rgb[5, 20].astype(int) - (0, 255, 255)).max() < 4


def test_inks_of_16_bits_become_light() -> None:
    cmyk = np.asarray(IMAGE.convert("CMYK")).astype(np.uint16) * 257
    rgb, flags = decode(tiff_bytes(cmyk, photometric="separated"))
    assert flags == {Flag.WINDOWED}
    assert np.array_equal(rgb, colour.window(PIXELS))


def test_a_tiff_where_white_is_zero_is_not_a_negative() -> None:
    rgb, _ = decode(tiff_bytes(255 - GREY[..., 0], photometric="miniswhite"))
    assert np.array_equal(rgb, np.repeat(GREY, 3, axis=2))
    deep, _ = decode(tiff_bytes(65535 - sixteen_bits(GREY[..., 0]), photometric="miniswhite"))
    assert np.array_equal(deep, decode(tiff_bytes(sixteen_bits(GREY[..., 0])))[0])


def test_bits_may_fill_their_bytes_from_the_right() -> None:
    data = tiff_bytes(GREY[..., 0], compression="lzw", rowsperstrip=200, extratags=[(65000, 3, 1, 2, True)])
    start, size = (struct.unpack_from("<I", data, tiff_entry(data, tag))[0] for tag in (273, 279))
    strip = data[start : start + size].translate(bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256)))
    fill_order = patched(data, tiff_entry(data, 65000) - 8, "<H", 266)
    reversed_bits = fill_order[:start] + strip + fill_order[start + size :]
    assert np.array_equal(decode(reversed_bits)[0], np.repeat(GREY, 3, axis=2))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_an_image_that_was_turned_is_upright(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    data = pillow_bytes(IMAGE, kind, exif=exif, **({"lossless": True} if kind == "WEBP" else {}))
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    assert np.array_equal(decode(data)[0], np.asarray(upright))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_what_is_see_through_shows_white(kind: str) -> None:
    image = Image.new("RGBA", (40, 40), (100, 0, 50, 0))
    image.paste((100, 0, 50, 51), (0, 0, 40, 20))
    rgb, _ = decode(pillow_bytes(image, kind, **({"lossless": True, "exact": True} if kind == "WEBP" else {})))
    assert rgb[30, 20].tolist() == [255, 255, 255]
    assert rgb[5, 20].tolist() == [224, 204, 214]


def test_a_see_through_entry_of_a_palette_shows_white() -> None:
    image = Image.new("P", (40, 40), 1)
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.paste(0, (0, 0, 40, 20))
    rgb, _ = decode(pillow_bytes(image, "PNG", transparency=0))
    assert rgb[5, 20].tolist() == [255, 255, 255]
    assert rgb[30, 20].tolist() == [40, 50, 60]


def test_colours_multiplied_by_their_opacity_are_not_multiplied_twice() -> None:
    half = np.full((40, 40, 4), (60, 20, 40, 128), np.uint8)
    rgb, _ = decode(tiff_bytes(half, photometric="rgb", extrasamples=["assocalpha"]))
    assert np.abs(rgb[0, 0].astype(int) - (187, 147, 167)).max() <= 1


# --- Colour profiles ----------------------------------------------------------------------------------------------


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


# --- Pages --------------------------------------------------------------------------------------------------------


def test_each_page_is_read_by_its_number_and_no_other_page_exists() -> None:
    pages = np.stack([np.full((40, 40), value, np.uint8) for value in (10, 20, 30)])
    data = tiff_bytes(pages, photometric="minisblack")
    assert [int(decode(data, page)[0][0, 0, 0]) for page in (1, 2, 3)] == [10, 20, 30]
    for page in (0, -1, 4):
        assert f"no page {page}" in reason(data, page)


def test_a_file_without_pages_has_page_one_only() -> None:
    data = pillow_bytes(IMAGE, "PNG")
    assert np.array_equal(decode(data, 1)[0], PIXELS)
    assert "no page 2" in reason(data, 2)


# --- What is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        pillow_bytes(IMAGE, "PNG"),
        png_bytes(sixteen_bits(PIXELS)),
        pillow_bytes(IMAGE, "JPEG"),
        pillow_bytes(IMAGE, "JPEG", progressive=True),
        pillow_bytes(IMAGE, "BMP"),
        pillow_bytes(IMAGE, "WEBP"),
        tiff_bytes(PIXELS, photometric="rgb"),
        tiff_bytes(PIXELS, photometric="rgb", compression="lzw", rowsperstrip=16),
        pillow_bytes(IMAGE, "TIFF", compression="tiff_adobe_deflate"),
        jpeg_tiff_bytes(PIXELS, tile=(48, 48)),
    ],
)
def test_a_file_cut_short_anywhere_is_refused_as_cut_short(data: bytes) -> None:
    for end in {*range(12, len(data), len(data) // 40), *range(len(data) - 12, len(data))}:
        assert "cut short" in reason(data[:end]), end


@pytest.mark.parametrize("name", ["bomb.png", "bomb.jpg", "bomb.bmp", "bomb.webp", "bomb.tif"])
def test_an_image_too_large_is_refused_before_a_decoder_sees_it(
    name: str, outcomes: dict[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "_decode_deep_png", never)
    monkeypatch.setattr(read, "_decode_with_pillow", never)
    monkeypatch.setattr("tifffile.TiffFile", never)
    (path,) = [path for path in outcomes if path.name == name]
    assert "too large" in reason(path.read_bytes())


def test_64_megapixels_are_read_and_one_row_more_is_refused() -> None:
    refusals.check_size(8000, 8000)
    for size in ((8000, 8001), (30_001, 10), (10, 2**40)):
        with pytest.raises(CropRefusedError, match="too large"):
            refusals.check_size(*size)


@pytest.mark.parametrize("seed", range(8))
def test_damaged_bytes_are_read_or_refused_and_never_raise_anything_else(seed: int, outcomes: dict[Path, str]) -> None:
    random = np.random.default_rng(seed)
    contents = [path.read_bytes() for path in outcomes]
    for _ in range(400):
        data = bytearray(contents[random.integers(len(contents))])
        for _ in range(random.integers(1, 6) if data else 0):
            at = int(random.integers(min(len(data), 400) if random.random() < 0.6 else len(data)))
            data[at : at + int(random.integers(0, 5))] = random.bytes(int(random.integers(1, 5)))
        try:
            rgb, _ = decode(bytes(data))
        except CropRefusedError:
            continue
        assert rgb.dtype == np.uint8
        assert rgb.shape[2] == 3


def test_too_little_memory_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object) -> NoReturn:
        raise MemoryError

    monkeypatch.setattr(read, "to_rgb", exhausted)
    assert "memory" in reason(pillow_bytes(IMAGE, "PNG"))


def test_no_bytes_are_an_empty_file() -> None:
    assert "empty" in reason(b"")
