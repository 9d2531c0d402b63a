"""Authorised reports: which report of a sample a person answers for, and what changed in the session since."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sperm_viewer import __version__
from sperm_viewer.domain.errors import SessionError
from sperm_viewer.session.audit import AuditHead
from sperm_viewer.session.session import Session
from sperm_viewer.session.spot_check import checked_slide


@dataclass(frozen=True, slots=True)
class Authorisation:
    """Report `number` of a sample, authorised by `reader`; `at` is UTC, ISO 8601.

    `audit_rows` and `audit_hash` are the end of the audit trail that it rests on, `figures` those of the report by
    name, in the words of the report, and `app_version` that of the program that worked them out.
    """

    number: int
    reader: str
    at: str
    audit_rows: int
    audit_hash: str
    figures: Mapping[str, str]
    app_version: str


def authorise(
    session: Session, sample: int, figures: Mapping[str, str], rests_on: AuditHead, who: str
) -> Authorisation:
    """Authorises the report of a sample with these figures, which were worked out at this end of the audit trail.

    Raises SessionError without a name, if the trail has gone on since, and if the file can't be written.
    """
    if not who.strip():
        raise SessionError(f"{session.path}: a report is authorised by a person. Give the name.")
    with session.writing("authorise the report") as trail:
        if session.audit_head() != rests_on:
            raise SessionError(f"{session.path}: the session has changed meanwhile. Look at the report again.")
        rows = session.rows(
            "SELECT coalesce(max(id), 0) + 1, (SELECT coalesce(max(number), 0) + 1 FROM authorisations"
            " WHERE sample_id = ?) FROM authorisations",
            (sample,),
        )
        body = {"id": rows[0][0], "sample_id": sample, "number": rows[0][1], "audit_rows": rests_on.rows}
        frozen = {"audit_hash": rests_on.hash, "figures": json.dumps(dict(figures)), "app_version": __version__}
        trail.append("authorised", body | frozen, who)
    return authorisations(session, sample)[-1]


def authorisations(session: Session, sample: int) -> list[Authorisation]:
    """The authorised reports of a sample, the first one first."""
    rows = session.rows(
        "SELECT number, reader, at, audit_rows, audit_hash, figures, app_version FROM authorisations"
        " WHERE sample_id = ? ORDER BY number",
        (sample,),
    )
    return [
        Authorisation(number, reader, at, audit_rows, audit_hash, json.loads(figures), version)
        for number, reader, at, audit_rows, audit_hash, figures, version in rows
    ]


def changes_since(session: Session, sample: int, authorised: Authorisation) -> tuple[str, ...]:
    """What was written about the sample after it was authorised, in a few words for each kind; empty if nothing was."""
    own = _Own.of(session, sample)
    found: Counter[str] = Counter()
    # The row after the frozen end is the authorisation itself.
    for kind, who, body in session.rows(
        "SELECT kind, who, body FROM audit WHERE number > ? ORDER BY number", (authorised.audit_rows + 1,)
    ):
        words, count = own.change(kind, who, json.loads(body))
        if count:
            found[words] += count
    return tuple(f"{words} ({count:,})" if count > 1 else words for words, count in found.items())


@dataclass(frozen=True, slots=True)
class _Own:
    """The ids of a sample, its slides, its images and its cells; slides that were removed are not among them."""

    sample: int
    slides: frozenset[int]
    cells: frozenset[int]

    @classmethod
    def of(cls, session: Session, sample: int) -> _Own:
        slides = session.rows("SELECT id FROM slides WHERE sample_id = ? AND removed = 0", (sample,))
        cells = session.rows(
            "SELECT cells.id FROM cells JOIN images ON images.id = image_id JOIN slides ON slides.id = slide_id"
            " WHERE sample_id = ? AND removed = 0",
            (sample,),
        )
        return cls(sample, frozenset(row[0] for row in slides), frozenset(row[0] for row in cells))

    def change(self, kind: str, who: str, body: Mapping[str, Any]) -> tuple[str, int]:
        """An event in words, and how much of the sample it changed; 0 if it is not about the sample."""
        match kind:
            case "verdict":
                return f"verdict by {who}", int(body["cell_id"] in self.cells)
            case "result":
                return "cell scored", int(body["cell_id"] in self.cells)
            case "heads":
                changed = self.cells.intersection([*body["removed"], *body["shown"]])
                return f"heads of a field changed by {who}", int(bool(changed))
            case "image-kind":
                return f"what the images of a slide are, by {who}", int(body["slide_id"] in self.slides)
            case "forgotten":
                return "result of an unreadable file withdrawn", len(self.cells.intersection(body["cells"]))
            case "recounted":
                return "cell counted otherwise", sum(result[0] in self.cells for result in body["results"])
            case "images" | "slide":
                about = body["slide_id"] if kind == "images" else body["id"]
                return f"{kind} added", int(about in self.slides)
            case "sample-details":
                return f"details of the sample, by {who}", int(body["sample_id"] == self.sample)
            case "slide-details":
                return f"details of a slide, by {who}", int(body["slide_id"] in self.slides)
            case "arranged":
                return f"slides or names changed, by {who}", int(self._arranged(body))
            case "note" if checked_slide(body["key"]) in self.slides:
                return f"spot check begun by {who}", 1
            case "note":
                return "another model in use", int(body["key"] == "model")
        return "", 0

    def _arranged(self, body: Mapping[str, Any]) -> bool:
        states = [body[state] for state in ("before", "after")]
        named = any(sample == self.sample for state in states for sample, _ in state["samples"])
        return named or any(place[1] == self.sample for state in states for place in state["slides"])
