"""LZW streams checked before imagecodecs decodes them (TIFF 6.0, section 13).

`imcd_lzw_decode` in imagecodecs' imcd.c (2026.3.6) doesn't check the first code after a clear
code. In a damaged stream that code may refer to an entry that the table doesn't have yet; the decoder then follows an
uninitialised pointer, and the process dies. No issue of github.com/cgohlke/imagecodecs is known that reports it
(2026-11-28). This module can go when a release checks that code.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.imaging.reading import refusals

_CLEAR, _END = 256, 257
_FIRST_BITS = 9
# The most codes that the decoder takes before the next clear code.
_MOST_CODES = 5120 - 258 + 2

_Codes = npt.NDArray[np.int64]


def check_lzw(coded: bytes) -> None:
    """Raises `ImageRefusedError` if a code right after a clear code in `coded`, a strip or tile, is no single byte."""
    if any(first > _END for first in _first_codes(coded)):
        raise ImageRefusedError(refusals.DAMAGED)


def _first_codes(coded: bytes) -> Iterator[int]:
    # The codes after each clear code, up to the end code or the end of the stream.
    from_the_left = coded[:1] != b"\0"  # otherwise the old variant, which fills its bytes from the right
    stream = np.frombuffer(coded + bytes(2), np.uint8).astype(np.int64)
    widths = _widths(511 if from_the_left else 512)
    offsets = np.concatenate(([0], np.cumsum(widths)))
    position = _FIRST_BITS  # a stream begins with a clear code
    while True:
        number = int(np.searchsorted(position + offsets[1:], len(coded) * 8, side="right"))
        if number == 0:
            return
        codes = _codes(stream, position + offsets[:number], widths[:number], from_the_left)
        yield int(codes[0])
        special = np.flatnonzero((codes == _CLEAR) | (codes == _END))
        if special.size == 0 or codes[special[0]] == _END:
            return
        position += int(offsets[special[0] + 1])


def _widths(first_change: int) -> _Codes:
    # Bits of each code after a clear code: one more when the table is full, in the usual variant one code earlier.
    # The table begins with 258 entries, and the first code adds none.
    entries = 258 + np.maximum(np.arange(_MOST_CODES) - 1, 0)
    changes = np.array([511, 1023, 2047]) + (first_change - 511)
    return _FIRST_BITS + np.searchsorted(changes, entries, side="right").astype(np.int64)


def _codes(stream: _Codes, starts: _Codes, widths: _Codes, from_the_left: bool) -> _Codes:
    at, bit = starts >> 3, starts & 7
    if from_the_left:
        three = stream[at] << 16 | stream[at + 1] << 8 | stream[at + 2]
        shifted = three >> (24 - bit - widths)
    else:
        three = stream[at] | stream[at + 1] << 8 | stream[at + 2] << 16
        shifted = three >> bit
    codes: _Codes = shifted & ((1 << widths) - 1)
    return codes
