"""The laboratory's register of site models, a file beside the settings: locked sets with every look at them, and an
audit trail of what was taught, compared and put into use.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.session.audit import START, link
from sperm_viewer.system import paths
from sperm_viewer.system.atomic_write import replacing
from sperm_viewer.teaching.locked_set import LockedSet, Look

VERSION = 1
_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A step: what was done (`taught`, `compared`, `promoted`, `back`) with which model, by whom, when (UTC)."""

    at: str
    who: str
    what: str
    model: str
    details: Mapping[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class Register:
    """All locked sets, and the steps in order, each chained by SHA-256 to the one before."""

    locked: tuple[LockedSet, ...] = ()
    entries: tuple[Entry, ...] = ()

    def with_entry(self, who: str, what: str, model: str, details: Mapping[str, Any]) -> Register:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        previous = self.entries[-1].hash if self.entries else START
        body = json.dumps([model, details], sort_keys=True)
        chained = link(previous, len(self.entries) + 1, at, who, what, body)
        return replace(self, entries=(*self.entries, Entry(at, who, what, model, details, chained)))

    def with_set(self, locked: LockedSet) -> Register:
        """With this set in place of those that share a cell with it."""
        others = tuple(one for one in self.locked if not one.cells & locked.cells)
        return replace(self, locked=(*others, locked))

    def intact(self) -> bool:
        """Whether every step is chained to the one before."""
        previous = START
        for number, entry in enumerate(self.entries, 1):
            body = json.dumps([entry.model, entry.details], sort_keys=True)
            previous = link(previous, number, entry.at, entry.who, entry.what, body)
            if previous != entry.hash:
                return False
        return True


def register_file() -> Path:
    return paths.settings_file().with_name("site-models.json")


def read_register(file: Path) -> Register:
    """The register in a file, empty where there is none. Raises SpermViewerError where it can't be read."""
    try:
        raw = json.loads(file.read_text("utf-8"))
        found = Register(
            tuple(
                LockedSet(frozenset(one["cells"]), one["slides"], tuple(Look(**look) for look in one["looks"]))
                for one in raw["locked"]
            ),
            tuple(Entry(**entry) for entry in raw["entries"]),
        )
    except FileNotFoundError:
        return Register()
    except OSError as error:
        raise SpermViewerError(f"{file}: can't be read ({error.strerror}). Check the disk, then try again.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise SpermViewerError(f"{file}: damaged, so looks at locked sets can't be counted. Restore a copy.") from error
    if not found.intact():
        raise SpermViewerError(f"{file}: changed behind the app's back. Restore a copy.")
    return found


@contextmanager
def changing(file: Path) -> Iterator[list[Register]]:
    """The register in a list, to be replaced there; it is written when the block ends without an error."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(f"{file}.lock", timeout=_PATIENCE_S):
            held = [read_register(file)]
            before = held[0]
            yield held
            if held[0] is not before:
                with replacing(file) as opened:
                    opened.write(_json(held[0]))
    except Timeout as error:
        raise SpermViewerError(f"{file}: another Sperm Viewer is writing it. Close it, then try again.") from error


def _json(register: Register) -> bytes:
    locked = [
        {
            "cells": sorted(one.cells),
            "slides": one.slides,
            "looks": [{"model": look.model, "at": look.at, "who": look.who} for look in one.looks],
        }
        for one in register.locked
    ]
    entries = [
        {"at": e.at, "who": e.who, "what": e.what, "model": e.model, "details": dict(e.details), "hash": e.hash}
        for e in register.entries
    ]
    return json.dumps({"version": VERSION, "locked": locked, "entries": entries}, indent=1).encode()
