"""One page of a TIFF file as a raster: tifffile and imagecodecs decode it after it is checked against the limits.

tifffile fills segments (strips or tiles) that are missing, and reads tags that it can't understand as if they were
absent. Neither reaches it.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from itertools import pairwise

import imagecodecs
import numpy as np
import tifffile
from tifffile import COMPRESSION, PHOTOMETRIC, PLANARCONFIG

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.imaging.reading import refusals
from sperm_viewer.imaging.reading.colour import Raster, Samples
from sperm_viewer.imaging.reading.directories import TiffDirectories
from sperm_viewer.imaging.reading.large import LargeTurn
from sperm_viewer.imaging.reading.lzw import check_lzw
from sperm_viewer.imaging.reading.pillow import open_jpeg, orientation_or_upright

_PHOTOMETRIC, _ORIENTATION, _COLOR_MAP, _ICC_PROFILE = 262, 274, 320, 34675
# The tags that tifffile needs for the pixels: size, numbers and colours, segments, compression, and the four above.
_TAGS = frozenset(
    {256, 257, 258, 259, _PHOTOMETRIC, 266, 273, _ORIENTATION, 277, 278, 279, 284, 292, 317, _COLOR_MAP}
    | {322, 323, 324, 325, 338, 339, 347, 530, 32997, _ICC_PROFILE}
)
_CHANNELS: dict[int, int] = {
    PHOTOMETRIC.MINISWHITE: 1,
    PHOTOMETRIC.MINISBLACK: 1,
    PHOTOMETRIC.RGB: 3,
    PHOTOMETRIC.PALETTE: 1,
    PHOTOMETRIC.SEPARATED: 4,
    PHOTOMETRIC.YCBCR: 3,
}
_DEFLATE_OF_PIXTIFF = 50013
_COMPRESSIONS = frozenset(
    {COMPRESSION.NONE, COMPRESSION.LZW, COMPRESSION.JPEG, COMPRESSION.PACKBITS, COMPRESSION.ZSTD}
    | {COMPRESSION.CCITTRLE, COMPRESSION.CCITT_T4, COMPRESSION.CCITT_T6}
    | {COMPRESSION.ADOBE_DEFLATE, COMPRESSION.DEFLATE, _DEFLATE_OF_PIXTIFF}
)
_ASSOCIATED_ALPHA, _UNASSOCIATED_ALPHA = 1, 2
_COMPLEX_FORMATS = (5, 6)
_REVERSED_BITS = 2
_HEADER_BYTES = 8


def decode_tiff(data: bytes, number: int | None, turn: LargeTurn) -> Raster:
    """The raster of page `number`, from 1, of the TIFF file `data`; None is its first page that is no thumbnail.

    Raises `ImageRefusedError`; what tifffile and imagecodecs raise on damaged data is let through.
    """
    directories = TiffDirectories(io.BytesIO(data))
    directory = directories.page(_only_page(directories) if number is None else number)
    for tag in _TAGS & directory.keys():
        directories.check_values(directory[tag], len(data))
    with tifffile.TiffFile(directories.single_page_file(data, directory, _TAGS)) as file:
        page = file.pages.first
        channels = _checked_channels(page)
        _check_segments(page, data)
        turn.begin_image(page.imagewidth * page.imagelength)
        return _raster(page, channels)


def _only_page(directories: TiffDirectories) -> int:
    numbers = directories.full_size_pages(most=1)
    if not numbers:
        raise ImageRefusedError(refusals.DAMAGED)
    # A chain that is broken further on means that pages are missing; that must not pass for a whole file.
    for _ in directories.offsets():
        pass
    return numbers[0]


def _checked_channels(page: tifffile.TiffPage) -> int:
    # How many of a pixel's samples are colour; they come first.
    refusals.check_size(page.imagewidth, page.imagelength)
    if page.imagedepth != 1:
        raise refusals.unsupported_kind("a TIFF that contains a volume")
    if page.compression not in _COMPRESSIONS:
        raise refusals.unsupported_kind(f"a TIFF with this kind of compression (number {int(page.compression)})")
    if page.dtype is None or page.sampleformat in _COMPLEX_FORMATS:
        raise refusals.unsupported_kind("a TIFF with this kind of numbers for its pixels")
    photometric = _photometric(page)
    if photometric in (PHOTOMETRIC.CFA, PHOTOMETRIC.LINEAR_RAW):
        raise refusals.unsupported_format("a camera's raw file")
    if photometric not in _CHANNELS:
        raise refusals.unsupported_kind("a TIFF with this kind of colours")
    extra = page.samplesperpixel - _CHANNELS[photometric]
    if extra < 0 or page.planarconfig not in (PLANARCONFIG.CONTIG, PLANARCONFIG.SEPARATE):
        raise ImageRefusedError(refusals.DAMAGED)
    if extra and _CHANNELS[photometric] == 1 and not _has_alpha(page):
        raise refusals.unsupported_kind(f"a TIFF with {page.samplesperpixel} channels that are not red, green and blue")
    if photometric == PHOTOMETRIC.YCBCR and (
        page.compression != COMPRESSION.JPEG or page.planarconfig != PLANARCONFIG.CONTIG or extra
    ):
        raise refusals.unsupported_kind("a TIFF with this kind of colours")
    return _CHANNELS[photometric]


def _photometric(page: tifffile.TiffPage) -> int:
    if _PHOTOMETRIC in page.tags:
        return page.photometric
    return PHOTOMETRIC.RGB if page.samplesperpixel >= 3 else PHOTOMETRIC.MINISBLACK


def _has_alpha(page: tifffile.TiffPage) -> bool:
    return page.extrasamples[:1] in ((_ASSOCIATED_ALPHA,), (_UNASSOCIATED_ALPHA,))


def _check_segments(page: tifffile.TiffPage, data: bytes) -> None:
    assert page.dtype is not None
    compressed = page.compression != COMPRESSION.NONE or page.predictor != 1
    for pixels, most in (
        (page.imagewidth * page.imagelength, refusals.MAX_DECODED_BYTES),
        (math.prod(_segment_shape(page)), refusals.MAX_SEGMENT_BYTES if compressed else refusals.MAX_DECODED_BYTES),
    ):
        if pixels * page.samplesperpixel * page.dtype.itemsize > most:
            raise ImageRefusedError(refusals.DECODED_TOO_LARGE)
    used = sorted(_segments(page))
    if used[0][0] < _HEADER_BYTES or any(end > start for (_, end), (start, _) in pairwise(used)):
        raise ImageRefusedError(refusals.DAMAGED)
    if used[-1][1] > len(data):
        raise ImageRefusedError(refusals.CUT_SHORT)
    for start, end in used:
        if page.compression == COMPRESSION.LZW:
            coded = data[start:end]
            check_lzw(bytes(imagecodecs.bitorder_decode(coded)) if page.fillorder == _REVERSED_BITS else coded)
        elif page.compression == COMPRESSION.JPEG:
            with open_jpeg(data[start:end]) as image:
                rows, columns = _segment_shape(page)
                if image.width > columns or image.height > rows:
                    raise ImageRefusedError(refusals.DAMAGED)


def _segment_shape(page: tifffile.TiffPage) -> tuple[int, int]:
    # Rows and columns of a strip or tile.
    return (page.tilelength, page.tilewidth) if page.is_tiled else (page.rowsperstrip, page.imagewidth)


def _segments(page: tifffile.TiffPage) -> Iterator[tuple[int, int]]:
    # Where each strip or tile begins and ends in the file. If it isn't compressed, its shape decides, not its count.
    number = math.prod(page.chunked)
    if len(page.dataoffsets) < number or len(page.databytecounts) < number:
        raise ImageRefusedError(refusals.DAMAGED)
    rows, columns = _segment_shape(page)
    down = math.ceil(page.imagelength / rows)
    samples = page.samplesperpixel if page.planarconfig == PLANARCONFIG.CONTIG else 1
    row_bytes = math.ceil(columns * samples * page.bitspersample / 8)
    for index, (start, size) in enumerate(zip(page.dataoffsets[:number], page.databytecounts, strict=False)):
        if size <= 0:
            raise ImageRefusedError(refusals.DAMAGED)
        if page.compression == COMPRESSION.NONE:
            size = row_bytes * (rows if page.is_tiled else min(rows, page.imagelength - index % down * rows))
        yield start, start + size


def _raster(page: tifffile.TiffPage, channels: int) -> Raster:
    stored = page.asarray(squeeze=False, maxworkers=1)
    # tifffile's order is: separate samples, depth, height, width, samples of one pixel.
    pixels = np.moveaxis(stored[:, 0, :, :, 0], 0, -1) if stored.shape[0] > 1 else stored[0, 0]
    pixels = pixels.astype(np.uint8 if pixels.dtype == np.bool_ else pixels.dtype.newbyteorder("="), copy=False)
    has_alpha = page.samplesperpixel > channels and _has_alpha(page)
    alpha = pixels[..., channels] if has_alpha else None
    colours = pixels[..., :channels]
    if page.photometric == PHOTOMETRIC.PALETTE:
        colours = _palette(page)[colours[..., 0]]
    elif page.bitspersample < 8:
        brightest = 2**page.bitspersample - 1
        colours = (np.arange(brightest + 1) * 255 // brightest).astype(np.uint8)[colours]
    if _photometric(page) == PHOTOMETRIC.MINISWHITE:
        colours = _inverted(colours)
    if alpha is not None and page.extrasamples[0] == _ASSOCIATED_ALPHA:
        colours = _unmultiplied(colours, alpha, _opaque(page))
    icc = page.tags.valueof(_ICC_PROFILE)
    return Raster(
        colours,
        alpha,
        _opaque(page),
        icc=icc if isinstance(icc, bytes) else None,
        orientation=orientation_or_upright(page.tags.valueof(_ORIENTATION)),
    )


def _palette(page: tifffile.TiffPage) -> UInt8Array:
    # (entries, 3). The colours have 16 bits, of which the upper 8 are shown; some writers filled the lower ones only.
    values = np.array(page.tags.valueof(_COLOR_MAP), np.uint16)
    if values.size != 3 * 2**page.bitspersample:
        raise ImageRefusedError(refusals.DAMAGED)
    return (values if values.max() < 256 else values >> 8).astype(np.uint8).reshape(3, -1).T


def _inverted(colours: Samples) -> Samples:
    # In place. The window makes -x and the complement -x - 1 the same.
    return np.negative(colours, out=colours) if colours.dtype.kind == "f" else np.invert(colours, out=colours)


def _opaque(page: tifffile.TiffPage) -> float:
    assert page.dtype is not None
    bits = page.bitspersample
    return {"f": 1.0, "i": 2.0 ** (bits - 1) - 1}.get(page.dtype.kind, 2.0**bits - 1)


def _unmultiplied(colours: Samples, alpha: Samples, opaque: float) -> Samples:
    if colours.dtype != np.uint8 and alpha.size > refusals.MAX_EXACT_PIXELS:
        raise ImageRefusedError(refusals.DECODED_TOO_LARGE)
    result = np.empty(colours.shape, np.uint8 if colours.dtype == np.uint8 else np.float64)
    for row, (colour, opacity) in enumerate(zip(colours, alpha, strict=True)):
        share = (np.nan_to_num(opacity) / opaque).clip(0, 1).astype(np.float32)[..., None].astype(np.float64)
        divided = np.divide(colour, share, out=np.zeros(colour.shape), where=share > 0)
        result[row] = np.rint(divided).clip(0, 255) if result.dtype == np.uint8 else divided
    return result
