"""A crop's file to RGB, in two steps: its bytes, then its pixels. Whatever can't be read is refused with a reason.

What is promised of every format: the format is told from the content; EXIF or TIFF orientation is applied;
transparency is laid on white; grey, palette, CMYK and 1-bit images become RGB; an embedded colour profile is
converted to sRGB, and a broken one ignored. Images with more than 8 bits a channel (and any with signed or float
numbers) get the window of `colour.window`, and `Flag.WINDOWED`. Nothing here keeps state, so all of it may run in
several threads at once.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
from PIL.BmpImagePlugin import BmpImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from sperm_viewer.domain.arrays import FloatArray, UInt8Array
from sperm_viewer.domain.errors import CropRefusedError
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.image import Crop, CropRef
from sperm_viewer.imaging.reading import containers, files, refusals
from sperm_viewer.imaging.reading.colour import Raster, Samples, to_rgb
from sperm_viewer.imaging.reading.formats import SNIFF_BYTES, Foreign, Format, recognise
from sperm_viewer.imaging.reading.png import png
from sperm_viewer.imaging.reading.tiff import decode_tiff

# They log what they put up with; whatever matters of that is checked beforehand and refused.
for _name in ("tifffile", "imagecodecs"):
    logging.getLogger(_name).disabled = True

_CONTAINERS: dict[Format, Callable[[bytes], containers.Contents]] = {
    Format.PNG: png,
    Format.JPEG: containers.jpeg,
    Format.BMP: containers.bmp,
    Format.WEBP: containers.webp,
}

# Opened by their own classes: no other format of Pillow's can come in, and nothing is registered or warned about.
_PILLOW: dict[Format, type[ImageFile]] = {
    Format.PNG: PngImageFile,
    Format.JPEG: JpegImageFile,
    Format.BMP: BmpImageFile,
    Format.WEBP: WebPImageFile,
}

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


def read_crop(ref: CropRef) -> Crop:
    """The crop that `ref` points to, as RGB uint8 (height, width, 3), contiguous.

    The steps are `read_bytes` and `decode`; the sha256 is that of the very bytes that were decoded. Raises
    `CropRefusedError` with the reason, and nothing else, whatever the file holds.
    """
    data = read_bytes(ref.path)
    rgb, flags = decode(data, ref.page)
    return Crop(ref, rgb, hashlib.sha256(data).hexdigest(), flags)


def read_bytes(path: Path) -> bytes:
    """All bytes of the file at `path`, which are at least one and at most `refusals.MAX_FILE_BYTES`.

    Raises `CropRefusedError` where there is no ordinary file, it is empty or too large, or it may not or can't be
    read; never waits for a pipe or a device.
    """
    with files.open_file(path) as file:
        try:
            size = os.fstat(file.fileno()).st_size
            if size > refusals.MAX_FILE_BYTES:
                raise CropRefusedError(refusals.FILE_TOO_LARGE)
            data = file.read(size)
        except MemoryError:
            raise CropRefusedError(refusals.OUT_OF_MEMORY) from None
        except OSError as error:
            raise files.refusal(error) from error
    if not data:
        raise CropRefusedError(refusals.EMPTY)
    return data


def decode(data: bytes, page: int | None = None) -> tuple[UInt8Array, frozenset[Flag]]:
    """The pixels of page `page` of an image file's bytes: RGB uint8 (height, width, 3), contiguous, and flags.

    `page` counts from 1; None is the only page, or the first that is no thumbnail. Raises `CropRefusedError` with
    the reason, and nothing else, whatever the bytes are; limits are checked before anything is decoded.
    """
    try:
        # Numbers in a damaged file may be anything; numpy's warnings of them are nothing to tell anybody.
        with np.errstate(all="ignore"):
            return to_rgb(_raster(data, page))
    except MemoryError:
        raise CropRefusedError(refusals.OUT_OF_MEMORY) from None
    except _DECODER_ERRORS as error:
        # Pillow says so where the coded data end too early although the file around them is whole.
        reason = refusals.CUT_SHORT if "truncated" in str(error) else refusals.DAMAGED
        raise CropRefusedError(reason) from error


def _raster(data: bytes, page: int | None) -> Raster:
    kind = recognise(data[:SNIFF_BYTES])
    if kind is None:
        raise CropRefusedError(refusals.NOT_AN_IMAGE if data else refusals.EMPTY)
    if isinstance(kind, Foreign):
        raise refusals.unsupported_format(kind.name)
    if kind is Format.TIFF:
        return decode_tiff(data, page)
    if page not in (None, 1):
        raise refusals.no_such_page(page, 1)
    contents = _CONTAINERS[kind](data)
    decoded = _decode_deep_png(contents.picture) if contents.deep else _decode_with_pillow(contents.picture, kind)
    return Raster(*decoded, contents.icc, contents.orientation)


def _decode_deep_png(picture: bytes) -> tuple[Samples, FloatArray | None]:
    # Not with Pillow, which opens 16-bit colours as 8-bit.
    samples = imagecodecs.png_decode(picture)
    return _without_alpha(samples if samples.ndim == 3 else samples[..., None])


def _decode_with_pillow(picture: bytes, kind: Format) -> tuple[Samples, FloatArray | None]:
    with _PILLOW[kind](io.BytesIO(picture)) as image:
        refusals.check_size(*image.size)
        image.load()
        if image.has_transparency_data:
            mode = "LA" if image.mode in ("1", "L", "LA") else "RGBA"
        else:
            mode = {"1": "L", "P": "RGB"}.get(image.mode, image.mode)
        samples = np.asarray(image.convert(mode)).reshape(image.height, image.width, -1)
    return (samples, None) if mode == "CMYK" else _without_alpha(samples)


def _without_alpha(samples: Samples) -> tuple[Samples, FloatArray | None]:
    # Grey or RGB, and the opacity from 0 to 1 where there is one.
    if samples.shape[2] in (1, 3):
        return samples, None
    return samples[..., :-1], samples[..., -1].astype(np.float32) / np.float32(np.iinfo(samples.dtype).max)
