"""What reading promises: every odd file is read or refused in words, the pixels are right, nothing else happens."""

from __future__ import annotations

import hashlib
import io
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from image_bytes import (
    drawn_crop,
    exif_block,
    jpeg_tiff_bytes,
    patched,
    pillow_bytes,
    png_bytes,
    run_length_bmp,
    sixteen_bits,
    tiff_bytes,
    tiff_entry,
)
from odd_files import READ, write_odd_folder
from PIL import Image, ImageOps

from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.imaging.discover import discover
from sperm_viewer.imaging.reading import colour
from sperm_viewer.imaging.reading.read import decode, read_image

PIXELS = drawn_crop()
IMAGE = Image.fromarray(PIXELS)
GREY = PIXELS[..., :1]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, str]:
    folder = tmp_path_factory.mktemp("odd")
    return {folder / name: outcome for name, outcome in write_odd_folder(folder).items()}


@pytest.fixture(scope="module")
def refs(outcomes: dict[Path, str]) -> list[ImageRef]:
    (slide,) = discover([next(iter(outcomes)).parent]).slides
    return list(slide.crops)


def outcome_of(ref: ImageRef) -> str:
    try:
        read_image(ref)
    except ImageRefusedError as refused:
        return str(refused)
    return READ


# --- The odd folder -----------------------------------------------------------------------------------------------


def test_the_odd_folder_has_at_least_sixty_files_and_each_is_a_crop(
    outcomes: dict[Path, str], refs: list[ImageRef]
) -> None:
    assert len(outcomes) >= 60
    assert {ref.path for ref in refs} == set(outcomes)


def test_every_odd_file_is_read_or_refused_as_promised(
    outcomes: dict[Path, str],
    refs: list[ImageRef],
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


def test_every_refusal_is_a_sentence_that_says_what_to_do(outcomes: dict[Path, str], refs: list[ImageRef]) -> None:
    reasons = {outcome_of(ref) for ref in refs} - {READ}
    assert len(reasons) > 15
    for text in reasons:
        assert text.endswith(".")
        assert any(hint in text for hint in ("again", "Export", "Crop it", "Sperm Viewer reads")), text


def test_reading_leaves_the_files_and_their_folder_as_they_were(
    outcomes: dict[Path, str], refs: list[ImageRef]
) -> None:
    folder = next(iter(outcomes)).parent
    before = {path: hashlib.sha256(path.read_bytes()).digest() for path in folder.iterdir()}
    for ref in refs:
        outcome_of(ref)
    assert {path: hashlib.sha256(path.read_bytes()).digest() for path in folder.iterdir()} == before


def test_several_threads_read_what_one_reads(refs: list[ImageRef]) -> None:
    def digest(ref: ImageRef) -> str:
        try:
            return hashlib.sha256(read_image(ref).rgb.tobytes()).hexdigest()
        except ImageRefusedError as refused:
            return str(refused)

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(digest, refs * 3)) == [digest(ref) for ref in refs] * 3


def test_a_crop_is_contiguous_rgb_with_the_hash_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "turned.png"
    path.write_bytes(pillow_bytes(IMAGE, "PNG", exif=exif_block(6)))
    crop = read_image(ImageRef("slide", path))
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


# --- Pages --------------------------------------------------------------------------------------------------------


def test_each_page_is_read_by_its_number_and_no_other_page_exists() -> None:
    pages = np.stack([np.full((40, 40), value, np.uint8) for value in (10, 20, 30)])
    data = tiff_bytes(pages, photometric="minisblack")
    assert [int(decode(data, page)[0][0, 0, 0]) for page in (1, 2, 3)] == [10, 20, 30]
    for page in (0, -1, 4):
        with pytest.raises(ImageRefusedError, match=f"no page {page}"):
            decode(data, page)


def test_a_file_without_pages_has_page_one_only() -> None:
    data = pillow_bytes(IMAGE, "PNG")
    assert np.array_equal(decode(data, 1)[0], PIXELS)
    with pytest.raises(ImageRefusedError, match="no page 2"):
        decode(data, 2)
