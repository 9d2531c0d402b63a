"""Readers that fail, for the bench's own tests: each at the second file that its process is given."""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path

_calls = itertools.count(1)
_READ = "read", ""


def crashing(_: Path) -> tuple[str, str]:
    if next(_calls) == 2:
        os.abort()
    return _READ


def raising(_: Path) -> tuple[str, str]:
    if next(_calls) == 2:
        raise KeyError("a tag")
    return _READ


def hanging(_: Path) -> tuple[str, str]:
    if next(_calls) == 2:
        _work(float("inf"))
    return _READ


def slow(_: Path) -> tuple[str, str]:
    if next(_calls) == 2:
        _work(0.3)
    return _READ


def greedy(_: Path) -> tuple[str, str]:
    if next(_calls) == 2:
        b"1" * (100 * 2**20)
    return _READ


def _work(seconds: float) -> None:
    began = time.process_time()
    while time.process_time() - began < seconds:
        pass
