"""Moves, renames and removes the slides and samples of the open session, as a person asks for it in the window."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtWidgets import QWidget

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.sample import Sample, SampleDetails, Slide, slide_in_sample
from sperm_viewer.gui.background.open_session import OpenSession
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.slides.sample_details_dialog import SampleDetailsDialog
from sperm_viewer.session.arrange import Arrangement

_Edit = Callable[[Arrangement, str], object]


class Arranging:
    """Acts on the slide that is chosen in the list, or on the only slide there is."""

    def __init__(
        self,
        opened: OpenSession,
        ask: Ask,
        reader_name: Callable[[], str],
        chosen: Callable[[], int | None],
        show: Callable[[str], object],
        parent: QWidget,
    ) -> None:
        """`reader_name` may ask for the name; empty if the question was dismissed. `chosen` is a slide's id."""
        self._opened = opened
        self._ask = ask
        self._reader_name = reader_name
        self._chosen = chosen
        self._show = show
        self._parent = parent

    def move_slide(self) -> None:
        found = self._chosen_slide("move a slide")
        if found:
            sample, slide = found
            others = [other.identifier for other in self._samples() if other.id != sample.id]
            text = f"The sample that '{slide.name}' belongs to. Type a new identifier to begin a sample."
            wanted = self._ask.new_name("Move to another sample", text, others[0] if others else "", others)
            if wanted:
                self._edit(lambda slides, who: slides.move([slide.id], wanted, who))

    def rename_slide(self) -> None:
        found = self._chosen_slide("rename a slide")
        if found:
            slide = found[1]
            wanted = self._ask.new_name("Rename the slide", f"The new name of '{slide.name}'.", slide.name)
            if wanted:
                self._edit(lambda slides, who: slides.rename_slide(slide.id, wanted, who))

    def rename_sample(self) -> None:
        found = self._chosen_slide("rename a sample")
        if found:
            sample = found[0]
            text = f"The new identifier of '{sample.identifier}'. Don't enter a patient's name."
            wanted = self._ask.new_name("Rename the sample", text, sample.identifier)
            if wanted:
                self._edit(lambda slides, who: slides.rename_sample(sample.id, wanted, who))

    def remove_slide(self) -> None:
        found = self._chosen_slide("remove a slide")
        if found:
            sample, slide = found
            if self._edit(lambda slides, who: slides.remove([slide.id], who)):
                which = slide_in_sample(sample.identifier, slide.name)
                self._show(f"Removed {which}: shown and counted nowhere. Slides > Undo Change of Slides restores it.")

    def undo(self) -> None:
        self._step("undone", lambda slides: slides.can_undo, Arrangement.undo)

    def redo(self) -> None:
        self._step("redone", lambda slides: slides.can_redo, Arrangement.redo)

    def edit_sample_details(self) -> None:
        samples = self._samples()
        if samples and self._opened.may_write("change the details of samples"):
            chosen = self._chosen()
            of = next((sample.id for sample in samples for slide in sample.slides if slide.id == chosen), samples[0].id)
            SampleDetailsDialog(samples, of, self._store_details, self._parent).open()

    def _step(self, done: str, can: Callable[[Arrangement], bool], step: _Edit) -> None:
        session = self._opened.session
        if session is None or not self._opened.may_write("change the samples"):
            return
        if can(Arrangement(session)):
            self._edit(step)
        else:
            text = "No slide or sample was moved, renamed or removed. Verdicts have their own Undo, in the menu Review."
            self._ask.tell(f"Nothing can be {done}", text)

    def _edit(self, edit: _Edit) -> bool:
        """Whether it was made."""
        session, name = self._opened.session, self._reader_name()
        if session is None or not name:
            return False
        try:
            edit(Arrangement(session), name)
        except SpermViewerError as error:
            self._ask.tell("The samples were not changed", str(error))
            return False
        self._opened.changed.emit()
        return True

    def _chosen_slide(self, what: str) -> tuple[Sample, Slide] | None:
        """The slide and its sample; says what is missing if there is none."""
        if self._opened.session is None or not self._opened.may_write(what):
            return None
        every = [(sample, slide) for sample in self._samples() for slide in sample.slides]
        chosen = every[0][1].id if len(every) == 1 else self._chosen()
        found = next(((sample, slide) for sample, slide in every if slide.id == chosen), None)
        if found is None:
            self._ask.tell("No slide is chosen", f"Choose a slide in the list at the left to {what}.")
        return found

    def _samples(self) -> list[Sample]:
        return list(self._opened.session.samples()) if self._opened.session else []

    def _store_details(self, changed: Mapping[int, SampleDetails]) -> str:
        session, name = self._opened.session, self._reader_name()
        if session is None or not name:
            return "Nothing was stored: the audit trail needs the name of the person who changes the details."
        try:
            for sample, details in changed.items():
                session.set_sample_details(sample, details, name)
        except SpermViewerError as error:
            return str(error)
        return ""
