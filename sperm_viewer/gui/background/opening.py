"""Where images that were opened go: into the open session, a new one, or the session that they have already."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from pathlib import Path

from sperm_viewer.domain.progress import counted
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.imaging.discover import Discovery
from sperm_viewer.run.scoring import FoundImages
from sperm_viewer.run.settle import opened_name, sample_question
from sperm_viewer.session.earlier import session_with
from sperm_viewer.session.session import Session


class Into(Enum):
    """The session that images go into; one that they have already is given by its path."""

    THIS = "this"
    NEW = "new"


class Opening:
    """Asks what to do with images that were found."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def into(self, found: FoundImages, session: Session | None, earlier: Iterable[Path]) -> Into | Path | None:
        """Asks only if there is a choice; None if the question was dismissed.

        `session` is the open one, and `earlier` are the sessions that may have these images already.
        """
        folders = [slide.folder for slide in found.discovery.slides]
        if session and set(folders) <= set(session.folders()):
            return Into.THIS
        known = session_with(folders, (path for path in earlier if not session or path != session.path))
        choices: list[tuple[str, Into | Path]] = [("Add to This Session", Into.THIS)] if session else []
        if known:
            choices.append(("Open Its Session", known))
        choices.append(("New Session", Into.NEW))
        if len(choices) == 1:
            return Into.NEW
        title, text = _question(opened_name(found.paths), session, known)
        chosen = self._ask.choose(title, text, [name for name, _ in choices])
        return None if chosen is None else choices[chosen][1]

    def in_samples(self, found: FoundImages, known: Iterable[Path]) -> Discovery | None:
        """The slides in their samples, after asking where in doubt; None if the question was dismissed.

        `known` are the folders of the session's slides.
        """
        question = sample_question(found.discovery, found.paths, list(known))
        if question is None:
            return found.discovery
        chosen = self._ask.choose(question.title, question.text, (question.several, question.one))
        if chosen is None:
            return None
        return found.discovery.as_one_sample(question.identifier) if chosen else found.discovery


def _question(name: str, session: Session | None, known: Path | None) -> tuple[str, str]:
    """Title and text."""
    has_one = f"'{name}' has a session already: {known.parent.name}." if known else ""
    if session is None:
        return "Open the session of these images?", f"{has_one} It holds the results and verdicts so far."
    samples = counted(len(session.samples()), "sample")
    is_open = f"The session {session.path.parent.name} is open, with {samples}."
    return f"Where should '{name}' go?", f"{is_open} {has_one}".rstrip()
