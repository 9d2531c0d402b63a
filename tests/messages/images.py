"""Every reason why an image is refused, and what the demo slide says."""

from __future__ import annotations

import errno
import io
import os
import struct
import zlib
from collections.abc import Iterator

import numpy as np
import tifffile
from messages.stage import Stage, broken, fails_with, said
from odd_files import write_odd_folder

from sperm_viewer.domain.errors import CropRefusedError
from sperm_viewer.imaging import discover
from sperm_viewer.imaging.reading import files, read, refusals
from sperm_viewer.imaging.reading.read import decode, read_bytes, read_crop
from sperm_viewer.synthetic.demo import write_demo_slide


def messages(stage: Stage) -> Iterator[str]:
    yield from _odd_files(stage)
    yield from _paths(stage)
    yield from _pixels()
    yield from _demo(stage)


def _odd_files(stage: Stage) -> Iterator[str]:
    folder = stage.empty("odd")
    write_odd_folder(folder)
    for slide in discover.discover([folder]).slides:
        for ref in slide.crops:
            try:
                read_crop(ref)
            except CropRefusedError as error:
                yield str(error)


def _paths(stage: Stage) -> Iterator[str]:
    folder = stage.empty("paths")
    (folder / "empty.png").touch()
    (folder / "loop.png").symlink_to("loop.png")
    os.mkfifo(folder / "pipe.png")
    (folder / "huge.tif").touch()
    os.truncate(folder / "huge.tif", refusals.MAX_FILE_BYTES + 1)
    for name in ("empty.png", "gone.png", "loop.png", "pipe.png", "huge.tif", "", "x" * 5000):
        yield said(read_bytes, folder / name)
    yield str(files.refusal(PermissionError(errno.EACCES, "Permission denied")))
    yield str(files.refusal(OSError(errno.EIO, "Input/output error")))


def _pixels() -> Iterator[str]:
    yield said(decode, b"no image at all")
    yield said(decode, _png(0, 5))
    yield said(decode, _png(20_000, 20_000))
    with broken() as patch:
        patch.setattr(read, "to_rgb", fails_with(MemoryError()))
        yield said(decode, _tiff(np.zeros((4, 4, 3), np.uint8)))
    yield said(decode, _tiff(np.full((4, 4), np.nan, np.float32)))
    yield said(decode, _tiff(np.zeros((4, 4, 3), np.uint8)), 7)
    with broken() as patch:
        patch.setattr(refusals, "MAX_DECODED_BYTES", 10)
        yield said(decode, _tiff(np.zeros((4, 4, 3), np.uint8)))
    yield str(refusals.unsupported_format("a GIF image"))


def _demo(stage: Stage) -> Iterator[str]:
    folder = stage.empty("demo")
    (folder / "mine.png").touch()
    yield said(write_demo_slide, folder)
    yield said(write_demo_slide, folder / "mine.png" / "below")


def _png(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    written = (struct.pack(">I", len(c)) + k + c + struct.pack(">I", zlib.crc32(k + c)) for k, c in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


def _tiff(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, pixels)
    return file.getvalue()
