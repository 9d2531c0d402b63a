"""Authorise the report of a sample."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from sperm_viewer import __version__
from sperm_viewer.gui.background.authorising import Authorising
from sperm_viewer.gui.background.controller import Controller
from sperm_viewer.gui.background.exporting import Exporter
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.window.workspace import Workspace
from sperm_viewer.reports.authorise import Proposal
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
        self._ask = ask
        self._workspace = workspace
        self._reviewer_name = reviewer_name
        self.authorising = Authorising(parent)
        for signal in (exporter.started, exporter.progressed, exporter.done):
            signal.connect(say)
        exporter.failed.connect(lambda text: ask.tell("Export failed", text))
        self.authorising.started.connect(say)
        self.authorising.done.connect(say)
        self.authorising.proposed.connect(self._confirm)
        self.authorising.failed.connect(lambda text: ask.tell("The report was not authorised", text))

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
        slide = self._workspace.chosen_slide
        current = next((s.identifier for s in samples if any(each.id == slide for each in s.slides)), "")
        return self._ask.pick(
            "Authorise a report", "Report of sample", [sample.identifier for sample in samples], current
        )

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
