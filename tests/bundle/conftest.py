"""What `make bundle` made, and a world with nothing in it but that: no Python on the path, no variable set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bundled import BUNDLE
from screen import Screen, screen


@pytest.fixture(scope="session")
def bundle() -> Path:
    assert (BUNDLE / "sperm-viewer-cli").exists(), f"{BUNDLE} is not there: make bundle"
    return BUNDLE


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """The environment of someone who has a home and nothing else."""
    for name in ("home", "no-programs"):
        (tmp_path / name).mkdir()
    return {"HOME": str(tmp_path / "home"), "PATH": str(tmp_path / "no-programs")}


@pytest.fixture
def shown() -> Iterator[Screen]:
    with screen() as made:
        yield made
