"""Open, save, export and describe a session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtWidgets import QWidget

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.image import ImageKind
from sperm_viewer.domain.sample import SlideDetails
from sperm_viewer.gui.background.controller import Controller
from sperm_viewer.gui.background.exporting import Exporter
from sperm_viewer.gui.background.moving import MovedImages
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.slides.scale_choice import KnownScales
from sperm_viewer.gui.slides.slide_details_dialog import SlideDetailsDialog
from sperm_viewer.gui.window.app_commands import show_folder
from sperm_viewer.gui.window.workspace import Workspace
from sperm_viewer.run.scale_notices import scale_of_files, scale_warnings
from sperm_viewer.session.image_kind import image_kind, set_image_kind
from sperm_viewer.session.session import SUFFIX, Session, SlideCounts

_KINDS = {
    "as their content says": None,
    "fields with any number of heads": ImageKind.FIELD,
    "crops of one head": ImageKind.CROP,
}
"""What a person can say of the images of a slide."""


class SessionCommands:
    def __init__(
        self,
        controller: Controller,
        ask: Ask,
        workspace: Workspace,
        exporter: Exporter,
        moved: MovedImages,
        reviewer_name: Callable[[], str],
        parent: QWidget,
    ) -> None:
        """`reviewer_name` returns the reviewer's name and may ask for it; empty if the question was dismissed."""
        self._controller = controller
        self._settings = controller.settings
        self._ask = ask
        self._workspace = workspace
        self._exporter = exporter
        self._moved = moved
        self._reviewer_name = reviewer_name
        self._parent = parent

    def open_folder(self) -> None:
        chosen = self._ask.folder("Open a folder of slides", self._last_folder())
        if chosen:
            self._settings.update(last_folder=str(chosen))
            self._controller.open_paths([chosen])

    def open_images(self) -> None:
        chosen = self._ask.images("Open images", self._last_folder())
        if chosen:
            self._settings.update(last_folder=str(chosen[0].parent))
            self._controller.open_paths(chosen)

    def open_session(self) -> None:
        chosen = self._ask.session("Open a session", self._settings.sessions_folder)
        if chosen:
            self._controller.open_session(chosen)

    def close(self) -> None:
        self._controller.close_session()

    def save_copy(self) -> None:
        session = self._controller.session
        if session is None:
            return
        suggested = session.path.with_name(f"{session.path.stem} copy{SUFFIX}")
        target = self._ask.save("Save a copy of the session", suggested, f"Sperm Viewer sessions (*{SUFFIX})")
        if target:
            self._exporter.copy(session.path, target if target.suffix else target.with_suffix(SUFFIX))

    def find_moved(self) -> None:
        self._moved.find()

    def export_csv(self) -> None:
        session = self._controller.session
        if session is None:
            return
        target = self._ask.save("Export all cells", session.path.with_name("cells.csv"), "CSV (*.csv)")
        if target:
            self._exporter.cells(session.path, target if target.suffix else target.with_suffix(".csv"))

    def export_heatmaps(self) -> None:
        session, chosen = self._controller.session, self._workspace.selected_ids()
        if session is None or not chosen:
            return
        folder = self._ask.folder("Export the heatmaps to", session.path.parent)
        if folder:
            value = self._settings.value
            self._exporter.heatmaps(session.path, chosen, folder / "heatmaps", value.opacity / 100)

    def edit_slide_details(self) -> None:
        session = self._controller.session
        if session and self._controller.opened.may_write("change the details of slides"):
            chosen = self._workspace.chosen_slide
            samples = session.samples()
            scales = {one.id: scale_of_files(session, one.id) for sample in samples for one in sample.slides}
            in_files = {slide: scale for slide, scale in scales.items() if scale}
            known = KnownScales(self._settings.objectives, in_files)
            SlideDetailsDialog(samples, chosen, self._store_details, self._parent, known).open()

    def choose_image_kind(self) -> None:
        """Asks what the images of the chosen slide are, and scores them again if that is new."""
        session = self._controller.session
        if session is None or self._controller.busy("change what the images are"):
            return
        slide = self._slide_in_view(session)
        if slide is None or not self._controller.opened.may_write("change what the images are"):
            return
        now = next(text for text, kind in _KINDS.items() if kind is image_kind(session, slide.id))
        picked = self._ask.pick("Fields or crops?", f"The images of slide '{slide.name}' are", list(_KINDS), now)
        name = self._reviewer_name() if picked and picked != now else ""
        if name:
            try:
                set_image_kind(session, slide.id, _KINDS[picked], name)
            except SpermViewerError as error:
                self._ask.tell("This can't be stored", str(error))
                return
            self._controller.opened.show_again()
            self._controller.score()

    def _slide_in_view(self, session: Session) -> SlideCounts | None:
        """The chosen slide, or that of the current cell, or the only one; None, after a message, if it isn't clear."""
        slides, cell = session.slides(), self._workspace.current_cell()
        wanted = self._workspace.chosen_slide or (cell.slide if cell else None)
        found = next((slide for slide in slides if slide.id == wanted), slides[0] if len(slides) == 1 else None)
        if found is None:
            self._ask.tell("Which slide?", "Choose a slide in the list on the left first.")
        return found

    def _store_details(self, changed: Mapping[int, SlideDetails]) -> str:
        session, name = self._controller.session, self._reviewer_name()
        if session is None or not name:
            return "Nothing was stored: the audit trail needs the name of the person who changes the details."
        try:
            for slide, details in changed.items():
                session.set_slide_details(slide, details, name)
        except SpermViewerError as error:
            return str(error)
        self._workspace.show_scales()
        slides = [slide for sample in session.samples() for slide in sample.slides if slide.id in changed]
        in_files = {slide.id: scale_of_files(session, slide.id) for slide in slides}
        doubts = [text for slide in slides for text in scale_warnings(session, slide, in_files[slide.id])]
        if doubts:
            self._controller.notice.emit(" ".join(doubts))
        return ""

    def show_folder(self) -> None:
        if self._controller.session:
            show_folder(self._controller.session.path.parent)

    def _last_folder(self) -> Path:
        last = Path(self._settings.value.last_folder or Path.home())
        return last if last.is_dir() else Path.home()
