"""The body of the audit event `arranged`: where slides and identifiers are before an edit and after it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sperm_viewer.session.queries import SessionQueries


@dataclass(frozen=True, slots=True)
class Placed:
    """The sample of a slide, its name there, and whether it was removed."""

    sample: int
    name: str
    removed: bool = False


def arranged_body(
    session: SessionQueries, slides: Mapping[int, Placed], samples: Mapping[int, str], act: str, of: int | None
) -> dict[str, Any]:
    """`slides` are new places by slide, `samples` new identifiers by sample; `of` is the edit undone or redone."""
    after = {
        "slides": [(slide, to.sample, to.name, int(to.removed)) for slide, to in slides.items()],
        "samples": list(samples.items()),
    }
    before = {
        "slides": session.rows(f"SELECT id, sample_id, name, removed FROM slides WHERE id IN {_list(slides)}"),
        "samples": session.rows(f"SELECT id, identifier FROM samples WHERE id IN {_list(samples)}"),
    }
    return {"act": act, "of": of, "before": before, "after": after}


def shown_again(session: SessionQueries, slide: int) -> dict[str, Any]:
    """The body for a removed slide that is shown again in its sample."""
    sample, name = session.rows("SELECT sample_id, name FROM slides WHERE id = ?", (slide,))[0]
    place = Placed(sample, free_name(name, session.names_in(sample)))
    return arranged_body(session, {slide: place}, {}, "do", None)


def free_name(wanted: str, taken: Collection[str]) -> str:
    """The name itself, or with the first number that makes it unique: `A`, `A (2)`."""
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted} ({number})", number + 1
    return name


def _list(ids: Iterable[int]) -> str:
    return f"({','.join(str(int(number)) for number in ids)})"
