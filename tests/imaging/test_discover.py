"""What discovery promises: every image once, in natural order, in the slide of its folder; the rest with a reason."""

from __future__ import annotations

import os
import struct
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from image_bytes import drawn_crop, patched, pillow_bytes, tiff_bytes
from odd_files import write_odd_folder
from PIL import Image

from sperm_viewer.domain.image import ImageRef
from sperm_viewer.imaging import discover as module
from sperm_viewer.imaging import walk
from sperm_viewer.imaging.discover import Discovery, discover

PNG = pillow_bytes(Image.fromarray(drawn_crop()), "PNG")
PAGES = np.stack([np.full((40, 40), value, np.uint8) for value in (10, 20, 30)])

needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="links, pipes and such names need POSIX")


def put(path: Path, content: bytes = PNG) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def names(discovery: Discovery) -> dict[str, list[str]]:
    return {slide.name: [crop.path.name for crop in slide.crops] for slide in discovery.slides}


def reasons(discovery: Discovery) -> dict[str, str]:
    return {left.path.name: left.reason for left in discovery.left_out}


# --- Slides and their order ---------------------------------------------------------------------------------------


def test_each_folder_that_directly_holds_images_is_a_slide(tmp_path: Path) -> None:
    put(tmp_path / "run" / "A-017" / "1.png")
    put(tmp_path / "run" / "A-017" / "more" / "deep" / "2.png")
    put(tmp_path / "run" / "notes" / "read me.txt", b"no image")
    found = discover([tmp_path / "run"])
    assert names(found) == {"A-017": ["1.png"], "deep": ["2.png"]}
    assert found.slides[0].folder == tmp_path / "run" / "A-017"
    assert found.slides[0].crops == (ImageRef("A-017", tmp_path / "run" / "A-017" / "1.png"),)
    assert found.count == 2


def test_crops_and_slides_are_in_natural_order(tmp_path: Path) -> None:
    for slide in ("A-10", "A-9", "b-1"):
        for name in ("img_10.png", "IMG_2.png", "img_1.png"):
            put(tmp_path / slide / name)
    ordered = ["img_1.png", "IMG_2.png", "img_10.png"]
    assert names(discover([tmp_path])) == {"A-9": ordered, "A-10": ordered, "b-1": ordered}
    assert list(names(discover([tmp_path / "b-1", tmp_path / "A-10"]))) == ["A-10", "b-1"]


def samples(root: Path, *opened: Path) -> dict[str, tuple[str, str]]:
    """Each slide's folder below `root`, with the sample's folder and the slide's name."""
    return {
        slide.folder.relative_to(root).as_posix(): (
            slide.sample.folder.relative_to(root).as_posix() if slide.sample.folder else "",
            slide.name,
        )
        for slide in discover(opened or (root,)).slides
    }


def test_the_folder_above_a_slide_is_its_sample_and_a_folder_directly_below_what_was_opened_is_its_own(
    tmp_path: Path,
) -> None:
    root = tmp_path / "root"
    for folder in ("Patient 12/slide A", "Patient 12/slide B", "2026/Patient 12/slide A", "A-017"):
        put(root / folder / "1.png")
    assert samples(root) == {
        "2026/Patient 12/slide A": ("2026/Patient 12", "slide A"),
        "A-017": ("A-017", "A-017"),
        "Patient 12/slide A": ("Patient 12", "slide A"),
        "Patient 12/slide B": ("Patient 12", "slide B"),
    }
    put(root / "Patient 12" / "overview.png")
    assert samples(root)["Patient 12"] == ("Patient 12", "Patient 12")
    assert {slide.sample.identifier for slide in discover([root]).slides} == {"Patient 12", "A-017"}


def test_a_folder_that_was_opened_is_a_sample_if_it_holds_images_itself(tmp_path: Path) -> None:
    image = put(tmp_path / "root" / "A-017" / "1.png")
    for opened in (image, image.parent, image.parent.parent):
        assert samples(tmp_path / "root", opened) == {"A-017": ("A-017", "A-017")}


def test_several_folders_directly_below_may_be_one_sample(tmp_path: Path) -> None:
    for folder in ("A", "B", "Patient 12/slide A", "Patient 12/slide B"):
        put(tmp_path / folder / "1.png")
    found = discover([tmp_path])
    assert found.lone_folders == (tmp_path / "A", tmp_path / "B")
    (sample,) = {slide.sample for slide in found.as_one_sample("P-1").slides}
    assert (sample.identifier, sample.folder) == ("P-1", None)
    assert names(found.as_one_sample("P-1")) == names(found)


@needs_posix
def test_a_slide_that_exists_keeps_its_path_when_it_is_reached_through_a_link(tmp_path: Path) -> None:
    put(tmp_path / "store" / "A-017" / "1.png")
    (tmp_path / "link").symlink_to("store")
    (slide,) = discover([tmp_path / "link"], {tmp_path / "store" / "A-017"}).slides
    assert (slide.name, slide.folder) == ("A-017", tmp_path / "store" / "A-017")
    assert slide.crops[0].path == tmp_path / "store" / "A-017" / "1.png"


def test_paths_are_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "slide" / "1.png")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (slide,) = discover([Path("../slide")]).slides
    assert slide.folder == Path(os.path.realpath(tmp_path)) / "slide"
    monkeypatch.chdir(tmp_path)
    assert discover([Path("slide/1.png")]).slides[0].folder == tmp_path / "slide"


def test_nothing_dropped_is_nothing_found() -> None:
    assert discover([]) == Discovery((), ())


# --- What is a crop -----------------------------------------------------------------------------------------------


def test_a_file_is_a_crop_by_its_content_or_by_its_extension(tmp_path: Path) -> None:
    put(tmp_path / "image without extension")
    put(tmp_path / "text.png", b"no image, but meant as one")
    put(tmp_path / "empty.TIF", b"")
    put(tmp_path / "photo", b"\0\0\0\x18ftypheic" + bytes(99))
    put(tmp_path / "notes.txt", b"no image")
    put(tmp_path / "report.pdf", b"%PDF-1.7")
    found = discover([tmp_path])
    assert set(names(found)[tmp_path.name]) == {"image without extension", "text.png", "empty.TIF", "photo"}
    assert reasons(found) == {"notes.txt": module.NOT_AN_IMAGE, "report.pdf": module.NOT_AN_IMAGE}


def test_a_file_that_the_user_named_always_is_a_crop_of_the_slide_of_its_folder(tmp_path: Path) -> None:
    text = put(tmp_path / "A-017" / "notes.txt", b"no image")
    hidden = put(tmp_path / "A-017" / ".hidden")
    put(tmp_path / "A-017" / "2.png")
    assert names(discover([text, hidden])) == {"A-017": [".hidden", "notes.txt"]}
    assert names(discover([tmp_path / "A-017", text])) == {"A-017": ["2.png", "notes.txt"]}


def test_a_file_that_can_not_be_opened_is_a_crop_if_it_was_meant_as_an_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    put(tmp_path / "1.png")
    put(tmp_path / "diary")
    monkeypatch.setattr("sperm_viewer.imaging.reading.files.os.open", denied)
    found = discover([tmp_path])
    assert names(found) == {tmp_path.name: ["1.png"]}
    assert reasons(found) == {"diary": module.NOT_AN_IMAGE}


def test_every_odd_name_is_found_and_nothing_is_written(tmp_path: Path) -> None:
    outcomes = write_odd_folder(tmp_path)
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    found = discover([tmp_path])
    assert {crop.path.name for slide in found.slides for crop in slide.crops} == set(outcomes)
    assert found.left_out == ()
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


# --- What is left out ---------------------------------------------------------------------------------------------


def test_hidden_and_system_files_and_folders_are_left_out(tmp_path: Path) -> None:
    put(tmp_path / "1.png")
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "._1.png"):
        put(tmp_path / name)
    put(tmp_path / ".git" / "2.png")
    found = discover([tmp_path])
    assert names(found) == {tmp_path.name: ["1.png"]}
    assert set(reasons(found)) == {".DS_Store", "Thumbs.db", "desktop.ini", "._1.png", ".git"}
    assert set(reasons(found).values()) == {walk.HIDDEN}


def test_what_does_not_exist_is_left_out(tmp_path: Path) -> None:
    gone = [tmp_path / "gone", tmp_path / "gone too.png", Path("/a nul \0 in the name")]
    found = discover(gone)
    assert found.slides == ()
    assert sorted(left.path for left in found.left_out) == sorted(gone)
    assert {left.reason for left in found.left_out} == {walk.NOT_THERE}


def test_a_folder_that_can_not_be_opened_is_left_out_and_the_others_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "private" / "1.png")
    put(tmp_path / "public" / "1.png")
    scandir = os.scandir

    def denied(path: str) -> Iterator[os.DirEntry[str]]:
        if path.endswith("private"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr("sperm_viewer.imaging.walk.os.scandir", denied)
    found = discover([tmp_path])
    assert list(names(found)) == ["public"]
    assert reasons(found) == {"private": walk.CLOSED}


def test_heatmaps_that_the_app_made_are_no_crops(tmp_path: Path) -> None:
    put(tmp_path / "1.png")
    put(tmp_path / "results" / "session.spermview", b"SQLite format 3\0")
    put(tmp_path / "results" / "heatmaps" / "1.png")
    put(tmp_path / "heatmaps" / "a laboratory's own.png")
    found = discover([tmp_path])
    assert names(found) == {tmp_path.name: ["1.png"], "heatmaps": ["a laboratory's own.png"]}
    assert reasons(found) == {"heatmaps": walk.OWN_HEATMAPS, "session.spermview": module.NOT_AN_IMAGE}


@needs_posix
def test_a_pipe_is_left_out_without_waiting_even_where_the_user_named_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    found: list[Discovery] = []
    asking = threading.Thread(
        target=lambda: found.extend((discover([tmp_path]), discover([tmp_path / "pipe.png"]))), daemon=True
    )
    asking.start()
    asking.join(5)
    in_folder, named = found
    assert reasons(in_folder) == {"pipe.png": walk.NOT_A_FILE}
    assert names(named) == {tmp_path.name: ["pipe.png"]}


# --- Links and doubles --------------------------------------------------------------------------------------------


def test_what_is_dropped_twice_is_found_once(tmp_path: Path) -> None:
    crop = put(tmp_path / "A-017" / "1.png")
    found = discover([crop, tmp_path, tmp_path / "A-017", crop])
    assert names(found) == {"A-017": ["1.png"]}


@needs_posix
def test_links_that_go_round_in_circles_come_to_an_end(tmp_path: Path) -> None:
    put(tmp_path / "a" / "1.png")
    (tmp_path / "a" / "up").symlink_to("..")
    (tmp_path / "a" / "here").symlink_to(".")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "a" / "itself.png").symlink_to("itself.png")
    (tmp_path / "a" / "nowhere.png").symlink_to("nowhere at all")
    found = discover([tmp_path])
    assert names(found) == {"a": ["1.png"]}
    assert reasons(found) == {"itself.png": walk.BROKEN_LINK, "nowhere.png": walk.BROKEN_LINK}


@needs_posix
def test_a_file_is_found_by_its_own_path_rather_than_through_a_link(tmp_path: Path) -> None:
    put(tmp_path / "z.png")
    (tmp_path / "a link.png").symlink_to("z.png")
    (tmp_path / "a folder").symlink_to("z folder")
    put(tmp_path / "z folder" / "1.png")
    assert names(discover([tmp_path])) == {tmp_path.name: ["z.png"], "z folder": ["1.png"]}


@needs_posix
def test_links_to_elsewhere_are_followed_under_their_own_names(tmp_path: Path) -> None:
    put(tmp_path / "store" / "x0001" / "1.png")
    put(tmp_path / "store" / "x0002.png")
    (tmp_path / "dropped").mkdir()
    (tmp_path / "dropped" / "A-017").symlink_to(tmp_path / "store" / "x0001")
    (tmp_path / "dropped" / "head.png").symlink_to(tmp_path / "store" / "x0002.png")
    assert names(discover([tmp_path / "dropped"])) == {"dropped": ["head.png"], "A-017": ["1.png"]}


# --- Pages --------------------------------------------------------------------------------------------------------


def pages_of(path: Path) -> list[int | None]:
    return [crop.page for slide in discover([path]).slides for crop in slide.crops]


def test_each_page_of_a_tiff_is_a_crop(tmp_path: Path) -> None:
    stack = put(tmp_path / "stack.tif", tiff_bytes(PAGES, photometric="minisblack"))
    assert pages_of(stack) == [1, 2, 3]
    assert pages_of(put(tmp_path / "one.tif", tiff_bytes(PAGES[0]))) == [None]
    assert pages_of(put(tmp_path / "big.tif", tiff_bytes(PAGES, photometric="minisblack", bigtiff=True))) == [1, 2, 3]
    assert pages_of(put(tmp_path / "under another name", stack.read_bytes())) == [1, 2, 3]


def test_thumbnails_in_a_tiff_are_no_crops(tmp_path: Path) -> None:
    stack = tiff_bytes(PAGES, photometric="minisblack", subfiletype=1)
    (first,) = struct.unpack_from("<I", stack, 4)
    (kind,) = [at for at in range(first + 2, first + 200, 12) if struct.unpack_from("<H", stack, at) == (254,)]
    assert pages_of(put(tmp_path / "first page only.tif", patched(stack, kind + 8, "<I", 0))) == [None]
    assert pages_of(put(tmp_path / "nothing but thumbnails.tif", stack)) == [1, 2, 3]


def test_pages_beyond_the_limit_are_left_out_with_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PAGES", 2)
    stack = put(tmp_path / "stack.tif", tiff_bytes(PAGES, photometric="minisblack"))
    assert pages_of(stack) == [1, 2]
    assert reasons(discover([stack])) == {"stack.tif": module.TOO_MANY_PAGES}


def test_pages_in_a_circle_are_counted_once_and_a_broken_chain_is_one_crop(tmp_path: Path) -> None:
    stack = tiff_bytes(PAGES, photometric="minisblack")
    offsets = [struct.unpack_from("<I", stack, 4)[0]]
    pointers = []
    for _ in range(3):
        pointers.append(offsets[-1] + 2 + 12 * struct.unpack_from("<H", stack, offsets[-1])[0])
        offsets.append(struct.unpack_from("<I", stack, pointers[-1])[0])
    circle = patched(stack, pointers[2], "<I", offsets[1])
    broken = patched(stack, pointers[1], "<I", len(stack) + 100)
    assert pages_of(put(tmp_path / "circle.tif", circle)) == [1, 2, 3]
    assert pages_of(put(tmp_path / "broken.tif", broken)) == [None]
    assert pages_of(put(tmp_path / "cut.tif", stack[:6])) == [None]
