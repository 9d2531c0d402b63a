"""Attempts that fail, for the bench's own tests: each at the second case that its process is given."""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path

from torture.bench import Case

_calls = itertools.count(1)
_READ = "read", ""


def nothing(_: int, __: int, folder: Path) -> Case:
    """A case that is never looked at."""
    return Case("nothing", "as it is", folder)


def crashing(_: Case) -> tuple[str, str]:
    if next(_calls) == 2:
        os.abort()
    return _READ


def raising(_: Case) -> tuple[str, str]:
    if next(_calls) == 2:
        raise KeyError("a tag")
    return _READ


def hanging(_: Case) -> tuple[str, str]:
    if next(_calls) == 2:
        _work(float("inf"))
    return _READ


def slow(_: Case) -> tuple[str, str]:
    if next(_calls) == 2:
        _work(0.3)
    return _READ


def greedy(_: Case) -> tuple[str, str]:
    if next(_calls) == 2:
        b"1" * (100 * 2**20)
    return _READ


def _work(seconds: float) -> None:
    began = time.process_time()
    while time.process_time() - began < seconds:
        pass
