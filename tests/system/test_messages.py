"""The error of a file that can't be written, with its message."""

from __future__ import annotations

from pathlib import Path

import pytest

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.system.atomic_write import replacing


def test_a_file_that_can_not_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(SpermViewerError, match=r"cells\.csv: can't be written \(.+\)\. Close it in other programs, or"),
        replacing(tmp_path / "file" / "cells.csv") as file,
    ):
        file.write(b"x")
