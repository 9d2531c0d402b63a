"""The directories of a TIFF file, one per page, read strictly (TIFF 6.0, section 2, and BigTIFF).

Pages are listed from the file itself, and tifffile gets the tags of one page only: it treats the private tags of
microscope makers specially, reads what it can't understand as if it were absent, and follows overlapping directories.
All functions raise `ImageRefusedError` if the structure is cut short or damaged.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.imaging.reading import refusals

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_TAGS = 4096
MAX_DIRECTORIES = 2**16
MAX_VALUE_BYTES = 2**24
"""Bytes of one tag's values: more than the offsets of all tiles of the largest crop, or a large colour profile."""

Directory = Mapping[int, bytes]
"""The entries of one page by tag, each as the file stores it: tag, type, count, and the values or their offset."""

_NEW_SUBFILE_TYPE, _SUBFILE_TYPE = 254, 255
_REDUCED_OR_MASK = 0b101
"""Bits of NewSubfileType: a smaller copy of another page, and a transparency mask."""
_REDUCED = 2
_ASCII, _SHORT, _RATIONAL = 2, 3, 5
# BYTE, SHORT, LONG, UNDEFINED, IFD, LONG8, IFD8.
_TYPE_BYTES = {1: 1, _SHORT: 2, 4: 4, 7: 1, 13: 4, 16: 8, 18: 8}


class TiffDirectories:
    """The directories of the TIFF file `file`, which the caller closes."""

    def __init__(self, file: BinaryIO) -> None:
        """Reads the header; raises `ImageRefusedError` if there is none."""
        self._file = file
        head = self._read_at(0, 8)
        self.order = "<" if head[:2] == b"II" else ">"
        """The file's byte order, as `struct` writes it."""
        version = self._unpack("H", head[2:4])
        if head[:2] not in (b"II", b"MM") or version not in (42, 43):
            raise ImageRefusedError(refusals.DAMAGED)
        self.big = version == 43
        """Whether it is a BigTIFF, whose offsets have eight bytes instead of four."""
        self.offset_code, self._number_code = ("Q", "Q") if self.big else ("I", "H")
        self._offset_size, self._number_size = struct.calcsize(self.offset_code), struct.calcsize(self._number_code)
        self._entry_size = 4 + 2 * self._offset_size
        self._first = self._unpack("Q", self._read_at(8, 8)) if self.big else self._unpack("I", head[4:8])

    def offsets(self) -> Iterator[int]:
        """Where the directories are, in the order of the pages; a chain that leads back to itself ends there."""
        file_size = self._file.seek(0, 2)
        seen: set[int] = set()
        offset, total = self._first, 0
        while offset and offset not in seen and len(seen) < MAX_DIRECTORIES:
            seen.add(offset)
            yield offset
            size = self._entries_size(offset)
            total += size
            if total > file_size:  # directories that share their bytes would take time without limit
                raise ImageRefusedError(refusals.DAMAGED)
            offset = self._unpack(self.offset_code, self._read_at(offset + self._number_size + size, self._offset_size))

    def read(self, offset: int) -> Directory:
        """The directory at `offset`; of a tag that occurs twice, the first entry."""
        block = self._read_at(offset + self._number_size, self._entries_size(offset))
        entries: dict[int, bytes] = {}
        for at in range(0, len(block), self._entry_size):
            entries.setdefault(self._unpack("H", block[at : at + 2]), block[at : at + self._entry_size])
        return entries

    def full_size_pages(self, most: int) -> list[int]:
        """The numbers, from 1, of the first `most` pages that are neither a thumbnail nor a mask.

        If every page is marked as a thumbnail, all of them count.
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
        """The directory of page `number`, from 1; raises `ImageRefusedError` if there are fewer pages."""
        offset = next(islice(self.offsets(), number - 1, None), None) if number > 0 else None
        if offset is None:
            raise refusals.no_such_page(number, sum(1 for _ in self.offsets()))
        return self.read(offset)

    def check_values(self, entry: bytes, file_size: int) -> None:
        """Checks that the values of `entry` are unsigned numbers or bytes, not too many, and within the file."""
        kind, count = struct.unpack_from(f"{self.order}H{self.offset_code}", entry, 2)
        size = count * _TYPE_BYTES.get(kind, 0)
        if not 0 < size <= MAX_VALUE_BYTES:
            raise ImageRefusedError(refusals.DAMAGED)
        if size > self._offset_size:
            offset = self._unpack(self.offset_code, entry[-self._offset_size :])
            if offset < 8:
                raise ImageRefusedError(refusals.DAMAGED)
            if offset + size > file_size:
                raise ImageRefusedError(refusals.CUT_SHORT)

    def raw_values(self, entry: bytes, most: int) -> tuple[int, bytes]:
        """The type of an entry's values, and their bytes as the file stores them, `most` at most."""
        kind, count = struct.unpack_from(f"{self.order}H{self.offset_code}", entry, 2)
        size = count * _TYPE_BYTES.get(kind, {_ASCII: 1, _RATIONAL: 8}.get(kind, 0))
        if size <= self._offset_size:
            return kind, entry[-self._offset_size :][:size]
        return kind, self._read_at(self._unpack(self.offset_code, entry[-self._offset_size :]), min(size, most))

    def single_page_file(self, data: bytes, directory: Directory, tags: Container[int]) -> BinaryIO:
        """A TIFF file of the one page `directory` with `tags` only; `data` is the whole file, which isn't copied.

        The new directory is behind the data, so all offsets stay valid.
        """
        entries = [entry for tag, entry in sorted(directory.items()) if tag in tags]
        end = 16 if self.big else 8
        head = data[: end - self._offset_size] + struct.pack(self.order + self.offset_code, len(data))
        number = struct.pack(self.order + self._number_code, len(entries))
        behind = b"".join((number, *entries, bytes(self._offset_size)))
        return io.BufferedReader(_Joined((head, memoryview(data)[end:], behind)))

    def _is_reduced(self, directory: Directory) -> bool:
        kind = self._first_value(directory, _NEW_SUBFILE_TYPE)
        return bool(kind & _REDUCED_OR_MASK) or self._first_value(directory, _SUBFILE_TYPE) == _REDUCED

    def _first_value(self, directory: Directory, tag: int) -> int:
        # The SHORT or LONG in an entry; 0 if the page doesn't have the tag.
        entry = directory.get(tag)
        if entry is None:
            return 0
        code = "H" if self._unpack("H", entry[2:4]) == _SHORT else "I"
        value = entry[4 + self._offset_size :]
        return self._unpack(code, value[: struct.calcsize(code)])

    def _entries_size(self, offset: int) -> int:
        number = self._unpack(self._number_code, self._read_at(offset, self._number_size))
        if not 0 < number <= MAX_TAGS:
            raise ImageRefusedError(refusals.DAMAGED)
        return number * self._entry_size

    def _unpack(self, code: str, content: bytes) -> int:
        value: int = struct.unpack(self.order + code, content)[0]
        return value

    def _read_at(self, offset: int, size: int) -> bytes:
        # No file is as long as 2**63, and to seek beyond that is an error of another kind.
        if offset >= 2**63:
            raise ImageRefusedError(refusals.CUT_SHORT)
        self._file.seek(offset)
        content = self._file.read(size)
        if len(content) < size:
            raise ImageRefusedError(refusals.CUT_SHORT)
        return content


class _Joined(io.RawIOBase):
    """Pieces of bytes as one file."""

    def __init__(self, pieces: Sequence[bytes | memoryview]) -> None:
        super().__init__()
        self._pieces = [memoryview(piece) for piece in pieces]
        self._size = sum(map(len, self._pieces))
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        target, begin = memoryview(buffer).cast("B"), self._at
        start = 0
        for piece in self._pieces:
            part = piece[max(self._at - start, 0) : max(self._at - start, 0) + len(target) - (self._at - begin)]
            target[self._at - begin : self._at - begin + len(part)] = part
            self._at += len(part)
            start += len(piece)
        return self._at - begin
