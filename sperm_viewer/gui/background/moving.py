"""File > Find Moved Images: searches in the background, and stores the new places in the session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.progress import counted
from sperm_viewer.gui.background.open_session import OpenSession
from sperm_viewer.gui.background.tasks import Tasks
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.imaging.find_moved import MovedSlide, find_moved
from sperm_viewer.system.other_computers import untrusted

_Files = Sequence[tuple[int, ImageRef, str]]


class MovedImages(QObject):
    """One search at a time; its result is dropped if another session has been opened meanwhile."""

    message = Signal(str)
    """A line to show to the user."""
    missing = Signal(str)
    """A line about folders that are no longer there."""

    def __init__(self, opened: OpenSession, ask: Ask, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._opened = opened
        self._ask = ask
        self._tasks = Tasks(1, self)
        self._looking = Tasks(1, self)
        self._looked_at: Path | None = None
        opened.changed.connect(self._look_at_folders)

    def find(self) -> None:
        """Asks for the folder to search if an image is missing."""
        session = self._opened.session
        if session is None or self._tasks.running or not self._opened.may_write("note where the images are"):
            return
        slides = {slide.id: session.files(slide.id) for sample in session.samples() for slide in sample.slides}
        missing = {slide: files for slide, files in slides.items() if _any_is_missing(files)}
        if not missing:
            self.message.emit("No image of this session is missing.")
            return
        place = self._ask.folder("Where are the images now?", session.path.parent)
        if place:
            self.message.emit("Looking for the images by their content…")
            done = partial(self._found, session.path, len(missing))
            self._tasks.start(partial(_look_for, missing, place), done, self._failed)

    def close(self) -> None:
        self._tasks.close(wait=False)
        self._looking.close(wait=False)

    def _look_at_folders(self) -> None:
        """Looks once for each session that is opened whether its slides are where they were."""
        session = self._opened.session
        before, self._looked_at = self._looked_at, session.path if session else None
        if session and session.path != before and not session.read_only:
            slides = [(slide.name, slide.folder) for sample in session.samples() for slide in sample.slides]
            done = partial(self._say_missing, session.path)
            self._looking.start(partial(_gone, slides), done, lambda error: None)

    def _say_missing(self, session_file: Path, slides: Sequence[str]) -> None:
        if slides and self._looked_at == session_file:
            self.missing.emit(_in_words(slides))

    def _found(self, session_file: Path, slides: int, moved: Mapping[int, MovedSlide]) -> None:
        session = self._opened.session
        if session is None or session.path != session_file:
            return
        try:
            for slide, where in moved.items():
                session.move_slide(slide, where.folder, where.found)
        except SpermViewerError as error:
            self._failed(error)
        self._opened.show_again()
        if not moved:
            self.message.emit("None of the missing images is in that folder. Results stay; choose another folder.")
            return
        count = counted(sum(len(where.found) for where in moved.values()), "image")
        left = sum(where.missing for where in moved.values())
        parts = [f"Found {count} of {counted(len(moved), 'slide')}."]
        if left:
            parts.append(f"{counted(left, 'image')} of {'it' if len(moved) == 1 else 'them'} still missing.")
        if len(moved) < slides:
            parts.append(f"{counted(slides - len(moved), 'slide')} not found.")
        self.message.emit(" ".join(parts))

    def _failed(self, error: Exception) -> None:
        self.message.emit("")
        self._ask.tell("The images can't be found again", str(error))


def _any_is_missing(files: _Files) -> bool:
    return any(not ref.path.is_file() for _, ref, _ in files)


def _look_for(slides: Mapping[int, _Files], place: Path) -> dict[int, MovedSlide]:
    found = {slide: find_moved(files, place) for slide, files in slides.items()}
    return {slide: where for slide, where in found.items() if where}


def _gone(slides: Sequence[tuple[str, Path]]) -> list[str]:
    """The names of the slides whose folders are no longer there."""
    return [name for name, folder in slides if not untrusted([folder]) and not folder.is_dir()]


def _in_words(slides: Sequence[str]) -> str:
    one = len(slides) == 1
    what = f"The folder of slide '{slides[0]}' is" if one else f"The folders of {len(slides):,} slides are"
    was = "it was moved or renamed, or its drive" if one else "they were moved or renamed, or their drive"
    return (
        f"{what} no longer there: {was} was disconnected. All results and verdicts are kept. Find Moved Images finds "
        "the images by their content."
    )
