"""What Review > Teach This Microscope and Compare a Site Model do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtWidgets import QWidget

from sperm_viewer.domain.verdict import Why
from sperm_viewer.gui.background.controller import Controller
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.review.reading_plan_guide import ReadingPlanGuide
from sperm_viewer.gui.review.reviewer import Reviewer
from sperm_viewer.gui.teaching.compare_dialog import CompareDialog, Comparing
from sperm_viewer.gui.teaching.teach_dialog import TeachDialog
from sperm_viewer.inference.model_folders import find_model, open_model
from sperm_viewer.inference.model_spec import ModelSpec
from sperm_viewer.run.settle import DEFAULT_MODEL
from sperm_viewer.system import paths
from sperm_viewer.teaching.site_model import TEACHING_FILE
from sperm_viewer.teaching.teach import TeachRequest


class TeachCommands:
    def __init__(
        self,
        controller: Controller,
        guide: ReadingPlanGuide,
        add_model: Callable[[ModelSpec], None],
        reviewer: Reviewer,
        ask: Ask,
        parent: QWidget,
    ) -> None:
        """`add_model` puts a model into the list of those that can be chosen."""
        self._controller = controller
        self._reviewer = reviewer
        self._ask = ask
        self._guide = guide
        self._add_model = add_model
        self._parent = parent

    def teach(self) -> None:
        session = self._controller.session
        if session is None:
            return
        dialog = TeachDialog(session.path, self._request, session.path.parent.name, self._parent)
        dialog.taught.connect(self._add)
        dialog.to_label.connect(self._label)
        dialog.open()

    def compare(self) -> None:
        shelf = self._controller.shelf
        sites = [folder for folder in shelf.folders if (folder.path / TEACHING_FILE).is_file()]
        in_use = shelf.named(self._controller.settings.value.model) or find_model(DEFAULT_MODEL)
        others = [site for site in sites if site.id != in_use.id]
        comparing = Comparing(others, in_use, self._locked_set, self._reviewer.ensure_name)
        dialog = CompareDialog(comparing, self._parent)
        dialog.put_into_use.connect(self._use)
        dialog.open()

    def _locked_set(self) -> Path | None:
        return self._ask.session("The locked set: a session that was read blind", paths.results_folder())

    def _use(self, name: str) -> None:
        self._controller.settings.update(model=name)
        self._controller.model_changed.emit()

    def _request(self, name: str) -> TeachRequest:
        session = self._controller.session
        given = (session.path,) if session else ()
        return TeachRequest(given, name, paths.user_models(), find_model(DEFAULT_MODEL))

    def _add(self, folder: Path) -> None:
        model = open_model(folder)
        self._controller.shelf.add(model)
        self._add_model(model.spec)

    def _label(self, cells: Mapping[int, Why]) -> None:
        if self._controller.opened.may_write("label cells"):
            self._guide.lead(cells, "Cells that teach most")
