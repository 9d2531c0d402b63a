"""What a laboratory types about its slides: read, and what is wrong with it in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sperm_viewer.session.session import SlideDetails

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_LEAST_UM, _MOST_UM = 0.005, 5.0
"""A pixel of a microscope's camera shows no less and no more than this."""


@dataclass(frozen=True, slots=True)
class TypedDetails:
    """A slide's details as they stand in text fields; the names are those of `SlideDetails`."""

    identifier: str = ""
    date: str = ""
    stain: str = ""
    magnification: str = ""
    um_per_px: str = ""
    replicate_of: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """`field` of `slide` can't be stored; `words` say why, and what to type instead."""

    slide: str
    field: str
    words: str


def as_typed(details: SlideDetails) -> TypedDetails:
    scale = "" if details.um_per_px is None else f"{details.um_per_px:.10g}"
    return TypedDetails(
        details.identifier, details.date, details.stain, details.magnification, scale, details.replicate_of
    )


def read_details(typed: TypedDetails) -> SlideDetails:
    """The details, without spaces around them. Raises ValueError where `problems` finds one with the scale."""
    scale = typed.um_per_px.strip()
    return SlideDetails(
        typed.identifier.strip(),
        typed.date.strip(),
        typed.stain.strip(),
        typed.magnification.strip(),
        _number(scale) if scale else None,
        typed.replicate_of,
    )


def problems(typed: Mapping[str, TypedDetails], today: date) -> Iterator[Problem]:
    """What is wrong with the details of all slides of a session, by the slide's name."""
    for slide, details in typed.items():
        words = _date_problem(details.date.strip(), today)
        if words:
            yield Problem(slide, "date", f"'{slide}': {words}")
        words = _scale_problem(details.um_per_px.strip())
        if words:
            yield Problem(slide, "um_per_px", f"'{slide}': {words}")
        first = typed[details.replicate_of].replicate_of if details.replicate_of else ""
        if first:
            yield Problem(
                slide,
                "replicate_of",
                f"'{slide}' can't be a replicate of '{details.replicate_of}', which is itself one of '{first}'. Let "
                "one slide be the first of its preparation, and the others replicates of it.",
            )


def _date_problem(text: str, today: date) -> str:
    if not text:
        return ""
    try:
        given = date.fromisoformat(text) if _ISO_DATE.fullmatch(text) else None
    except ValueError:
        given = None
    if given is None:
        return f"'{text}' is no date. Type year, month and day, as in {today.isoformat()}."
    return f"{text} is in the future. Check the year and the month." if given > today else ""


def _scale_problem(text: str) -> str:
    if not text:
        return ""
    try:
        right = _LEAST_UM <= _number(text) <= _MOST_UM
    except ValueError:
        right = False
    return (
        ""
        if right
        else f"'{text}' can't be the width of a pixel in µm. Type a number from {_LEAST_UM:g} to {_MOST_UM:g}, as in "
        "0.065, or nothing where the microscope was not calibrated."
    )


def _number(text: str) -> float:
    return float(text.replace(",", "."))
