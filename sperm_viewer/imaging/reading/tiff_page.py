"""What a page of a TIFF file says of its pixels, and whether that can be true: checked before a pixel is decoded.

tifffile, which decodes the page afterwards, fills strips that are missing and overlooks numbers that don't fit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from sperm_viewer.domain.errors import CropRefusedError
from sperm_viewer.imaging.reading import containers, refusals
from sperm_viewer.imaging.reading.ifd import Directory, Tag, TiffDirectories
from sperm_viewer.imaging.reading.lzw import check_lzw


class Photometric(IntEnum):
    """What the samples mean (TIFF 6.0, tag 262)."""

    MIN_IS_WHITE = 0
    MIN_IS_BLACK = 1
    RGB = 2
    PALETTE = 3
    SEPARATED = 5
    YCBCR = 6


class SampleFormat(IntEnum):
    """How a sample's bits make a number (TIFF 6.0, tag 339)."""

    UNSIGNED = 1
    SIGNED = 2
    FLOAT = 3
    UNDEFINED = 4


class Extra(IntEnum):
    """What the first sample after the colours means (TIFF 6.0, tag 338)."""

    UNSPECIFIED = 0
    ASSOCIATED_ALPHA = 1
    UNASSOCIATED_ALPHA = 2


_CHANNELS = {
    Photometric.MIN_IS_WHITE: 1,
    Photometric.MIN_IS_BLACK: 1,
    Photometric.RGB: 3,
    Photometric.PALETTE: 1,
    Photometric.SEPARATED: 4,
    Photometric.YCBCR: 3,
}
_UNSIGNED_BITS = frozenset({*range(1, 17), 32, 64})
_BITS = {
    SampleFormat.UNSIGNED: _UNSIGNED_BITS,
    SampleFormat.UNDEFINED: _UNSIGNED_BITS,
    SampleFormat.SIGNED: frozenset({8, 16, 32, 64}),
    SampleFormat.FLOAT: frozenset({16, 24, 32, 64}),
}
_UNCOMPRESSED, _LZW, _JPEG = 1, 5, 7
# Besides: CCITT runs, fax 3 and fax 4; the three numbers of deflate; PackBits; Zstandard.
_COMPRESSIONS = frozenset({_UNCOMPRESSED, _LZW, _JPEG, 2, 3, 4, 8, 32946, 50013, 32773, 50000})
_SEPARATE_PLANES = 2
_BITS_FROM_THE_RIGHT = 2
_COLOUR_FILTER, _LINEAR_RAW = 32803, 34892
_REVERSED_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True, slots=True)
class TiffPage:
    """A page's pixels: `samples` numbers of `bits` each, of which the first are colour and the next is `extra`.

    `planes` is the number of planes that are stored one after the other: `samples`, or 1 where a pixel's samples
    stand together. `segment_width` and `segment_height` are those of its strips or tiles, in pixels; in these
    the bits of each byte may be stored in reverse.
    """

    width: int
    height: int
    bits: int
    samples: int
    sample_format: SampleFormat
    compression: int
    photometric: Photometric
    planes: int
    extra: Extra
    segment_width: int
    segment_height: int
    bits_reversed: bool

    @property
    def channels(self) -> int:
        """How many of a pixel's samples are colour; they come first."""
        return _CHANNELS[self.photometric]

    @property
    def has_alpha(self) -> bool:
        """Whether the first sample after the colours says how opaque a pixel is."""
        return self.samples > self.channels and self.extra is not Extra.UNSPECIFIED


def checked_page(directories: TiffDirectories, directory: Directory, data: bytes) -> TiffPage:
    """The page that `directory` describes, in the file `data`; raises `CropRefusedError` where it can't be read."""
    page = _described(directories, directory)
    _check_colours(page)
    for pixels in (page.width * page.height, page.segment_width * page.segment_height):
        if pixels * page.samples * math.ceil(page.bits / 8) > refusals.MAX_DECODED_BYTES:
            raise CropRefusedError(refusals.DECODED_TOO_LARGE)
    for offset, size, rows in _segments(directories, directory, page):
        _check_segment(page, rows, data, offset, size)
    return page


def _described(directories: TiffDirectories, directory: Directory) -> TiffPage:
    def number(tag: Tag, default: int) -> int:
        return directories.integer(directory, tag, default)

    width, height = number(Tag.IMAGE_WIDTH, 0), number(Tag.IMAGE_LENGTH, 0)
    refusals.check_size(width, height)
    if number(Tag.IMAGE_DEPTH, 1) != 1:
        raise refusals.unsupported_kind("a TIFF that holds a volume")
    samples = number(Tag.SAMPLES_PER_PIXEL, 1)
    compression = number(Tag.COMPRESSION, _UNCOMPRESSED)
    if compression not in _COMPRESSIONS:
        raise refusals.unsupported_kind(f"a TIFF with this kind of compression (number {compression})")
    bits, sample_format = _number_kind(directories, directory)
    planes = samples if number(Tag.PLANAR_CONFIGURATION, 1) == _SEPARATE_PLANES else 1
    usual = Photometric.RGB if samples >= 3 else Photometric.MIN_IS_BLACK
    extra = number(Tag.EXTRA_SAMPLES, Extra.UNSPECIFIED)
    tiled = Tag.TILE_WIDTH in directory
    return TiffPage(
        width=width,
        height=height,
        bits=bits,
        samples=samples,
        sample_format=sample_format,
        compression=compression,
        photometric=_photometric(number(Tag.PHOTOMETRIC, usual)),
        planes=planes,
        extra=Extra(extra) if extra in tuple(Extra) else Extra.UNSPECIFIED,
        segment_width=number(Tag.TILE_WIDTH, 0) if tiled else width,
        segment_height=number(Tag.TILE_LENGTH, 0) if tiled else min(number(Tag.ROWS_PER_STRIP, height), height),
        bits_reversed=number(Tag.FILL_ORDER, 1) == _BITS_FROM_THE_RIGHT,
    )


def _number_kind(directories: TiffDirectories, directory: Directory) -> tuple[int, SampleFormat]:
    bits = set(directories.integers(directory, Tag.BITS_PER_SAMPLE) or (1,))
    formats = set(directories.integers(directory, Tag.SAMPLE_FORMAT) or (SampleFormat.UNSIGNED,))
    if len(bits) == len(formats) == 1:
        (size,), (kind,) = bits, formats
        if kind in tuple(SampleFormat) and size in _BITS[SampleFormat(kind)]:
            return size, SampleFormat(kind)
    raise refusals.unsupported_kind("a TIFF with this kind of numbers for its pixels")


def _photometric(number: int) -> Photometric:
    if number in (_COLOUR_FILTER, _LINEAR_RAW):
        raise refusals.unsupported_format("a camera's raw file")
    if number not in tuple(Photometric):
        raise refusals.unsupported_kind("a TIFF with this kind of colours")
    return Photometric(number)


def _check_colours(page: TiffPage) -> None:
    extra = page.samples - page.channels
    if extra < 0:
        raise CropRefusedError(refusals.DAMAGED)
    if extra and page.channels == 1 and page.extra is Extra.UNSPECIFIED:
        raise refusals.unsupported_kind(f"a TIFF with {page.samples} channels that are not red, green and blue")
    if page.photometric is Photometric.YCBCR and (page.compression != _JPEG or page.planes > 1 or extra):
        raise refusals.unsupported_kind("a TIFF with this kind of colours")


def _segments(directories: TiffDirectories, directory: Directory, page: TiffPage) -> Iterator[tuple[int, int, int]]:
    # Offset and size in the file, and rows of pixels, of every strip or tile.
    if page.segment_width <= 0 or page.segment_height <= 0:
        raise CropRefusedError(refusals.DAMAGED)
    tiled = Tag.TILE_WIDTH in directory
    offsets = directories.integers(directory, Tag.TILE_OFFSETS if tiled else Tag.STRIP_OFFSETS)
    sizes = directories.integers(directory, Tag.TILE_BYTE_COUNTS if tiled else Tag.STRIP_BYTE_COUNTS)
    across = math.ceil(page.width / page.segment_width)
    down = math.ceil(page.height / page.segment_height)
    number = across * down * page.planes
    if len(offsets) < number or len(sizes) < number:
        raise CropRefusedError(refusals.DAMAGED)
    for index in range(number):
        above = index // across % down * page.segment_height
        rows = page.segment_height if tiled else min(page.segment_height, page.height - above)
        yield offsets[index], sizes[index], rows


def _check_segment(page: TiffPage, rows: int, data: bytes, offset: int, size: int) -> None:
    if offset <= 0 or size <= 0:
        raise CropRefusedError(refusals.DAMAGED)
    if page.compression == _UNCOMPRESSED:
        samples = page.samples // page.planes
        size = max(size, rows * math.ceil(page.segment_width * samples * page.bits / 8))
    if offset + size > len(data):
        raise CropRefusedError(refusals.CUT_SHORT)
    if page.compression == _LZW:
        coded = data[offset : offset + size]
        check_lzw(coded.translate(_REVERSED_BITS) if page.bits_reversed else coded)
    if page.compression == _JPEG:
        frame = containers.jpeg_frame(data[offset : offset + size])
        if frame.width > page.segment_width or frame.height > page.segment_height:
            raise CropRefusedError(refusals.DAMAGED)
