"""Values of a session file that no session holds, reported in words."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from sperm_viewer.domain.errors import SessionError

P = ParamSpec("P")
T = TypeVar("T")


def decoder(decode: Callable[P, T]) -> Callable[P, T]:
    """A function that turns what a file holds into values; SessionError if that is no such value."""

    @wraps(decode)
    def decoded_or_refused(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return decode(*args, **kwargs)
        except (ValueError, TypeError, LookupError, AttributeError, struct.error, RecursionError) as error:
            raise SessionError(
                f"This session holds what no session holds ({error}): it is damaged, or another program changed it. "
                "Restore it from a copy."
            ) from error

    return decoded_or_refused


def texts(*values: object) -> None:
    """Raises TypeError if one of them is no text: SQLite keeps any value in any column."""
    for value in values:
        if not isinstance(value, str):
            raise TypeError(f"{value!r:.80} in the place of a text")
