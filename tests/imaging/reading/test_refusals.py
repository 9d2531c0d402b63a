"""What is refused: files cut short, limits, tags that mean nothing, too little memory."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NoReturn

import pytest
from image_bytes import (
    drawn_crop,
    jpeg_tiff_bytes,
    patched,
    pillow_bytes,
    png_bytes,
    sixteen_bits,
    tiff_bytes,
    tiff_entry,
)
from odd_files import write_odd_folder
from PIL import Image

from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.imaging.reading import read, refusals
from sperm_viewer.imaging.reading.read import decode

PIXELS = drawn_crop()
IMAGE = Image.fromarray(PIXELS)
GREY = PIXELS[..., :1]


def reason(data: bytes, page: int | None = None) -> str:
    with pytest.raises(ImageRefusedError) as refused:
        decode(data, page)
    return str(refused.value)


def never(*_: object, **__: object) -> NoReturn:
    raise AssertionError("a decoder was called")


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
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_odd_folder(tmp_path)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", never)
    monkeypatch.setattr("PIL.WebPImagePlugin.WebPImageFile.load", never)
    monkeypatch.setattr("imagecodecs.png_decode", never)
    monkeypatch.setattr("tifffile.TiffPage.asarray", never)
    assert "too large" in reason((tmp_path / name).read_bytes())


def test_64_megapixels_are_read_and_one_row_more_is_refused() -> None:
    refusals.check_size(8000, 8000)
    for size in ((8000, 8001), (30_001, 10), (10, 2**40)):
        with pytest.raises(ImageRefusedError, match="too large"):
            refusals.check_size(*size)


def test_a_jpeg_of_very_many_scans_is_refused() -> None:
    data = pillow_bytes(IMAGE, "JPEG", progressive=True)
    scans = data.index(b"\xff\xda")
    assert "scans" in reason(data[:scans] + data[scans:-2] * 30 + data[-2:])


def test_directories_that_share_their_bytes_are_refused() -> None:
    # 2,000 directories of 4,000 tags, each 12 bytes behind the one before: the offset of the next is behind its tags.
    records = (struct.pack("<HI6x", 4000, 8 + 12 * max(0, record - 3999)) for record in range(6000))
    assert "damaged" in reason(b"II*\0\x08\0\0\0" + b"".join(records))


def test_strips_that_share_their_bytes_are_refused() -> None:
    data = tiff_bytes(GREY[..., 0], rowsperstrip=10, compression="zlib")
    offsets = struct.unpack_from("<I", data, tiff_entry(data, 273))[0]
    first = struct.unpack_from("<I", data, offsets)[0]
    assert "damaged" in reason(patched(data, offsets, "<12I", *[first] * 12))


@pytest.mark.parametrize(("tag", "value"), [(284, 7), (284, 0), (322, 0), (339, 9), (317, 99), (278, 0)])
def test_a_tag_that_means_nothing_is_a_refusal(tag: int, value: int) -> None:
    data = tiff_bytes(PIXELS, photometric="rgb", compression="lzw", extratags=[(60_000 + tag, 3, 1, value, True)])
    entry = tiff_entry(data, 60_000 + tag) - 8
    if tag in (278, 284):
        entry = tiff_entry(data, tag) - 8
    assert reason(patched(patched(data, entry, "<H", tag), entry + 8, "<H", value))


def test_too_little_memory_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object) -> NoReturn:
        raise MemoryError

    monkeypatch.setattr(read, "to_rgb", exhausted)
    assert "memory" in reason(pillow_bytes(IMAGE, "PNG"))


def test_no_bytes_are_an_empty_file() -> None:
    assert "empty" in reason(b"")
