"""What the demo slide promises: every state of the app in 49 files, and nobody's files overwritten."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.synthetic.demo import write_demo_slide


@pytest.fixture(scope="module")
def slide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_demo_slide(tmp_path_factory.mktemp("demo") / "a new" / "slide")


@pytest.fixture
def copy(slide: Path, tmp_path: Path) -> Path:
    """A demo slide that a test may spoil."""
    for path in slide.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def pixels(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    with Image.open(path) as image:
        assert image.format == "PNG"
        assert image.mode == "RGB"
        return np.asarray(image)


def test_slide_has_48_crops_and_one_truncated_file(slide: Path) -> None:
    paths = sorted(slide.iterdir())
    assert [path.name for path in paths] == [f"cell_{number:03d}.png" for number in range(1, 50)]
    for path in paths[:-1]:
        height, width, _ = pixels(path).shape
        assert 150 <= height <= 180
        assert 150 <= width <= 180
    with Image.open(paths[-1]) as broken, pytest.raises(OSError, match="truncated"):
        broken.load()


def test_no_two_crops_are_alike(slide: Path) -> None:
    assert len(set(digests(slide).values())) == 49


def test_slide_has_exactly_one_empty_crop(slide: Path) -> None:
    contrasts = [np.ptp(pixels(path).mean(axis=2)) for path in sorted(slide.iterdir())[:-1]]
    assert sum(contrast < 40 for contrast in contrasts) == 1


def test_slide_has_exactly_one_blurred_crop(slide: Path) -> None:
    def steepest(path: Path) -> float:
        light = pixels(path).mean(axis=2)
        contrast = np.ptp(light)
        return float(np.abs(light[4:] - light[:-4]).max() / contrast) if contrast > 40 else 1.0

    assert sum(steepest(path) < 0.4 for path in sorted(slide.iterdir())[:-1]) == 1


def test_slide_is_the_same_on_every_machine(slide: Path) -> None:
    listing = "".join(f"{name} {digest}\n" for name, digest in digests(slide).items())
    # A change of the renderer or the slide changes it; another platform, numpy or Pillow must not.
    assert (
        hashlib.sha256(listing.encode()).hexdigest()
        == "6880f132a7dcc4a552ccd1de01c945f1e59b45e927041d4d8a765df598ce266f"
    )


def test_writing_again_changes_no_file(copy: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in copy.iterdir()}
    assert write_demo_slide(copy) == copy
    assert {path: path.stat().st_mtime_ns for path in copy.iterdir()} == before


def test_interrupted_slide_is_completed(copy: Path, slide: Path) -> None:
    for name in ("cell_007.png", "cell_031.png", "cell_049.png"):
        (copy / name).unlink()
    (copy / ".cell_007.png.part").write_bytes(b"half a fi")
    write_demo_slide(copy)
    assert digests(copy) == digests(slide)


def test_files_that_the_system_leaves_are_no_obstacle(copy: Path) -> None:
    (copy / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    write_demo_slide(copy)
    assert (copy / ".DS_Store").exists()


@pytest.mark.parametrize("name", ["mine.png", "cell_050.png"])
def test_folder_with_other_files_is_refused_and_untouched(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"mine")
    with pytest.raises(SpermViewerError, match=name) as refusal:
        write_demo_slide(tmp_path)
    assert "Choose" in str(refusal.value)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_altered_demo_file_is_taken_for_the_users_own(copy: Path) -> None:
    (copy / "cell_003.png").write_bytes(b"retouched")
    (copy / "cell_004.png").unlink()
    with pytest.raises(SpermViewerError, match=r"cell_003\.png"):
        write_demo_slide(copy)
    assert (copy / "cell_003.png").read_bytes() == b"retouched"
    assert not (copy / "cell_004.png").exists()


def test_file_in_place_of_the_folder_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(SpermViewerError, match="can't be written"):
        write_demo_slide(tmp_path / "taken")
