"""The scale that a TIFF file says it has: OME-XML, ImageJ's description, or the resolution tags (TIFF 6.0, section 8).

Nothing is believed that can't be the scale of a stained smear under a microscope; a person confirms the rest.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from pathlib import Path

from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.imaging.reading.directories import Directory, TiffDirectories
from sperm_viewer.imaging.reading.files import open_file

_DESCRIPTION, _X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 270, 282, 283, 296
_LEAST_UM, _MOST_UM = 0.01, 1.0
"""Plausible widths of a pixel: a head has at least four, and a field of 1280 px is at least 13 µm wide."""
_MOST_BYTES = 2**20
_ALIKE = 0.01
_IN_UM = {"": 1.0, "µm": 1.0, "μm": 1.0, "um": 1.0, "micron": 1.0, "microns": 1.0, "micrometer": 1.0}
_IN_UM |= {"\\u00b5m": 1.0, "nm": 1e-3, "mm": 1e3, "cm": 1e4, "m": 1e6, "inch": 25_400.0}
_UNIT_OF_TAG = {2: 25_400.0, 3: 10_000.0}


@dataclass(frozen=True, slots=True)
class FileScale:
    """`um_per_px` is the side of a pixel in µm; `source` is what said so: OME-TIFF, ImageJ or TIFF resolution."""

    um_per_px: float
    source: str


def scale_in_file(path: Path) -> FileScale | None:
    """The scale that a TIFF file names on its first page; None if it is no TIFF, names none, or an implausible one."""
    try:
        with open_file(path) as file:
            directories = TiffDirectories(file)
            return _scale(directories, directories.page(1))
    except (ImageRefusedError, OSError, struct.error):
        return None


def _scale(directories: TiffDirectories, page: Directory) -> FileScale | None:
    description = _text(directories, page)
    resolution = [_rational(directories, page, tag) for tag in (_X_RESOLUTION, _Y_RESOLUTION)]
    if "<OME" in description:
        sides = [_ome_side(description, axis) for axis in "XY"]
        return _plausible(sides, "OME-TIFF")
    if description.startswith("ImageJ="):
        unit = re.search(r"^unit=(.*)$", description, re.M)
        factor = _IN_UM.get(unit[1].strip().casefold(), 0.0) if unit else 0.0
        return _plausible([factor / value if value else 0.0 for value in resolution], "ImageJ")
    factor = _UNIT_OF_TAG.get(_short(directories, page, _RESOLUTION_UNIT), 0.0)
    return _plausible([factor / value if value else 0.0 for value in resolution], "TIFF resolution")


def _plausible(sides: list[float], source: str) -> FileScale | None:
    across, down = sides
    square = across > 0 and abs(down / across - 1) <= _ALIKE
    return FileScale(across, source) if square and _LEAST_UM <= across <= _MOST_UM else None


def _ome_side(description: str, axis: str) -> float:
    size = re.search(rf'\bPhysicalSize{axis}="([^"]*)"', description)
    unit = re.search(rf'\bPhysicalSize{axis}Unit="([^"]*)"', description)
    try:
        return float(size[1]) * _IN_UM.get(unit[1].casefold() if unit else "", 0.0) if size else 0.0
    except ValueError:
        return 0.0


def _text(directories: TiffDirectories, page: Directory) -> str:
    if _DESCRIPTION not in page:
        return ""
    return directories.raw_values(page[_DESCRIPTION], _MOST_BYTES)[1].decode("utf-8", "replace")


def _rational(directories: TiffDirectories, page: Directory, tag: int) -> float:
    if tag not in page:
        return 0.0
    values = directories.raw_values(page[tag], 8)[1]
    above, below = struct.unpack(f"{directories.order}2I", values) if len(values) == 8 else (0, 0)
    return above / below if below else 0.0


def _short(directories: TiffDirectories, page: Directory, tag: int) -> int:
    if tag not in page:
        return 0
    values = directories.raw_values(page[tag], 2)[1]
    return int(struct.unpack(f"{directories.order}H", values)[0]) if len(values) == 2 else 0
