"""The details of samples and slides as typed by a laboratory: parsed and checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sperm_viewer.domain.sample import SampleDetails, SlideDetails
from sperm_viewer.domain.scale import LEAST_UM, MOST_UM

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class TypedSlide:
    """A slide's details as typed into text fields; the names are those of `SlideDetails`."""

    stain: str = ""
    fixation: str = ""
    magnification: str = ""
    objective: str = ""
    um_per_px: str = ""
    criteria: str = ""
    scale_source: str = ""
    scale_size: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """`field` of the slide with the id `of` can't be stored; `words` explain why, and what to type instead."""

    of: int
    field: str
    words: str


def as_typed(details: SlideDetails) -> TypedSlide:
    scale = "" if details.um_per_px is None else f"{details.um_per_px:.10g}"
    return TypedSlide(
        *(details.stain, details.fixation, details.magnification, details.objective, scale, details.criteria),
        *(details.scale_source, details.scale_size),
    )


def read_slide(typed: TypedSlide) -> SlideDetails:
    """The details without surrounding spaces. Raises ValueError if the scale is not a number."""
    scale = typed.um_per_px.strip()
    return SlideDetails(
        typed.stain.strip(),
        typed.fixation.strip(),
        typed.magnification.strip(),
        typed.objective.strip(),
        _number(scale) if scale else None,
        typed.criteria.strip(),
        typed.scale_source.strip() if scale else "",
        typed.scale_size.strip() if scale else "",
    )


def slide_problems(typed: Mapping[int, TypedSlide], names: Mapping[int, str]) -> Iterator[Problem]:
    """The problems in the details of slides; both by the slide's id."""
    for slide, details in typed.items():
        words = _scale_problem(details.um_per_px.strip())
        if words:
            yield Problem(slide, "um_per_px", f"'{names[slide]}': {words}")


def sample_problems(details: SampleDetails, today: date) -> Iterator[tuple[str, str]]:
    """The fields of a sample's details that can't be stored, each with the reason."""
    for field, text in (("collected", details.collected), ("received", details.received)):
        words = _date_problem(text, today)
        if words:
            yield field, words
    if details.collected and details.received and details.received < details.collected:
        yield "received", f"{details.received} is before {details.collected}, when it was collected. Check both."


def _date_problem(text: str, today: date) -> str:
    if not text:
        return ""
    try:
        given = date.fromisoformat(text) if _ISO_DATE.fullmatch(text) else None
    except ValueError:
        given = None
    if given is None:
        return f"'{text}' is not a date. Type year, month and day, as in {today.isoformat()}."
    return f"{text} is in the future. Check the year and the month." if given > today else ""


def _scale_problem(text: str) -> str:
    if not text:
        return ""
    try:
        right = LEAST_UM <= _number(text) <= MOST_UM
    except ValueError:
        right = False
    return (
        ""
        if right
        else f"'{text}' can't be the width of a pixel in µm. Type a number from {LEAST_UM:g} to {MOST_UM:g}, as in "
        "0.065, or nothing if the microscope was not calibrated."
    )


def _number(text: str) -> float:
    return float(text.replace(",", "."))
