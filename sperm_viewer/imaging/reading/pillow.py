"""PNG, JPEG, BMP and WebP files as rasters: Pillow decodes them within this app's limits.

Pillow's classes are opened directly, so no other format of Pillow's can come in.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Callable

import imagecodecs
import numpy as np
from PIL import Image, PngImagePlugin
from PIL.BmpImagePlugin import BmpImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.imaging.reading import refusals
from sperm_viewer.imaging.reading.colour import Raster, Samples
from sperm_viewer.imaging.reading.formats import Format
from sperm_viewer.imaging.reading.large import LargeTurn
from sperm_viewer.imaging.reading.png import check_png

# Pillow warns of metadata that it can't read; the image is read without them.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
# A colour profile may be larger than Pillow's usual limit of 1 MB.
PngImagePlugin.MAX_TEXT_CHUNK = 2**24

_MAX_SCANS, _USUAL_SCANS, _MAX_SCANNED_PIXELS = 100, 20, 200_000_000
"""Scans of one JPEG, and their pixels if there are more than usual. Encoders write about ten; each takes as long to
decode as a whole plain JPEG."""
_END_OF_IMAGE, _START_OF_SCAN = b"\xff\xd9", b"\xff\xda"
_ORIENTATION = 274
_DEEP_BITS = 16
_RUN_LENGTHS, _BMP_HEADERS = (1, 2), 2**16
_BAND_PIXELS = 2**20


def decode_with_pillow(data: bytes, kind: Format, turn: LargeTurn) -> Raster:
    """The raster of a whole file of `kind`, which isn't TIFF; of several frames, the first.

    Raises `ImageRefusedError`; what Pillow and imagecodecs raise on damaged data is let through.
    """
    png = check_png(data) if kind is Format.PNG else None
    with _OPEN[kind](data) as image:
        refusals.check_size(*image.size)
        turn.begin_image(image.width * image.height)
        if png is not None and png.bits == _DEEP_BITS:
            # Pillow opens 16-bit colours as 8-bit.
            samples = imagecodecs.png_decode(png.pixels_only)
            samples = samples if samples.ndim == 3 else samples[..., None]
        else:
            samples = _samples(image)
        has_alpha = samples.shape[2] == 2 or (samples.shape[2] == 4 and image.mode != "CMYK")
        return Raster(
            samples[..., :-1] if has_alpha else samples,
            samples[..., -1] if has_alpha else None,
            np.iinfo(samples.dtype).max,
            image.info.get("icc_profile"),
            _exif_orientation(image.info.get("exif", b"")),
        )


def open_jpeg(data: bytes) -> JpegImageFile:
    """A JPEG stream, which may lack its tables, as far as its first scan; the stream is whole.

    Raises `ImageRefusedError`, or what Pillow raises.
    """
    image = JpegImageFile(io.BytesIO(data))
    assert image.fp is not None
    start = image.fp.tell()
    if data.find(_END_OF_IMAGE, start) < 0:
        raise ImageRefusedError(refusals.CUT_SHORT)
    # To the end of the data: the mark of an end may also be in a comment between two scans.
    scans = 1 + data.count(_START_OF_SCAN, start)
    if scans > _MAX_SCANS or (scans > _USUAL_SCANS and scans * image.width * image.height > _MAX_SCANNED_PIXELS):
        raise refusals.unsupported_kind(f"a JPEG with {scans} scans")
    return image


def orientation_or_upright(value: object) -> int:
    """EXIF's orientation from 1 to 8; 1 (upright) if `value` is none of them."""
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _open_webp(data: bytes) -> WebPImageFile:
    if 8 + int.from_bytes(data[4:8], "little") > len(data):
        raise ImageRefusedError(refusals.CUT_SHORT)
    try:
        return WebPImageFile(io.BytesIO(data))
    except Image.DecompressionBombError:
        raise ImageRefusedError(refusals.DECODED_TOO_LARGE) from None


def _open_bmp(data: bytes) -> BmpImageFile:
    image = BmpImageFile(io.BytesIO(data))
    # Runs that hold no pixel would take time without limit.
    if image.info.get("compression") in _RUN_LENGTHS and len(data) > 4 * image.width * image.height + _BMP_HEADERS:
        raise ImageRefusedError(refusals.DAMAGED)
    return image


def _samples(image: ImageFile) -> Samples:
    # Grey, grey and alpha, RGB, RGB and alpha, or CMYK: (height, width, 1 to 4), uint8.
    image.load()
    if image.has_transparency_data:
        mode = "LA" if image.mode in ("1", "L", "LA") else "RGBA"
    else:
        mode = {"1": "L", "P": "RGB"}.get(image.mode, image.mode)
    result = np.empty((image.height, image.width, len(Image.new(mode, (1, 1)).getbands())), np.uint8)
    # By rows: Pillow makes copies of all that it converts.
    step = max(1, _BAND_PIXELS // image.width)
    for top in range(0, image.height, step):
        band = image.crop((0, top, image.width, min(top + step, image.height))).convert(mode)
        result[top : top + step] = np.asarray(band).reshape(band.height, band.width, -1)
    return result


def _exif_orientation(block: bytes) -> int:
    # Not by the image's own getexif(), which takes XMP for EXIF.
    exif = Image.Exif()
    try:
        exif.load(block)
        return orientation_or_upright(exif.get(_ORIENTATION))
    except (LookupError, OSError, OverflowError, SyntaxError, TypeError, ValueError, struct.error):
        return 1


_OPEN: dict[Format, Callable[[bytes], ImageFile]] = {
    Format.PNG: lambda data: PngImageFile(io.BytesIO(data)),
    Format.JPEG: open_jpeg,
    Format.BMP: _open_bmp,
    Format.WEBP: _open_webp,
}
