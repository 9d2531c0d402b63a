"""Which slides belong to which sample, and their names: moved, renamed and removed by a person, with undo.

Each edit is one audit event, so undo continues after the file was closed and opened again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sperm_viewer.domain.errors import SessionError
from sperm_viewer.session.arranged import Placed, arranged_body, free_name
from sperm_viewer.session.audit import Trail
from sperm_viewer.session.duplicates import mark_duplicates
from sperm_viewer.session.session import Session
from sperm_viewer.session.undo_history import UndoHistory

_NOTHING: Mapping[int, str] = {}


@dataclass(frozen=True, slots=True)
class SlidePlace:
    """The identifier of the sample that a slide belongs to, its name there, and whether it was removed."""

    sample: str
    name: str
    removed: bool = False


class Arrangement:
    """The arrangement of a session's slides; everything is on disk when a method returns.

    Each method raises SessionError if a name is empty or taken, or if the file can't be written. `who` is the name of
    the person. Slides and samples are given by their ids.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._history = UndoHistory()
        for number, body in session.rows("SELECT number, body FROM audit WHERE kind = 'arranged' ORDER BY number"):
            found = json.loads(body)
            self._history.add(number, found["act"], found["of"])

    @property
    def can_undo(self) -> bool:
        return self._history.to_undo is not None

    @property
    def can_redo(self) -> bool:
        return self._history.to_redo is not None

    def places(self) -> dict[int, SlidePlace]:
        """Every slide's place, removed slides too."""
        rows = self._session.rows(
            "SELECT slides.id, identifier, name, removed FROM slides JOIN samples ON samples.id = sample_id"
        )
        return {row[0]: SlidePlace(row[1], row[2], bool(row[3])) for row in rows}

    def move(self, slides: Iterable[int], identifier: str, who: str) -> None:
        """Moves slides to the sample of that identifier, a new one if there is none. A taken name gets a number."""
        places, moved = self.places(), set(slides)
        taken = {
            place.name
            for slide, place in places.items()
            if place.sample == identifier.strip() and not place.removed and slide not in moved
        }
        wanted = {}
        for slide in sorted(moved):
            wanted[slide] = SlidePlace(identifier, free_name(places[slide].name, taken))
            taken.add(wanted[slide].name)
        self.arrange(wanted, who)

    def rename_slide(self, slide: int, name: str, who: str) -> None:
        self.arrange({slide: SlidePlace(self.places()[slide].sample, name)}, who)

    def rename_sample(self, sample: int, identifier: str, who: str) -> None:
        self.arrange({}, who, {sample: identifier})

    def remove(self, slides: Iterable[int], who: str) -> None:
        """Removed slides are shown and counted nowhere; their results and verdicts stay in the file."""
        places = self.places()
        self.arrange({slide: SlidePlace(places[slide].sample, places[slide].name, True) for slide in slides}, who)

    def arrange(self, slides: Mapping[int, SlidePlace], who: str, identifiers: Mapping[int, str] = _NOTHING) -> None:
        """Gives slides their places and samples their identifiers, as one edit. New samples are made as needed."""
        with self._session.writing("change the samples") as trail:
            known = self._identifiers()
            samples = {sample: text.strip() for sample, text in identifiers.items() if text.strip() != known[sample]}
            samples |= self._out_of_the_way(samples, known)
            ids = {text: sample for sample, text in {**known, **samples}.items()}
            placed = {}
            for slide, place in slides.items():
                wanted = place.sample.strip()
                if wanted not in ids:
                    # A sample that is renamed by this very edit may hold the identifier until then.
                    free = free_name(wanted, known.values())
                    ids[wanted] = self._new_sample(trail, free)
                    samples |= {ids[wanted]: wanted} if free != wanted else {}
                placed[slide] = Placed(ids[wanted], place.name.strip(), place.removed)
            current = self._placed()
            placed = {slide: place for slide, place in placed.items() if place != current[slide]}
            if not placed and not samples:
                return
            edit = self._append(trail, placed, samples, who, "do", None)
        self._history.add(edit, "do", None)

    def undo(self, who: str) -> bool:
        """Undoes the last edit; False if there is nothing to undo."""
        edit = self._history.to_undo
        if edit is not None:
            self._restore(edit, "undo", "before", who)
        return edit is not None

    def redo(self, who: str) -> bool:
        """Repeats the edit that was undone last; False if there is nothing to redo."""
        edit = self._history.to_redo
        if edit is not None:
            self._restore(edit, "redo", "after", who)
        return edit is not None

    def _restore(self, edit: int, act: str, state: str, who: str) -> None:
        body = self._session.rows("SELECT body FROM audit WHERE number = ?", (edit,))[0][0]
        found: dict[str, Any] = json.loads(body)[state]
        slides = {slide: Placed(sample, name, bool(removed)) for slide, sample, name, removed in found["slides"]}
        with self._session.writing("change the samples") as trail:
            number = self._append(trail, slides, dict(found["samples"]), who, act, edit)
        self._history.add(number, act, edit)

    def _append(
        self, trail: Trail, slides: Mapping[int, Placed], samples: Mapping[int, str], who: str, act: str, of: int | None
    ) -> int:
        self._check(slides, samples)
        body = arranged_body(self._session, slides, samples, act, of)
        number = trail.append("arranged", body, who)
        mark_duplicates(self._session, trail)
        return number

    def _check(self, slides: Mapping[int, Placed], samples: Mapping[int, str]) -> None:
        """Raises SessionError if the session would have an empty name, or one name twice in one place."""
        identifiers, placed = {**self._identifiers(), **samples}, {**self._placed(), **slides}
        names = Counter((place.sample, place.name) for place in placed.values() if not place.removed)
        twice = next((found for found, count in names.items() if count > 1), None)
        if twice:
            raise SessionError(
                f"{self._session.path}: sample '{identifiers[twice[0]]}' would have two slides named '{twice[1]}'. "
                "Give one of them another name."
            )
        same = next((text for text, count in Counter(identifiers.values()).items() if count > 1), None)
        if same is not None:
            raise SessionError(
                f"{self._session.path}: there is a sample '{same}' already. Move the slides to it, or choose another "
                "identifier."
            )
        if not all(identifiers.values()) or not all(place.name for place in placed.values()):
            raise SessionError(f"{self._session.path}: a sample and a slide need a name. Type one.")

    def _identifiers(self) -> dict[int, str]:
        return dict(self._session.rows("SELECT id, identifier FROM samples"))

    def _placed(self) -> dict[int, Placed]:
        rows = self._session.rows("SELECT id, sample_id, name, removed FROM slides")
        return {row[0]: Placed(row[1], row[2], bool(row[3])) for row in rows}

    def _out_of_the_way(self, wanted: Mapping[int, str], known: Mapping[int, str]) -> dict[int, str]:
        """New identifiers for samples without slides, which nobody sees, if theirs are wanted for another sample."""
        shown = {place.sample for place in self._placed().values() if not place.removed}
        return {
            sample: free_name(text, {*known.values(), *wanted.values()})
            for sample, text in known.items()
            if text in wanted.values() and sample not in shown and sample not in wanted
        }

    def _new_sample(self, trail: Trail, identifier: str) -> int:
        sample = int(self._session.rows("SELECT coalesce(max(id), 0) + 1 FROM samples")[0][0])
        trail.append("sample", {"id": sample, "identifier": identifier, "folder": None})
        return sample
