"""One page of a TIFF file to a raster; tifffile and imagecodecs decode what `tiff_page` has checked."""

from __future__ import annotations

import io
import struct

import numpy as np
import tifffile

from sperm_viewer.domain.arrays import FloatArray, UInt8Array
from sperm_viewer.domain.errors import CropRefusedError
from sperm_viewer.imaging.reading import refusals
from sperm_viewer.imaging.reading.colour import Raster, Samples
from sperm_viewer.imaging.reading.ifd import Directory, Tag, TiffDirectories
from sperm_viewer.imaging.reading.tiff_page import Extra, Photometric, SampleFormat, TiffPage, checked_page

# All that tifffile needs for the pixels. It gets nothing else: the private tags of microscopes' makers would have it
# read the file in ways that were not checked.
_PIXEL_TAGS = frozenset(
    {
        Tag.IMAGE_WIDTH,
        Tag.IMAGE_LENGTH,
        Tag.BITS_PER_SAMPLE,
        Tag.COMPRESSION,
        Tag.PHOTOMETRIC,
        Tag.FILL_ORDER,
        Tag.STRIP_OFFSETS,
        Tag.SAMPLES_PER_PIXEL,
        Tag.ROWS_PER_STRIP,
        Tag.STRIP_BYTE_COUNTS,
        Tag.PLANAR_CONFIGURATION,
        Tag.T4_OPTIONS,
        Tag.PREDICTOR,
        Tag.TILE_WIDTH,
        Tag.TILE_LENGTH,
        Tag.TILE_OFFSETS,
        Tag.TILE_BYTE_COUNTS,
        Tag.EXTRA_SAMPLES,
        Tag.SAMPLE_FORMAT,
        Tag.JPEG_TABLES,
        Tag.YCBCR_SUBSAMPLING,
    }
)


def decode_tiff(data: bytes, number: int | None) -> Raster:
    """The raster of page `number`, from 1, of the TIFF file `data`; None is its first page that is no thumbnail.

    Raises `CropRefusedError`; what tifffile and imagecodecs raise on damaged data is let through.
    """
    directories = TiffDirectories(io.BytesIO(data))
    if number is None:
        number = _only_page(directories)
    directory = directories.page(number)
    page = checked_page(directories, directory, data)
    stored = _decode(_single_page_file(data, directories, directory), page)
    alpha = _opacity(stored[..., page.channels], page) if page.has_alpha else None
    colours = stored[..., : page.channels]
    if page.photometric is Photometric.PALETTE:
        colours = _palette(directories, directory, page)[colours[..., 0]]
    elif page.bits < 8:
        colours = (colours.astype(np.uint16) * 255 // (2**page.bits - 1)).astype(np.uint8)
    if page.photometric is Photometric.MIN_IS_WHITE:
        colours = _inverted(colours)
    if alpha is not None and page.extra is Extra.ASSOCIATED_ALPHA:
        colours = _unmultiplied(colours, alpha)
    orientation = directories.integer(directory, Tag.ORIENTATION, 1)
    return Raster(
        colours,
        alpha,
        icc=directories.content(directory, Tag.ICC_PROFILE),
        orientation=orientation if 1 <= orientation <= 8 else 1,
    )


def _only_page(directories: TiffDirectories) -> int:
    numbers = directories.full_size_pages(most=1)
    if not numbers:
        raise CropRefusedError(refusals.DAMAGED)
    # A chain that is broken further on means that pages are missing; that must not pass for a whole file.
    for _ in directories.offsets():
        pass
    return numbers[0]


def _single_page_file(data: bytes, directories: TiffDirectories, directory: Directory) -> bytes:
    # A new directory behind the data, where all offsets stay valid, and a header that points to it.
    entries = [entry.raw for tag, entry in sorted(directory.items()) if tag in _PIXEL_TAGS]
    offset = struct.Struct(directories.order + directories.offset_code)
    number = struct.Struct(directories.order + directories.number_code)
    start = 16 if directories.big else 8
    head = data[: start - offset.size] + offset.pack(len(data))
    return b"".join((head, data[start:], number.pack(len(entries)), *entries, offset.pack(0)))


def _decode(single_page_file: bytes, page: TiffPage) -> Samples:
    # (height, width, samples), in the machine's byte order.
    with tifffile.TiffFile(io.BytesIO(single_page_file)) as file:
        stored = file.pages.first.asarray(squeeze=False, maxworkers=1)
    # tifffile's order is: separate samples, depth, height, width, samples that stand together.
    pixels = np.moveaxis(stored[:, 0, :, :, 0], 0, -1) if page.planes > 1 else stored[0, 0]
    if pixels.dtype == np.bool_:
        return pixels.astype(np.uint8)
    return pixels.astype(pixels.dtype.newbyteorder("="), copy=False)


def _palette(directories: TiffDirectories, directory: Directory, page: TiffPage) -> UInt8Array:
    # (entries, 3). The colours have 16 bits, of which the upper 8 are shown; some writers filled the lower ones only.
    values = np.array(directories.integers(directory, Tag.COLOR_MAP), np.uint16)
    if values.size != 3 * 2**page.bits or page.bits > 16:
        raise CropRefusedError(refusals.DAMAGED)
    return (values if values.max() < 256 else values >> 8).astype(np.uint8).reshape(3, -1).T


def _inverted(colours: Samples) -> Samples:
    if colours.dtype.kind == "u":
        return np.subtract(np.iinfo(colours.dtype).max, colours)
    return -colours.astype(np.float64)


def _opacity(samples: Samples, page: TiffPage) -> FloatArray:
    if page.sample_format is SampleFormat.FLOAT:
        full = 1
    elif page.sample_format is SampleFormat.SIGNED:
        full = 2 ** (page.bits - 1) - 1
    else:
        full = 2**page.bits - 1
    return (np.nan_to_num(samples) / full).clip(0, 1).astype(np.float32)


def _unmultiplied(colours: Samples, alpha: FloatArray) -> Samples:
    opacity = alpha[..., None].astype(np.float64)
    divided = np.divide(colours, opacity, out=np.zeros(colours.shape), where=opacity > 0)
    return np.rint(divided).clip(0, 255).astype(np.uint8) if colours.dtype == np.uint8 else divided
