"""TIFF image file directories, read strictly: which pages a file has, and what a page's tags say.

TIFF 6.0, section 2, and BigTIFF. Three places need this, and all of them before or without decoding a pixel:
listing the pages of many files, checking a page against the limits, and the orientation in an EXIF block, which is
a small TIFF. All functions raise `CropRefusedError` where the structure is cut short or damaged.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from typing import BinaryIO

from sperm_viewer.domain.errors import CropRefusedError
from sperm_viewer.imaging.reading import refusals

MAX_TAGS = 4096
MAX_DIRECTORIES = 2**16
MAX_VALUES = 2**20
"""Values of one tag: as many as the tiles of the largest crop need, four times over."""
MAX_CONTENT_BYTES = 2**24


class Tag(IntEnum):
    """The tags that this app asks for, by their numbers in TIFF 6.0."""

    NEW_SUBFILE_TYPE = 254
    SUBFILE_TYPE = 255
    IMAGE_WIDTH = 256
    IMAGE_LENGTH = 257
    BITS_PER_SAMPLE = 258
    COMPRESSION = 259
    PHOTOMETRIC = 262
    FILL_ORDER = 266
    STRIP_OFFSETS = 273
    ORIENTATION = 274
    SAMPLES_PER_PIXEL = 277
    ROWS_PER_STRIP = 278
    STRIP_BYTE_COUNTS = 279
    PLANAR_CONFIGURATION = 284
    T4_OPTIONS = 292
    PREDICTOR = 317
    COLOR_MAP = 320
    TILE_WIDTH = 322
    TILE_LENGTH = 323
    TILE_OFFSETS = 324
    TILE_BYTE_COUNTS = 325
    EXTRA_SAMPLES = 338
    SAMPLE_FORMAT = 339
    JPEG_TABLES = 347
    YCBCR_SUBSAMPLING = 530
    IMAGE_DEPTH = 32997
    ICC_PROFILE = 34675


@dataclass(frozen=True, slots=True)
class Entry:
    """One tag of a directory: the type and number of its values; `field`, which holds them or, where they don't fit,
    their offset; and `raw`, all of it as it is stored.
    """

    type: int
    count: int
    field: bytes
    raw: bytes


Directory = Mapping[int, Entry]
"""The entries of one page, by their tags."""

# Integer types by their numbers: BYTE, SHORT, LONG, SBYTE, SSHORT, SLONG, IFD, LONG8, SLONG8, IFD8.
_INTEGERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}
_BYTES = {1, 2, 7}
_REDUCED_OR_MASK = 0b101
"""Bits of NewSubfileType: a smaller copy of another page, and a transparency mask."""


class TiffDirectories:
    """The directories of the TIFF file `file`, which stays the caller's to close."""

    def __init__(self, file: BinaryIO) -> None:
        """Reads the header; raises `CropRefusedError` where there is none."""
        self._file = file
        head = self._read_at(0, 8)
        self.order = "<" if head[:2] == b"II" else ">"
        """The file's byte order, as `struct` writes it."""
        version = self._unpack("H", head[2:4])
        if head[:2] not in (b"II", b"MM") or version not in (42, 43):
            raise CropRefusedError(refusals.DAMAGED)
        self.big = version == 43
        """Whether it is a BigTIFF, whose offsets have eight bytes instead of four."""
        self.offset_code = "Q" if self.big else "I"
        """The `struct` code of an offset, and of the number of a tag's values."""
        self.number_code = "Q" if self.big else "H"
        """The `struct` code of the number of tags."""
        self._offset_size = struct.calcsize("<" + self.offset_code)
        self._number_size = struct.calcsize("<" + self.number_code)
        self._entry = struct.Struct(f"{self.order}HH{self.offset_code}{self._offset_size}s")
        self._first = self._unpack("Q", self._read_at(8, 8)) if self.big else self._unpack("I", head[4:8])

    def offsets(self) -> Iterator[int]:
        """Where the directories are, in the order of the pages; a chain that bites its own tail ends there."""
        seen: set[int] = set()
        offset = self._first
        while offset and offset not in seen and len(seen) < MAX_DIRECTORIES:
            seen.add(offset)
            yield offset
            offset = self._next(offset)

    def read(self, offset: int) -> Directory:
        """The directory at `offset`."""
        number = self._number_of_tags(offset)
        block = self._read_at(offset + self._number_size, number * self._entry.size)
        entries: dict[int, Entry] = {}
        for at in range(0, len(block), self._entry.size):
            raw = block[at : at + self._entry.size]
            tag, kind, count, field = self._entry.unpack(raw)
            entries.setdefault(tag, Entry(kind, count, field, raw))
        return entries

    def full_size_pages(self, most: int) -> list[int]:
        """The numbers, from 1, of the first `most` pages that are neither a thumbnail nor a mask.

        Where every page says that it is a thumbnail, all of them count.
        """
        numbers: list[int] = []
        total = 0
        for offset in self.offsets():
            if len(numbers) == most:
                break
            total += 1
            if not self._is_reduced(self.read(offset)):
                numbers.append(total)
        return numbers or list(range(1, min(total, most) + 1))

    def page(self, number: int) -> Directory:
        """The directory of page `number`, from 1; raises `CropRefusedError` where there are fewer pages."""
        offset = next(islice(self.offsets(), number - 1, None), None) if number > 0 else None
        if offset is None:
            raise refusals.no_such_page(number, sum(1 for _ in self.offsets()))
        return self.read(offset)

    def integers(self, directory: Directory, tag: Tag) -> tuple[int, ...]:
        """The values of `tag`; empty where the page doesn't have it."""
        entry = directory.get(tag)
        if entry is None:
            return ()
        code = _INTEGERS.get(entry.type)
        if code is None or entry.count > MAX_VALUES:
            raise CropRefusedError(refusals.DAMAGED)
        values = self._value(entry, entry.count * struct.calcsize("<" + code))
        return struct.unpack(f"{self.order}{entry.count}{code}", values)

    def integer(self, directory: Directory, tag: Tag, default: int) -> int:
        """The first value of `tag`, or `default` where the page doesn't have it."""
        return next(iter(self.integers(directory, tag)), default)

    def content(self, directory: Directory, tag: Tag) -> bytes | None:
        """The value of a tag that holds plain bytes; None where the page doesn't have it, or not as bytes."""
        entry = directory.get(tag)
        if entry is None or entry.type not in _BYTES or entry.count > MAX_CONTENT_BYTES:
            return None
        return self._value(entry, entry.count)

    def _is_reduced(self, directory: Directory) -> bool:
        kind = self.integer(directory, Tag.NEW_SUBFILE_TYPE, 0)
        return bool(kind & _REDUCED_OR_MASK) or self.integer(directory, Tag.SUBFILE_TYPE, 1) == 2

    def _value(self, entry: Entry, size: int) -> bytes:
        if size <= len(entry.field):
            return entry.field[:size]
        return self._read_at(self._unpack(self.offset_code, entry.field), size)

    def _number_of_tags(self, offset: int) -> int:
        number = self._unpack(self.number_code, self._read_at(offset, self._number_size))
        if not 0 < number <= MAX_TAGS:
            raise CropRefusedError(refusals.DAMAGED)
        return number

    def _next(self, offset: int) -> int:
        end = offset + self._number_size + self._number_of_tags(offset) * self._entry.size
        return self._unpack(self.offset_code, self._read_at(end, self._offset_size))

    def _unpack(self, code: str, content: bytes) -> int:
        value: int = struct.unpack(self.order + code, content)[0]
        return value

    def _read_at(self, offset: int, size: int) -> bytes:
        # No file is as long as 2**63, and to seek beyond that is an error of another kind.
        if offset >= 2**63:
            raise CropRefusedError(refusals.CUT_SHORT)
        self._file.seek(offset)
        content = self._file.read(size)
        if len(content) < size:
            raise CropRefusedError(refusals.CUT_SHORT)
        return content
