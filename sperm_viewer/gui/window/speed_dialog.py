"""Help > Measure Speed: how fast this machine scores, in all and by stage."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from sperm_viewer.gui.background.measuring import Measuring
from sperm_viewer.gui.dialogs.close_dialog import PageDialog
from sperm_viewer.inference.model_folders import ModelFolder
from sperm_viewer.run.bench.measure import Bench
from sperm_viewer.run.bench.text import bench_text


class SpeedDialog(PageDialog):
    """Measures as soon as it is open; closing it ends the measurement."""

    def __init__(self, model: ModelFolder, parent: QWidget | None) -> None:
        super().__init__("Measure speed", parent)
        self.measuring = Measuring(self)
        self.measuring.step.connect(self.page.setPlainText)
        self.measuring.failed.connect(self.page.setPlainText)
        self.measuring.done.connect(self._show)
        self.finished.connect(self.measuring.close)
        self.page.setPlainText("Measuring…")
        self.measuring.start(model)

    def _show(self, found: Bench) -> None:
        self.page.setMarkdown(bench_text(found))
