"""Image files for tests as bytes: a drawn crop in every format, and edits of such files."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
import tifffile
from PIL import Image, ImageCms

Pixels = npt.NDArray[Any]


def drawn_crop(width: int = 96, height: int = 120) -> npt.NDArray[np.uint8]:
    """A dark stained head with a paler tip and a tail on a pink background, RGB uint8 (height, width, 3)."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    across, along = (x - width * 0.5) / (width * 0.14), (y - height * 0.4) / (height * 0.18)
    shade = np.array([238.0, 205.0, 220.0]) - 6 * (x / width)[..., None]
    tail = (np.abs(x - width * 0.5 - 5 * np.sin(y / 9)) < 1.3) & (y > height * 0.55)
    shade[tail] = (150, 110, 160)
    head = across**2 + along**2 < 1
    shade[head] = (88, 52, 120)
    shade[head & (along < -0.3)] = (140, 105, 165)
    drawn: npt.NDArray[np.uint8] = np.rint(shade).astype(np.uint8)
    return drawn


def sixteen_bits(pixels: npt.NDArray[np.uint8], low: int = 1000, high: int = 30_000) -> npt.NDArray[np.uint16]:
    """`pixels` stretched so that their darkest value is `low` and their brightest `high`."""
    span = (pixels - float(pixels.min())) / (float(pixels.max()) - float(pixels.min()))
    stretched: npt.NDArray[np.uint16] = np.rint(low + span * (high - low)).astype(np.uint16)
    return stretched


def pillow_bytes(image: Image.Image, kind: str, **options: Any) -> bytes:
    """`image` as a file written by Pillow."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def tiff_bytes(pixels: Pixels, **options: Any) -> bytes:
    """`pixels` as a TIFF file written by tifffile."""
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, metadata=None, **options)
    return file.getvalue()


def jpeg_tiff_bytes(pixels: Pixels, **options: Any) -> bytes:
    """RGB `pixels` as a TIFF file whose strips or tiles are JPEGs, coded as luminance and colour differences."""
    colours = {"outcolorspace": "ycbcr", "level": 92}
    return tiff_bytes(pixels, photometric="rgb", compression="jpeg", compressionargs=colours, **options)


def png_bytes(pixels: Pixels, *extra: bytes, rows: int | None = None, interlaced: bool = False) -> bytes:
    """A PNG of `pixels` (height, width, 1 to 4), 8 or 16 bits, with the `extra` chunks and only `rows` of its rows."""
    height, width, channels = pixels.shape
    depth = pixels.dtype.itemsize * 8
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    stored = pixels.astype(pixels.dtype.newbyteorder(">"))[:rows]
    seen = [stored[y::down, x::across] for y, x, down, across in (passes if interlaced else [(0, 0, 1, 1)])]
    coded = zlib.compress(b"".join(b"\0" + row.tobytes() for part in seen if part.size for row in part))
    header = struct.pack(
        ">IIBBBBB", width, height, depth, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 1 if interlaced else 0
    )
    chunks = (png_chunk(b"IHDR", header), *extra, png_chunk(b"IDAT", coded), png_chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def png_chunk(kind: bytes, content: bytes) -> bytes:
    """One chunk of a PNG file."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def run_length_bmp(image: Image.Image) -> bytes:
    """`image` in grey as a BMP whose rows are coded as lengths of runs, here of one pixel each."""
    grey = np.asarray(image.convert("L"))
    rows = (b"".join(bytes((1, value)) for value in row) + b"\0\0" for row in grey[::-1])
    coded = b"".join(rows) + b"\0\1"
    palette = b"".join(bytes((value, value, value, 0)) for value in range(256))
    start = 54 + len(palette)
    head = b"BM" + struct.pack("<I4xI", start + len(coded), start)
    size = struct.pack("<IiiHHIIiiII", 40, image.width, image.height, 1, 8, 1, len(coded), 0, 0, 256, 0)
    return head + size + palette + coded


def exif_block(orientation: int) -> bytes:
    """An EXIF block that holds nothing but an orientation, as Pillow's writers take it."""
    return b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 274, 3, 1, orientation, 0, 0)


def srgb_profile() -> bytes:
    """The colour profile of sRGB, without the date on which it was made."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile[:24] + bytes(12) + profile[36:]


def patched(content: bytes, offset: int, code: str, *values: int) -> bytes:
    """`content` with `values` at `offset`, packed by `struct` as `code` says."""
    replacement = struct.pack(code, *values)
    return content[:offset] + replacement + content[offset + len(replacement) :]


def tiff_entry(content: bytes, tag: int) -> int:
    """Where the value (or its offset) of `tag` is in the first directory of a little-endian classic TIFF."""
    (directory,) = struct.unpack_from("<I", content, 4)
    (number,) = struct.unpack_from("<H", content, directory)
    for at in range(directory + 2, directory + 2 + 12 * number, 12):
        if struct.unpack_from("<H", content, at) == (tag,):
            return at + 8
    raise LookupError(tag)
