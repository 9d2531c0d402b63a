"""Each reason why an image is refused, with its message. Causes by file content are in `odd_files.py`."""

from __future__ import annotations

import errno
import io
import os
import re
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from fake_failures import fails_with
from odd_files import write_odd_folder

from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.imaging.reading import files, read, refusals
from sperm_viewer.imaging.reading.read import decode, read_bytes, read_image


def _png(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    written = (struct.pack(">I", len(c)) + k + c + struct.pack(">I", zlib.crc32(k + c)) for k, c in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


def _tiff(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, pixels)
    return file.getvalue()


_GREY = np.zeros((4, 4, 3), np.uint8)


def _empty(folder: Path) -> Path:
    (folder / "empty.png").touch()
    return folder / "empty.png"


def _loop(folder: Path) -> Path:
    (folder / "loop.png").symlink_to("loop.png")
    return folder / "loop.png"


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.png")
    return folder / "pipe.png"


def _huge(folder: Path) -> Path:
    (folder / "huge.tif").touch()
    os.truncate(folder / "huge.tif", refusals.MAX_FILE_BYTES + 1)
    return folder / "huge.tif"


_not_on_windows = pytest.mark.skipif(sys.platform == "win32", reason="needs a Unix file system")


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (_empty, r"^The file is empty \(0 bytes\)\. Copy it again"),
        (lambda folder: folder / "gone.png", r"^The file is no longer there: .*\. Put it back, then score it again\.$"),
        pytest.param(_loop, r"^This link leads back to itself\.", marks=_not_on_windows),
        pytest.param(_pipe, r"^This is a pipe or a device, not a file", marks=_not_on_windows),
        pytest.param(_huge, r"^The file is too large: over 512 MB\. Crop", marks=_not_on_windows),
        (lambda folder: folder, r"^This is a folder, not an image\. Open it as a slide instead\.$"),
        pytest.param(lambda folder: folder / ("x" * 5000), r"path is too long .* Move", marks=_not_on_windows),
    ],
)
def test_a_path_that_is_no_readable_file_is_refused(made: Callable[[Path], Path], message: str, tmp_path: Path) -> None:
    with pytest.raises(ImageRefusedError, match=message):
        read_bytes(made(tmp_path))


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), r"^You have no permission to open this file, .* Close"),
        (OSError(errno.EIO, "Input/output error"), r"^The file could not be read \(.*\)\. Check the drive"),
    ],
)
def test_an_error_of_the_system_is_reported(error: OSError, message: str) -> None:
    with pytest.raises(ImageRefusedError, match=message):
        raise files.refusal(error)


@pytest.mark.parametrize(
    ("content", "page", "message"),
    [
        (b"no image at all", None, r"^This is not an image\. Sperm Viewer reads PNG, JPEG, TIFF, BMP and WebP\.$"),
        (_png(0, 5), None, r"^The image has no pixels: its width or height is 0\. Export it again\.$"),
        (
            _png(20_000, 20_000),
            None,
            r"^The image is too large: 20,000 × 20,000 pixels\. .* Crop it to one sperm head\.$",
        ),
        (_tiff(np.full((4, 4), np.nan, np.float32)), None, r"^The image .* no brightness values.* Export it again"),
        (_tiff(_GREY), 7, r"^The file has no page 7, only 1\. .* open it again"),
    ],
)
def test_content_that_can_not_be_shown_is_refused(content: bytes, page: int | None, message: str) -> None:
    with pytest.raises(ImageRefusedError, match=message):
        decode(content, page)


def test_an_image_that_needs_more_memory_than_there_is_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "to_rgb", fails_with(MemoryError()))
    with pytest.raises(ImageRefusedError, match=r"^There is not enough memory to open this image\. Close other"):
        decode(_tiff(_GREY))


def test_an_image_that_is_too_large_when_decoded_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "MAX_DECODED_BYTES", 10)
    with pytest.raises(ImageRefusedError, match=r"^The image is too large to open\. Crop it to one sperm head\.$"):
        decode(_tiff(_GREY))


@pytest.fixture(scope="module")
def odd_messages(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The message of every odd file that is refused."""
    folder = tmp_path_factory.mktemp("odd")
    write_odd_folder(folder)
    messages = []
    for path in sorted(folder.iterdir()):
        try:
            read_image(ImageRef("odd", path))
        except ImageRefusedError as refused:
            messages.append(str(refused))
    return messages


@pytest.mark.parametrize(
    "message",
    [
        r"^The file is cut short: part of the image is missing\. Copy it again",
        r"^The image in this file is damaged and can't be shown\. Copy or export it again\.$",
        r"^This is .+, which Sperm Viewer can't read\. Export the image as PNG or TIFF\.$",
        r"^Sperm Viewer can't read .+\. Export the image as a plain 8-bit PNG or TIFF\.$",
    ],
)
def test_an_odd_file_is_refused_with_this_message(message: str, odd_messages: list[str]) -> None:
    assert any(re.search(message, said) for said in odd_messages), odd_messages
