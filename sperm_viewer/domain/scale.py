"""The scale of images: for which of them it holds, and whether it is plausible. It is never guessed."""

from __future__ import annotations

from sperm_viewer.domain.cell import Cell
from sperm_viewer.domain.sample import SlideDetails

LEAST_UM, MOST_UM = 0.005, 5.0
"""The smallest and largest width of a pixel that anybody can enter, in µm."""
_USUAL_HEAD = (4.0, 5.0)
_MUCH = 1.3
"""A median beyond the usual lengths by more than this factor is warned of: stains shrink and swell heads by less."""


def size_text(size: tuple[int, int]) -> str:
    """`1280 x 1024`."""
    return f"{size[0]} x {size[1]}"


def scale_of(cell: Cell, slide: SlideDetails) -> float | None:
    """µm per pixel of a cell's image; None if nobody knows it.

    A scale that was measured on images of one size holds for fields of this size alone: another one comes from another
    binning or from resizing. A crop was cut from a field, so its size says nothing.
    """
    changed = cell.in_field and cell.size is not None and slide.scale_size not in ("", size_text(cell.size))
    return None if changed else slide.um_per_px


def size_warning(name: str, slide: SlideDetails, field_sizes: set[tuple[int, int]]) -> str:
    """Says that the fields of a slide aren't of the size that its scale was measured on; else empty."""
    others = sorted(size_text(size) for size in field_sizes if slide.scale_size not in ("", size_text(size)))
    if not others or slide.um_per_px is None:
        return ""
    return (
        f"Slide '{name}' has fields of {', '.join(others)} px, but its scale was measured on {slide.scale_size} px: "
        "the camera's binning or a resizing has changed. Their measurements stay in pixels until the scale of this "
        "size is measured."
    )


def length_warning(name: str, median_um: float) -> str:
    """Says that the heads of a slide can't be of that length; else empty. It only warns."""
    if _USUAL_HEAD[0] / _MUCH <= median_um <= _USUAL_HEAD[1] * _MUCH:
        return ""
    return (
        f"The heads of slide '{name}' have a median length of {median_um:.1f} µm; heads are usually 4 to 5 µm long. "
        "Check the scale."
    )


def file_scale_warning(name: str, slide: SlideDetails, in_file: float) -> str:
    """Says that the files of a slide have another scale than was entered; else empty."""
    if slide.um_per_px is None or abs(in_file / slide.um_per_px - 1) <= 0.02:
        return ""
    return (
        f"The files of slide '{name}' say {in_file:.4g} µm per pixel, its details {slide.um_per_px:.4g}. Check which "
        "is right."
    )
