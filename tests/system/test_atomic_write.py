"""A file is replaced as a whole, and nothing but it is written."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from sperm_viewer.system.atomic_write import replacing


@pytest.mark.parametrize("planted", [".cells.csv.part", ".cells.csv.0123456789abcdef.part"])
def test_a_planted_link_is_not_followed(tmp_path: Path, planted: str) -> None:
    precious = tmp_path / "precious.txt"
    precious.write_text("keep me")
    (tmp_path / planted).symlink_to(precious)
    with replacing(tmp_path / "cells.csv") as out:
        out.write(b"a,b\n")
    assert precious.read_text() == "keep me"
    assert (tmp_path / "cells.csv").read_bytes() == b"a,b\n"
    assert not (tmp_path / "cells.csv").is_symlink()


def test_what_a_killed_run_left_behind_is_removed_and_other_files_are_not(tmp_path: Path) -> None:
    left = tmp_path / ".cells.csv.0123456789abcdef.part"
    left.write_bytes(b"half a fi")
    os.utime(left, (time.time() - 90_000,) * 2)
    (tmp_path / ".slides.csv.0123456789abcdef.part").write_bytes(b"another's")
    with replacing(tmp_path / "cells.csv") as out:
        out.write(b"a,b\n")
    assert sorted(file.name for file in tmp_path.iterdir()) == [".slides.csv.0123456789abcdef.part", "cells.csv"]


def test_two_writers_of_one_file_do_not_disturb_each_other(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    with replacing(target) as first:
        first.write(b"first")
        with replacing(target) as second:
            second.write(b"second")
        assert target.read_bytes() == b"second"
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("report.html", b"first")]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "cells.csv"
    target.write_bytes(b"old")
    with pytest.raises(TypeError), replacing(target) as out:
        out.write("not bytes")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("cells.csv", b"old")]
