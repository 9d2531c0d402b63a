"""Show, save, print and authorise the report of a sample."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QWidget

from sperm_viewer import __version__
from sperm_viewer.gui.background.authorising import Authorising
from sperm_viewer.gui.background.controller import Controller
from sperm_viewer.gui.background.exporting import Exporter
from sperm_viewer.gui.background.report_pages import ReportPages
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.report.report_dialog import ReportDialog, usual_paper
from sperm_viewer.gui.window.workspace import Workspace
from sperm_viewer.reports.authorise import Proposal
from sperm_viewer.reports.request import ReportFormat, ReportRequest
from sperm_viewer.session.session import Session

_MOST_FIGURES = 12
"""In the question; the report has them all."""


class ReportCommands:
    def __init__(
        self,
        controller: Controller,
        ask: Ask,
        workspace: Workspace,
        exporter: Exporter,
        reviewer_name: Callable[[], str],
        say: Callable[[str], None],
        parent: QWidget,
    ) -> None:
        """`reviewer_name` returns the reviewer's name and may ask for it; empty if the question was dismissed."""
        self._controller = controller
        self._settings = controller.settings
        self._ask = ask
        self._workspace = workspace
        self._exporter = exporter
        self._parent = parent
        self._reviewer_name = reviewer_name
        self._pages = ReportPages(parent)
        self.authorising = Authorising(parent)
        for signal in (exporter.started, exporter.progressed, exporter.done):
            signal.connect(say)
        exporter.failed.connect(lambda text: ask.tell("Export failed", text))
        self.authorising.started.connect(say)
        self.authorising.done.connect(say)
        self.authorising.proposed.connect(self._confirm)
        self.authorising.failed.connect(lambda text: ask.tell("The report was not authorised", text))

    def show(self) -> None:
        """Opens the report of the sample in view, or of all samples."""
        session = self._controller.session
        if session is None:
            return
        # A note that is being written belongs to the report.
        self._workspace.cell.finish_note()
        samples = [sample.identifier for sample in session.samples()]
        in_view = self._in_view(session)
        request = self._request(session.path, (in_view,) if in_view else tuple(samples))
        dialog = ReportDialog(request, samples, self._pages, self._ask, self._save, self._parent)
        for signal in (self._exporter.started, self._exporter.progressed, self._exporter.done):
            signal.connect(dialog.tell)
        dialog.open()

    def close_tasks(self) -> None:
        self._pages.close()
        self.authorising.close()

    def _request(self, session: Path, samples: tuple[str, ...]) -> ReportRequest:
        value = self._settings.value
        last = Path(value.report_folder) if value.report_folder else session.parent
        folder = last if last.is_dir() else session.parent
        suggested = folder / f"{session.parent.name} report.pdf"
        logo = Path(value.logo) if value.logo else None
        return ReportRequest(session, ReportFormat.PDF, suggested, value.laboratory, logo, samples, paper=usual_paper())

    def _save(self, request: ReportRequest) -> None:
        self._settings.update(report_folder=str(request.out.parent))
        self._exporter.report(request)

    def authorise(self) -> None:
        session = self._controller.session
        if session and self._controller.opened.may_write("authorise a report"):
            # A note that is being written belongs to the report.
            self._workspace.cell.finish_note()
            identifier = self._sample(session)
            if identifier:
                self.authorising.propose(session.path, identifier)

    def _sample(self, session: Session) -> str:
        """The identifier of the sample to authorise, asked for if there are several; empty if that was dismissed."""
        samples = session.samples()
        if len(samples) == 1:
            return samples[0].identifier
        identifiers = [sample.identifier for sample in samples]
        return self._ask.pick("Authorise a report", "Report of sample", identifiers, self._in_view(session))

    def _in_view(self, session: Session) -> str:
        """The identifier of the sample whose slide is chosen; empty if all slides are shown."""
        slide = self._workspace.chosen_slide
        return next((s.identifier for s in session.samples() if any(each.id == slide for each in s.slides)), "")

    def _confirm(self, proposal: Proposal) -> None:
        session = self._controller.session
        if session is None or session.path != proposal.session:
            return
        name = self._reviewer_name()
        title = f"Authorise report {proposal.number} of sample {proposal.identifier}?"
        if name and self._ask.confirm(title, what_is_frozen(proposal, name), "Authorise", "Cancel"):
            self.authorising.authorise(proposal, name)


def what_is_frozen(proposal: Proposal, name: str) -> str:
    """The text of the question before an authorisation."""
    figures = [f"{figure}: {value}" for figure, value in proposal.figures.items()]
    left = len(figures) - _MOST_FIGURES
    shown = "\n".join(figures[:_MOST_FIGURES]) + (f"\nand {left:,} more figures of the slides" if left > 0 else "")
    return (
        f"{name} answers for this report. These are frozen with it:\n\n{shown}\n\n"
        f"The audit trail up to row {proposal.rests_on.rows:,}, whose hash is {proposal.rests_on.hash[:16]}…, and "
        f"version {__version__} of Sperm Viewer.\n\n"
        "This can't be undone. Any later change of the sample makes its next report an amended one, which says what "
        "has changed."
    )
