"""Where messages are provoked: an empty folder, things that can be broken for a moment, and what was said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sperm_viewer.domain.errors import SpermViewerError


@dataclass(frozen=True, slots=True)
class Stage:
    folder: Path

    def empty(self, name: str) -> Path:
        made = self.folder / name
        made.mkdir()
        return made


def said(call: Callable[..., Any], *arguments: Any, **named: Any) -> str:
    """What the user is told where this call fails; it must."""
    with pytest.raises(SpermViewerError) as refused:
        call(*arguments, **named)
    return str(refused.value)


def fails_with(error: BaseException) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


broken = pytest.MonkeyPatch.context
"""`with broken() as patch`: what is patched inside is whole again afterwards."""
