"""Watching a folder: complete new images, each once, in the order in which they came."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from made_up import write_images

from sperm_viewer.run.watching import FolderWatch


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_images(tmp_path / "slide", 2)


def _arrive(folder: Path, name: str, at: int) -> Path:
    """An image that was last written at that second."""
    file = folder / name
    file.write_bytes((folder / "img_0.png").read_bytes())
    os.utime(file, (at, at))
    return file


def test_what_was_there_before_is_not_new(folder: Path) -> None:
    watch = FolderWatch([folder], set(folder.iterdir()))

    assert (watch.look(), watch.look()) == (None, None)


def test_new_images_come_once_in_the_order_of_their_arrival(folder: Path) -> None:
    watch = FolderWatch([folder], set(folder.iterdir()))
    late, early = _arrive(folder, "a.png", 2000), _arrive(folder, "z.png", 1000)

    assert watch.look() is None
    found = watch.look()

    assert found is not None
    assert [ref.path for slide in found.discovery.slides for ref in slide.crops] == [early, late]
    assert watch.look() is None


def test_a_file_that_still_grows_is_left_for_later(folder: Path) -> None:
    watch = FolderWatch([folder], set(folder.iterdir()))
    file = _arrive(folder, "new.png", 1000)
    whole = file.read_bytes()
    for size in (0, 10, 20, len(whole)):
        file.write_bytes(whole[:size])
        os.utime(file, (1000 + size, 1000 + size))
        assert watch.look() is None

    found = watch.look()

    assert found is not None
    assert found.discovery.count == 1


def test_a_new_folder_is_a_new_slide(folder: Path) -> None:
    watch = FolderWatch([folder.parent], set(folder.iterdir()))
    write_images(folder.parent / "second", 1)
    watch.look()

    found = watch.look()

    assert found is not None
    assert [slide.name for slide in found.discovery.slides] == ["second"]
