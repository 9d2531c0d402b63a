"""Reads an image file as RGB in two steps: its bytes, then its pixels. What can't be read is refused with a reason.

In every format: the format is recognised by the content; EXIF or TIFF orientation is applied; transparent pixels are
shown on white; grey, palette, CMYK and 1-bit images become RGB; an embedded colour profile is converted to sRGB, and a
broken one ignored. Images with more than 8 bits per channel, or with signed or float numbers, get the window of
`colour.window` and `Flag.WINDOWED`. Several threads may read at once; large images wait for their turn (`large.py`).
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import struct
import zlib
from pathlib import Path

import numpy as np

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.image import Crop, ImageRef
from sperm_viewer.imaging.reading import files, refusals
from sperm_viewer.imaging.reading.colour import Raster, to_rgb
from sperm_viewer.imaging.reading.formats import SNIFF_BYTES, Foreign, Format, recognise
from sperm_viewer.imaging.reading.large import LargeTurn
from sperm_viewer.imaging.reading.pillow import decode_with_pillow
from sperm_viewer.imaging.reading.tiff import decode_tiff

# They log what they tolerate; what matters of it is checked beforehand and refused.
for _name in ("tifffile", "imagecodecs"):
    logging.getLogger(_name).disabled = True

# What Pillow, tifffile and imagecodecs raise on damaged data (imagecodecs' own errors are RuntimeErrors).
_DECODER_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
_TOO_SHORT = ("truncated", "not enough image data")
_JPEG_BITS = re.compile(r"cannot handle (12|16)-bit layers")


def read_image(ref: ImageRef) -> Crop:
    """The crop that `ref` points to, as RGB uint8 (height, width, 3), contiguous.

    The sha256 is that of the bytes that were decoded. Raises `ImageRefusedError` with the reason, and nothing else,
    whatever the file contains.
    """
    with LargeTurn() as turn:
        data = read_bytes(ref.path, turn)
        rgb, flags = decode(data, ref.page, turn)
    return Crop(ref, rgb, hashlib.sha256(data).hexdigest(), flags)


def read_bytes(path: Path, turn: LargeTurn | None = None) -> bytes:
    """All bytes of the file at `path`, which are at least one and at most `refusals.MAX_FILE_BYTES`.

    Raises `ImageRefusedError` if there is no regular file, or if it is empty, too large or can't be read; never waits
    for a pipe or a device. A large file waits for its `turn`.
    """
    with files.open_file(path) as file:
        try:
            size = os.fstat(file.fileno()).st_size
            if size > refusals.MAX_FILE_BYTES:
                raise ImageRefusedError(refusals.FILE_TOO_LARGE)
            if turn:
                turn.begin_file(size)
            data = file.read(size)
        except MemoryError:
            raise ImageRefusedError(refusals.OUT_OF_MEMORY) from None
        except OSError as error:
            raise files.refusal(error) from error
    if not data:
        raise ImageRefusedError(refusals.EMPTY)
    return data


def decode(data: bytes, page: int | None = None, turn: LargeTurn | None = None) -> tuple[UInt8Array, frozenset[Flag]]:
    """The pixels of page `page` of an image file's bytes: RGB uint8 (height, width, 3), contiguous, and flags.

    `page` counts from 1; None is the only page, or the first that is no thumbnail. Raises `ImageRefusedError` with
    the reason, and nothing else, whatever the bytes are; limits are checked before anything is decoded. A large image
    waits for its `turn`.
    """
    try:
        # Numbers in a damaged file may be anything; numpy's warnings about them help nobody.
        with np.errstate(all="ignore"):
            return to_rgb(_raster(data, page, turn or LargeTurn()))
    except MemoryError:
        raise ImageRefusedError(refusals.OUT_OF_MEMORY) from None
    except _DECODER_ERRORS as error:
        raise _refusal(error) from error


def _refusal(error: Exception) -> ImageRefusedError:
    # Pillow says in words, or by the error below its own, that the data end too early.
    message = str(error).lower()
    if any(words in message for words in _TOO_SHORT) or isinstance(error.__cause__, struct.error | IndexError):
        return ImageRefusedError(refusals.CUT_SHORT)
    bits = _JPEG_BITS.search(message)
    return (
        refusals.unsupported_kind(f"a JPEG with {bits[1]} bits per channel")
        if bits
        else ImageRefusedError(refusals.DAMAGED)
    )


def _raster(data: bytes, page: int | None, turn: LargeTurn) -> Raster:
    kind = recognise(data[:SNIFF_BYTES])
    if kind is None:
        raise ImageRefusedError(refusals.NOT_AN_IMAGE if data else refusals.EMPTY)
    if isinstance(kind, Foreign):
        raise refusals.unsupported_format(kind.name)
    if kind is Format.TIFF:
        return decode_tiff(data, page, turn)
    if page not in (None, 1):
        raise refusals.no_such_page(page, 1)
    return decode_with_pillow(data, kind, turn)
