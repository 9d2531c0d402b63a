"""A file is replaced as a whole, and nothing but it is written."""

from __future__ import annotations

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
    (tmp_path / ".cells.csv.0123456789abcdef.part").write_bytes(b"half a fi")
    (tmp_path / ".slides.csv.0123456789abcdef.part").write_bytes(b"another's")
    with replacing(tmp_path / "cells.csv") as out:
        out.write(b"a,b\n")
    assert sorted(file.name for file in tmp_path.iterdir()) == [".slides.csv.0123456789abcdef.part", "cells.csv"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "cells.csv"
    target.write_bytes(b"old")
    with pytest.raises(TypeError), replacing(target) as out:
        out.write("not bytes")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("cells.csv", b"old")]
