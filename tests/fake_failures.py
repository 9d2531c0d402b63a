"""Functions that fail on purpose, to put in the place of one that works."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def fails_with(error: BaseException) -> Callable[..., Any]:
    """A function that takes anything and raises `error`."""

    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail
