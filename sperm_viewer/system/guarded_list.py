"""A list of entries that a laboratory collects in one file: checked when read, changed by one process at a time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.system.atomic_write import replacing

VERSION = 1
_PATIENCE_S = 10.0
Entries = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class GuardedList:
    """The list in `file`. `content` says what it holds, `loss` what can't be known without it, `until` what to do then.

    A damaged file is set aside, and nothing is read or written until a person has dealt with it.
    """

    file: Path
    content: str
    loss: str
    until: str

    @property
    def set_aside(self) -> Path:
        """Where a damaged file is put."""
        return self.file.with_name(f"{self.file.stem}.damaged{self.file.suffix}")

    @property
    def is_empty(self) -> bool:
        """Whether there is no file at all."""
        return not (self.file.exists() or self.set_aside.exists())

    def read(self) -> Entries:
        """The entries, none if there is no file. Raises SpermViewerError if it is damaged or out of reach."""
        if self.set_aside.exists():
            raise self._damaged()
        try:
            text = self.file.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._out_of_reach(error) from error
        try:
            raw = json.loads(text)
            entries: Entries = raw["entries"]
            if raw["version"] != VERSION or raw["sha256"] != digest(entries):
                raise ValueError(raw["sha256"])
        except (ValueError, TypeError, KeyError) as error:
            self.file.replace(self.set_aside)
            raise self._damaged() from error
        return entries

    def change(self, change: Callable[[Entries], Entries]) -> Entries:
        """Replaces the entries by what `change` makes of them; returns these. Raises SpermViewerError, as `read`."""
        with self._alone():
            before = self.read()
            after = change(before)
            if after != before:
                body = {"version": VERSION, "sha256": digest(after), "entries": after}
                with replacing(self.file) as written:
                    written.write(json.dumps(body, indent=1).encode())
        return after

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Several windows and commands may have something to add."""
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self.file.with_name(f".{self.file.name}.lock"), timeout=_PATIENCE_S):
                yield
        except Timeout as error:
            raise SpermViewerError(
                f"{self.file}: another Sperm Viewer is using {self.content}. Close it, then try again."
            ) from error
        except OSError as error:
            raise self._out_of_reach(error) from error

    def _damaged(self) -> SpermViewerError:
        return SpermViewerError(
            f"{self.set_aside}: {self.content} are damaged, so {self.loss}. Put a good copy in place as "
            f"{self.file.name} and delete this file, or only delete it to begin without them. Until then, {self.until}."
        )

    def _out_of_reach(self, error: OSError) -> SpermViewerError:
        return SpermViewerError(
            f"{self.file}: {self.content} can't be read or written ({error.strerror or error}), so {self.loss}. Make "
            f"the folder writable, or {self.until}."
        )


def digest(entries: object) -> str:
    """The sha256 of the entries, whatever the order of their keys."""
    return hashlib.sha256(json.dumps(entries, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
