"""What the rendered slide promises: 48 different crops and one truncated file, the same on every machine."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rendered_slide import write_rendered_slide


@pytest.fixture(scope="module")
def slide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_rendered_slide(tmp_path_factory.mktemp("rendered") / "a new" / "slide")


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
