"""Large images are read and worked on one at a time: each may need a gigabyte."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

LARGE_PIXELS = 8_000_000
LARGE_FILE_BYTES = 64 * 2**20

_one = threading.Lock()


class LargeTurn:
    """A block that takes the turn of the process's large images once its image proves to be large, and keeps it to its
    end. `found` is given the image's pixels as soon as they are known and its turn has come.
    """

    def __init__(self, found: Callable[[int], None] | None = None) -> None:
        self._found = found
        self._has_turn = False

    def begin_file(self, size: int) -> None:
        """Waits for the turn if the file of `size` bytes is large."""
        self._take(size > LARGE_FILE_BYTES)

    def begin_image(self, pixels: int) -> None:
        """Waits for the turn if the image is large."""
        self._take(pixels > LARGE_PIXELS)
        if self._found:
            self._found(pixels)

    def _take(self, large: bool) -> None:
        if large and not self._has_turn:
            _one.acquire()
            self._has_turn = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._has_turn:
            self._has_turn = False
            _one.release()
