"""Moved images are found by their bytes."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sperm_viewer.domain.image import ImageRef
from sperm_viewer.imaging.find_moved import find_moved


def _written(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _crops(folder: Path, files: dict[str, bytes]) -> list[tuple[int, ImageRef, str]]:
    return [
        (number, ImageRef("A", folder / name), hashlib.sha256(content).hexdigest())
        for number, (name, content) in enumerate(files.items(), 1)
    ]


def test_renamed_images_in_a_renamed_folder_are_found_and_others_of_the_old_name_are_not_taken(tmp_path: Path) -> None:
    crops = _crops(tmp_path / "gone", {"a.png": b"one", "b.png": b"two", "c.png": b"three"})
    _written(tmp_path / "new" / "deep", {"x.png": b"one", "b.png": b"two", "c.png": b"someone else's"})
    moved = find_moved(crops, tmp_path / "new")
    assert moved is not None
    assert moved.folder == tmp_path / "new" / "deep"
    assert [(number, ref.path.name, ref.slide) for number, ref in moved.found] == [(1, "x.png", "A"), (2, "b.png", "A")]
    assert moved.missing == 1


def test_two_images_that_swapped_names_keep_to_their_own_cells(tmp_path: Path) -> None:
    crops = _crops(tmp_path, {"a.png": b"one", "b.png": b"two"})
    _written(tmp_path / "new", {"a.png": b"two", "b.png": b"one"})
    moved = find_moved(crops, tmp_path / "new")
    assert moved is not None
    assert [(number, ref.path.name) for number, ref in moved.found] == [(1, "b.png"), (2, "a.png")]


def test_copies_that_are_alike_to_the_byte_keep_their_names(tmp_path: Path) -> None:
    crops = _crops(tmp_path, {"b.png": b"same", "a.png": b"same", "gone.png": b"same"})
    _written(tmp_path / "new", {"a.png": b"same", "b.png": b"same", "z.png": b"same"})
    moved = find_moved(crops, tmp_path / "new")
    assert moved is not None
    assert [ref.path.name for _, ref in moved.found] == ["b.png", "a.png", "z.png"]


def test_a_slide_is_where_most_of_it_is(tmp_path: Path) -> None:
    crops = _crops(tmp_path, {"a.png": b"one", "b.png": b"two"})
    _written(tmp_path / "new" / "backup", {"a.png": b"one"})
    _written(tmp_path / "new" / "slide", {"a.png": b"one", "b.png": b"two"})
    moved = find_moved(crops, tmp_path / "new")
    assert moved is not None
    assert (moved.folder.name, moved.missing) == ("slide", 0)


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    _written(tmp_path / "new", {"a.png": b"other"})
    assert (
        find_moved([*_crops(tmp_path, {"a.png": b"one"}), (2, ImageRef("A", tmp_path / "b.png"), "")], tmp_path) is None
    )
