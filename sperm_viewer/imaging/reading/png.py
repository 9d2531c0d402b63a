"""A PNG file's structure and pixel stream, checked before anything is decoded.

W3C PNG specification, third edition. Pillow leaves missing rows black without an error, and imagecodecs loses a
reference to None with every file that it can't decode, until the process dies. Neither gets a stream that isn't whole.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.imaging.reading import refusals

_MARK = b"\x89PNG\r\n\x1a\n"
_PICTURE = frozenset({b"IHDR", b"tRNS", b"IDAT", b"IEND"})
_PIECE_BYTES = 2**16
_HIGHEST_FILTER = 4

# Samples of a pixel by colour type: grey, RGB, palette, grey and alpha, RGB and alpha.
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# Where each pass of an interlaced image begins, and its steps: x, y, step in x, step in y.
_ALL_PIXELS = ((0, 0, 1, 1),)
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


@dataclass(frozen=True, slots=True)
class CheckedPng:
    """Bits per channel, and a PNG file of the pixels alone: without palette, colour profile and other metadata."""

    bits: int
    pixels_only: bytes


@dataclass(frozen=True, slots=True)
class _Header:
    width: int
    height: int
    bits: int
    samples: int
    interlaced: bool

    def passes(self) -> Iterator[tuple[int, int]]:
        """Rows, and bytes per row with its filter byte, of each pass over the image."""
        for left, top, across, down in _ADAM7 if self.interlaced else _ALL_PIXELS:
            columns, rows = -(-(self.width - left) // across), -(-(self.height - top) // down)
            if columns > 0 and rows > 0:
                yield rows, 1 + (columns * self.samples * self.bits + 7) // 8


def check_png(data: bytes) -> CheckedPng:
    """Checks size, critical chunks and pixel stream of a PNG file; raises `ImageRefusedError`."""
    if not data.startswith(_MARK):
        raise ImageRefusedError(refusals.CUT_SHORT if _MARK.startswith(data) else refusals.DAMAGED)
    picture = [_MARK]
    stream: list[bytes] = []
    header: _Header | None = None
    for kind, content, whole in _chunks(data):
        if header is None:
            header = _header(kind, content)
        elif kind == b"IHDR":
            raise ImageRefusedError(refusals.DAMAGED)
        if kind in _PICTURE:
            picture.append(whole)
        if kind == b"IDAT":
            stream.append(content)
    if header is None or not _is_whole(stream, tuple(header.passes())):
        raise ImageRefusedError(refusals.DAMAGED)
    return CheckedPng(header.bits, b"".join(picture))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    # Kind, content, and all of every chunk up to IEND.
    start = len(_MARK)
    kind = b""
    while kind != b"IEND":
        if start + 12 > len(data):
            raise ImageRefusedError(refusals.CUT_SHORT)
        length, kind = struct.unpack_from(">I4s", data, start)
        whole = data[start : start + 12 + length]
        if len(whole) < 12 + length:
            raise ImageRefusedError(refusals.CUT_SHORT)
        # A capital letter marks a chunk that no decoder may skip.
        if kind[:1].isupper() and zlib.crc32(whole[4:-4]) != int.from_bytes(whole[-4:]):
            raise ImageRefusedError(refusals.DAMAGED)
        yield kind, whole[8:-4], whole
        start += len(whole)


def _header(kind: bytes, content: bytes) -> _Header:
    if kind != b"IHDR" or len(content) != 13:
        raise ImageRefusedError(refusals.DAMAGED)
    width, height, bits, colour_type, compression, filtering, interlacing = struct.unpack(">IIBBBBB", content)
    refusals.check_size(width, height)
    if colour_type not in _SAMPLES or compression or filtering or interlacing > 1:
        raise ImageRefusedError(refusals.DAMAGED)
    return _Header(width, height, bits, _SAMPLES[colour_type], interlacing == 1)


def _is_whole(stream: Sequence[bytes], passes: Sequence[tuple[int, int]]) -> bool:
    # Whether the stream inflates to all rows, each with a filter that exists, and ends as it should. More bytes than
    # the rows need are overlooked, and not inflated.
    wanted = sum(rows * size for rows, size in passes)
    inflater = zlib.decompressobj()
    total = 0
    for piece in _inflated(stream, inflater):
        if _highest_filter(piece, total, passes) > _HIGHEST_FILTER:
            return False
        total += len(piece)
        if total > wanted:
            return True
    return total == wanted and inflater.eof


def _inflated(stream: Sequence[bytes], inflater: zlib._Decompress) -> Iterator[bytes]:
    for content in stream:
        for start in range(0, len(content), _PIECE_BYTES):
            coded = content[start : start + _PIECE_BYTES]
            while coded and not inflater.eof:
                yield inflater.decompress(coded, 16 * _PIECE_BYTES)
                coded = inflater.unconsumed_tail


def _highest_filter(piece: bytes, position: int, passes: Sequence[tuple[int, int]]) -> int:
    # The highest filter byte, one at the beginning of each row, in `piece`, which is at `position` in the stream.
    highest, start = 0, 0
    for rows, size in passes:
        end = start + rows * size
        if start < position + len(piece) and end > position:
            first = start if start > position else position + (start - position) % size
            highest = max(highest, max(piece[first - position : end - position : size], default=0))
        start = end
    return highest
