"""A PNG file taken apart, and its pixel stream checked, before anything is decoded.

W3C PNG specification, third edition. Pillow leaves rows that are missing black without a word, and imagecodecs loses
a reference to None with every file that it can't decode, until the process dies. So neither gets a stream that isn't
whole.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sperm_viewer.domain.errors import CropRefusedError
from sperm_viewer.imaging.reading import refusals
from sperm_viewer.imaging.reading.containers import Contents, exif_orientation

_MARK = b"\x89PNG\r\n\x1a\n"
_PICTURE = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_MAX_PROFILE_BYTES = 2**24
_PIECE_BYTES = 2**20

# Samples of a pixel by colour type: grey, RGB, palette, grey and alpha, RGB and alpha.
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_BITS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
# Where each pass of an interlaced image begins, and its steps: x, y, step in x, step in y.
_ALL_PIXELS = ((0, 0, 1, 1),)
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


@dataclass(frozen=True, slots=True)
class _Header:
    width: int
    height: int
    bits: int
    samples: int
    interlaced: bool

    def stream_bytes(self) -> int:
        """How many bytes the pixels are before compression: a filter's number, then the pixels, for each row."""
        total = 0
        for left, top, across, down in _ADAM7 if self.interlaced else _ALL_PIXELS:
            columns, rows = -(-(self.width - left) // across), -(-(self.height - top) // down)
            if columns > 0 and rows > 0:
                total += rows * (1 + (columns * self.samples * self.bits + 7) // 8)
        return total


def png(data: bytes) -> Contents:
    """The contents of a PNG file; of an animated one, the still picture. Raises `CropRefusedError`."""
    if not data.startswith(_MARK):
        raise CropRefusedError(refusals.CUT_SHORT if _MARK.startswith(data) else refusals.DAMAGED)
    picture = [_MARK]
    stream: list[bytes] = []
    header: _Header | None = None
    icc: bytes | None = None
    orientation = 1
    for kind, content, whole in _chunks(data):
        if header is None:
            header = _header(kind, content)
        elif kind == b"IHDR":
            raise CropRefusedError(refusals.DAMAGED)
        if kind in _PICTURE:
            picture.append(whole)
        if kind == b"IDAT":
            stream.append(content)
        elif kind == b"iCCP":
            icc = _profile(content)
        elif kind == b"eXIf":
            orientation = exif_orientation(content)
    if header is None or not _is_whole(stream, header.stream_bytes()):
        raise CropRefusedError(refusals.DAMAGED)
    return Contents(b"".join(picture), icc, orientation, deep=header.bits == 16)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    # Kind, content, and all of every chunk up to IEND.
    start = len(_MARK)
    kind = b""
    while kind != b"IEND":
        if start + 12 > len(data):
            raise CropRefusedError(refusals.CUT_SHORT)
        length, kind = struct.unpack_from(">I4s", data, start)
        whole = data[start : start + 12 + length]
        if len(whole) < 12 + length:
            raise CropRefusedError(refusals.CUT_SHORT)
        if kind in _PICTURE and zlib.crc32(whole[4:-4]) != int.from_bytes(whole[-4:]):
            raise CropRefusedError(refusals.DAMAGED)
        yield kind, whole[8:-4], whole
        start += len(whole)


def _header(kind: bytes, content: bytes) -> _Header:
    if kind != b"IHDR" or len(content) != 13:
        raise CropRefusedError(refusals.DAMAGED)
    width, height, bits, colour_type, compression, filtering, interlacing = struct.unpack(">IIBBBBB", content)
    refusals.check_size(width, height)
    if bits not in _BITS.get(colour_type, ()) or compression or filtering or interlacing > 1:
        raise CropRefusedError(refusals.DAMAGED)
    return _Header(width, height, bits, _SAMPLES[colour_type], interlacing == 1)


def _is_whole(stream: Sequence[bytes], wanted: int) -> bool:
    # Whether the stream inflates to the bytes that are wanted and ends as it should. More are overlooked, and not
    # inflated.
    inflater = zlib.decompressobj()
    total = 0
    for coded in stream:
        more = True
        while more and not inflater.eof and total <= wanted:
            piece = inflater.decompress(coded, _PIECE_BYTES)
            total += len(piece)
            coded = inflater.unconsumed_tail
            more = len(piece) == _PIECE_BYTES
    return total > wanted or (total == wanted and inflater.eof)


def _profile(content: bytes) -> bytes | None:
    _, _, compressed = content.partition(b"\0")
    try:
        return zlib.decompressobj().decompress(compressed[1:], _MAX_PROFILE_BYTES)
    except zlib.error:
        return None
