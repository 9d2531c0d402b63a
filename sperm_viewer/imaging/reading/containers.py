"""JPEG, BMP and WebP files taken apart before anything is decoded; `png` does the same for PNG.

Decoders forgive: they fill what is missing with grey or black, and pass broken metadata on as warnings. So the
outer structure of a file is read here first, to the end, and a decoder is given only the parts that make the picture.
All functions raise `CropRefusedError`.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from sperm_viewer.domain.errors import CropRefusedError
from sperm_viewer.imaging.reading import refusals
from sperm_viewer.imaging.reading.ifd import Tag, TiffDirectories


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in an image file.

    `picture` is a whole file of the same format without metadata; `icc` the embedded colour profile; `orientation`
    EXIF's number from 1 to 8 (1 is upright); `deep` where a channel has more than 8 bits.
    """

    picture: bytes
    icc: bytes | None = None
    orientation: int = 1
    deep: bool = False


# --- JPEG (ITU-T T.81, annex B) -----------------------------------------------------------------------------------

_JPEG_END, _JPEG_SCAN = 0xD9, 0xDA
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_APPLICATION = range(0xE0, 0xF0)
_JPEG_COMMENT = 0xFE
# Adobe's says how the colours are coded; JFIF's says that they are in the usual way.
_JPEG_KEPT_APPLICATION = {0xE0: b"JFIF\0", 0xEE: b"Adobe"}
_EXIF_MARK = b"Exif\0\0"
_ICC_MARK = b"ICC_PROFILE\0"
# Markers that begin a segment or end the file. Those left out stand alone: 0 after 0xFF is a coded byte of a scan,
# 0xD0 to 0xD7 are restarts within a scan, 0xD8 begins a file, those below 0xC0 mean nothing.
_JPEG_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd9-\xfe]")


@dataclass(frozen=True, slots=True)
class JpegFrame:
    """What a JPEG's frame header says: size in pixels, bits of a sample, channels."""

    width: int
    height: int
    bits: int
    channels: int


def jpeg(data: bytes) -> Contents:
    """The contents of a JPEG file; of one with several pictures, the first."""
    _checked_frame(data)
    picture = [b"\xff\xd8"]
    profile: dict[int, bytes] = {}
    orientation = 1
    for marker, start, end in _jpeg_segments(data):
        content = data[start + 4 : end] if marker in _JPEG_APPLICATION else b""
        if marker == 0xE1 and content.startswith(_EXIF_MARK):
            orientation = exif_orientation(content[len(_EXIF_MARK) :])
        elif marker == 0xE2 and content.startswith(_ICC_MARK) and len(content) > 14:
            profile[content[12]] = content[14:]
        is_metadata = marker == _JPEG_COMMENT or marker in _JPEG_APPLICATION
        kept = _JPEG_KEPT_APPLICATION.get(marker)
        if not is_metadata or (kept is not None and content.startswith(kept)):
            picture.append(data[start:end])
    icc = b"".join(profile[part] for part in sorted(profile)) or None
    return Contents(b"".join(picture), icc, orientation)


def jpeg_frame(data: bytes) -> JpegFrame:
    """The frame header of a JPEG stream, which may lack its tables; the stream is checked to its end."""
    frames = [
        JpegFrame(*_frame_values(data[start + 4 : end]))
        for marker, start, end in _jpeg_segments(data)
        if marker in _JPEG_FRAMES
    ]
    # A second frame header could carry another size past the limits.
    if len(frames) != 1:
        raise CropRefusedError(refusals.DAMAGED)
    return frames[0]


def _checked_frame(data: bytes) -> None:
    frame = jpeg_frame(data)
    refusals.check_size(frame.width, frame.height)
    if frame.bits != 8:
        raise refusals.unsupported_kind(f"JPEG with {frame.bits} bits a channel")


def _frame_values(content: bytes) -> tuple[int, int, int, int]:
    if len(content) < 6:
        raise CropRefusedError(refusals.DAMAGED)
    bits, height, width, channels = struct.unpack_from(">BHHB", content)
    return width, height, bits, channels


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    # Marker, start and end of every segment after the first marker up to the last; a scan's coded data belong to it.
    at = 2
    while True:
        found = _JPEG_MARKER.search(data, at)
        if found is None:
            raise CropRefusedError(refusals.CUT_SHORT)
        marker, start = data[found.end() - 1], found.end() - 2
        if marker == _JPEG_END:
            yield marker, start, start + 2
            return
        if start + 4 > len(data):
            raise CropRefusedError(refusals.CUT_SHORT)
        at = start + 2 + int.from_bytes(data[start + 2 : start + 4])
        if marker == _JPEG_SCAN:
            found = _JPEG_MARKER.search(data, at)
            at = len(data) + 1 if found is None else found.start()
        if at > len(data):
            raise CropRefusedError(refusals.CUT_SHORT)
        yield marker, start, at


# --- BMP (Microsoft, BITMAPINFOHEADER and its kin) ----------------------------------------------------------------

_BMP_UNCOMPRESSED = (0, 3)


def bmp(data: bytes) -> Contents:
    """The contents of a BMP file. Colour profiles, which only the rare fifth version can hold, are not looked for."""
    if len(data) < 26:
        raise CropRefusedError(refusals.CUT_SHORT)
    start, header_size = struct.unpack_from("<II", data, 10)
    if len(data) < 14 + header_size:
        raise CropRefusedError(refusals.CUT_SHORT)
    if header_size == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        compression, stored = 0, 0
    else:
        width, height, _, bits, compression, stored = struct.unpack_from("<iiHHII", data, 18)
    # Rows are stored from the top down where the height is negative.
    refusals.check_size(width, abs(height))
    if compression in _BMP_UNCOMPRESSED:
        stored = (width * bits + 31) // 32 * 4 * abs(height)
    if start + stored > len(data):
        raise CropRefusedError(refusals.CUT_SHORT)
    return Contents(data)


# --- WebP (RFC 9649) ----------------------------------------------------------------------------------------------


def webp(data: bytes) -> Contents:
    """The contents of a WebP file; of an animated one, the first picture."""
    end = 8 + int.from_bytes(data[4:8], "little")
    if len(data) < max(end, 30):
        raise CropRefusedError(refusals.CUT_SHORT)
    refusals.check_size(*_webp_size(data))
    icc: bytes | None = None
    orientation = 1
    start = 12
    while start + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, start)
        content_end = start + 8 + length
        if content_end > end:
            raise CropRefusedError(refusals.DAMAGED)
        if kind == b"ICCP":
            icc = data[start + 8 : content_end]
        elif kind == b"EXIF":
            orientation = exif_orientation(data[start + 8 : content_end].removeprefix(_EXIF_MARK))
        start = content_end + length % 2
    return Contents(data[:end], icc, orientation)


def _webp_size(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise CropRefusedError(refusals.DAMAGED)


# --- EXIF (CIPA DC-008) -------------------------------------------------------------------------------------------


def exif_orientation(block: bytes) -> int:
    """The orientation in an EXIF block, from 1 to 8; 1 (upright) where it says nothing that can be understood."""
    try:
        directories = TiffDirectories(io.BytesIO(block))
        value = directories.integer(directories.page(1), Tag.ORIENTATION, 1)
    except CropRefusedError:
        return 1
    return value if 1 <= value <= 8 else 1
