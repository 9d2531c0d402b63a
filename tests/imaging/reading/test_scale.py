"""The scale that a TIFF file names is read if it can be that of a microscope, and nothing is guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from sperm_viewer.imaging.reading.scale import FileScale, scale_in_file

_PIXELS = np.full((20, 24, 3), 200, np.uint8)


def _written(folder: Path, name: str = "a.tif", **options: Any) -> Path:
    tifffile.imwrite(folder / name, _PIXELS, photometric="rgb", **options)
    return folder / name


@pytest.mark.parametrize(("unit", "size"), [("µm", 0.0645), ("nm", 64.5), ("mm", 0.0000645)])
def test_ome_tiff_names_the_side_of_a_pixel(tmp_path: Path, unit: str, size: float) -> None:
    metadata = {"axes": "YXS", "PhysicalSizeX": size, "PhysicalSizeY": size}
    metadata |= {"PhysicalSizeXUnit": unit, "PhysicalSizeYUnit": unit}
    file = _written(tmp_path, "a.ome.tif", metadata=metadata)

    assert scale_in_file(file) == FileScale(pytest.approx(0.0645), "OME-TIFF")


@pytest.mark.parametrize("unit", ["micron", "um", "µm", "\\u00B5m"])
def test_imagej_names_pixels_per_unit(tmp_path: Path, unit: str) -> None:
    description = f"ImageJ=1.53\nunit={unit}\n".encode()
    file = _written(tmp_path, resolution=(1 / 0.08, 1 / 0.08), resolutionunit=1, description=description, metadata=None)

    assert scale_in_file(file) == FileScale(pytest.approx(0.08, rel=1e-4), "ImageJ")


@pytest.mark.parametrize(("unit", "per_unit"), [(2, 25400 / 0.1), (3, 10000 / 0.1)])
def test_resolution_tags_in_inches_or_centimetres_count_if_they_are_plausible(
    tmp_path: Path, unit: int, per_unit: float
) -> None:
    file = _written(tmp_path, resolution=(per_unit, per_unit), resolutionunit=unit, metadata=None)

    assert scale_in_file(file) == FileScale(pytest.approx(0.1, rel=1e-4), "TIFF resolution")


@pytest.mark.parametrize(
    ("resolution", "unit"),
    [((72, 72), 2), ((300, 300), 2), ((1, 1), 1), ((254000, 127000), 2), ((2.54e9, 2.54e9), 2)],
    ids=["screen", "print", "no unit", "not square", "too small"],
)
def test_a_resolution_that_no_microscope_has_is_not_believed(
    tmp_path: Path, resolution: tuple[float, float], unit: int
) -> None:
    assert scale_in_file(_written(tmp_path, resolution=resolution, resolutionunit=unit, metadata=None)) is None


def test_a_file_that_is_no_tiff_or_is_damaged_has_no_scale(tmp_path: Path) -> None:
    whole = _written(tmp_path, resolution=(254000, 254000), resolutionunit=2, metadata=None).read_bytes()
    for length in (0, 4, 9, len(whole) // 100):
        cut = tmp_path / "cut.tif"
        cut.write_bytes(whole[:length])
        assert scale_in_file(cut) is None
    assert scale_in_file(tmp_path / "none.tif") is None
    assert scale_in_file(tmp_path) is None
