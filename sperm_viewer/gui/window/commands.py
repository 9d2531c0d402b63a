"""What each action does when it is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.progress import counted
from sperm_viewer.gui.background.runner import State
from sperm_viewer.gui.dialogs.about import AboutDialog, KeysDialog
from sperm_viewer.gui.dialogs.agreement_dialog import AgreementDialog
from sperm_viewer.gui.dialogs.ask import Ask
from sperm_viewer.gui.dialogs.guide import open_guide
from sperm_viewer.gui.dialogs.heatmap_help import HeatmapHelp
from sperm_viewer.gui.dialogs.settings_dialog import SettingsDialog
from sperm_viewer.gui.dialogs.support_dialog import SupportDialog
from sperm_viewer.gui.slides.slide_details_dialog import SlideDetailsDialog
from sperm_viewer.gui.widgets.actions import Act
from sperm_viewer.gui.widgets.error_reporter import LOG_FILE
from sperm_viewer.gui.widgets.models import device_name
from sperm_viewer.reports.request import ReportFormat, ReportRequest
from sperm_viewer.run.support_bundle import support_text
from sperm_viewer.session.readings import compare_readings
from sperm_viewer.session.session import SUFFIX, SlideDetails
from sperm_viewer.session.spot_check import SpotCheckFigures
from sperm_viewer.system import paths
from sperm_viewer.system.atomic_write import replacing
from sperm_viewer.system.crash_log import SCORING_CRASHES, WINDOW_CRASHES

if TYPE_CHECKING:
    from sperm_viewer.gui.window.main_window import MainWindow


_REPORTS = ";;".join(
    f"{name} (*.{form})"
    for name, form in (
        ("PDF", ReportFormat.PDF),
        ("Web page", ReportFormat.HTML),
        ("Excel workbook", ReportFormat.XLSX),
        ("CSV", ReportFormat.CSV),
    )
)


class Commands:
    """Connects the window's actions to the controller and the views."""

    def __init__(self, window: MainWindow, ask: Ask) -> None:
        self._window = window
        self._controller = window.controller
        self._settings = window.controller.settings
        self._ask = ask
        results = window.workspace.results
        for act, run in {
            Act.OPEN_FOLDER: self.open_folder,
            Act.OPEN_IMAGES: self.open_images,
            Act.OPEN_SESSION: self.open_session,
            Act.SAVE_COPY: self.save_copy,
            Act.FIND_MOVED: window.moved.find,
            Act.EXPORT_REPORT: self.export_report,
            Act.EXPORT_CSV: self.export_csv,
            Act.EXPORT_HEATMAPS: self.export_heatmaps,
            Act.SLIDE_DETAILS: self.slide_details,
            Act.SHOW_FOLDER: self.show_folder,
            Act.CLOSE_SESSION: self._controller.close_session,
            Act.SETTINGS: lambda: SettingsDialog(self._settings, ask, window).open(),
            Act.QUIT: window.close,
            Act.SCORE: self._controller.score,
            Act.TRY_AGAIN: self._controller.try_again,
            Act.PAUSE: self.pause_or_go_on,
            Act.CANCEL: self._controller.runner.cancel,
            Act.FIND: results.filters.start_search,
            Act.SHOW_ALL: lambda: window.workspace.show_only(),
            Act.ZOOM_IN: lambda: window.zoom.by(1),
            Act.ZOOM_OUT: lambda: window.zoom.by(-1),
            Act.ZOOM_FIT: lambda: window.zoom.fit(),
            Act.ZOOM: lambda: window.zoom.toggle(),
            Act.HEATMAP: window.workspace.cell.switch_heat,
            Act.MORE_HEAT: lambda: window.workspace.cell.change_heat(1),
            Act.LESS_HEAT: lambda: window.workspace.cell.change_heat(-1),
            Act.SIMILAR: window.workspace.cell.similar.take_focus,
            Act.SECOND_READING: window.blind.begin_or_end,
            Act.SPOT_CHECK: self.spot_check,
            Act.AGREEMENT: self.agreement,
            Act.DEMO: self._controller.finder.make_demo,
            Act.GUIDE: lambda: open_guide(window),
            Act.HEATMAP_HELP: lambda: HeatmapHelp(window).open(),
            Act.KEYS: lambda: KeysDialog(window.acts, window).open(),
            Act.LOG: lambda: _show_in_files(paths.log_folder()),
            Act.SUPPORT: self.support,
            Act.ABOUT: self.about,
        }.items():
            window.acts[act].triggered.connect(lambda _=False, call=run: call())
        window.workspace.slides.list.addAction(window.acts[Act.SLIDE_DETAILS])

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
        chosen = self._ask.session("Open a session", paths.results_folder())
        if chosen:
            self._controller.open_session(chosen)

    def pause_or_go_on(self) -> None:
        runner = self._controller.runner
        if runner.state is State.PAUSED:
            runner.resume()
        else:
            runner.pause()

    def save_copy(self) -> None:
        session = self._controller.session
        if session is None:
            return
        suggested = session.path.with_name(f"{session.path.stem} copy{SUFFIX}")
        target = self._ask.save("Save a copy of the session", suggested, f"Sperm Viewer sessions (*{SUFFIX})")
        if target:
            self._window.exporter.copy(session.path, target if target.suffix else target.with_suffix(SUFFIX))

    def export_report(self) -> None:
        session, value = self._controller.session, self._settings.value
        if session is None:
            return
        kept = Path(value.report_folder) if value.report_folder else session.path.parent
        folder = kept if kept.is_dir() else session.path.parent
        target = self._ask.save("Export a report", folder / f"{session.path.parent.name} report.pdf", _REPORTS)
        if target:
            self._settings.update(report_folder=str(target.parent))
            logo = Path(value.logo) if value.logo else None
            form = ReportFormat(target.suffix[1:].lower())
            self._window.exporter.report(ReportRequest(session.path, form, target, value.laboratory, logo))

    def export_csv(self) -> None:
        session = self._controller.session
        if session is None:
            return
        target = self._ask.save("Export all cells", session.path.with_name("cells.csv"), "CSV (*.csv)")
        if target:
            self._window.exporter.cells(session.path, target if target.suffix else target.with_suffix(".csv"))

    def export_heatmaps(self) -> None:
        session, chosen = self._controller.session, self._window.workspace.results.selected_ids()
        if session is None or not chosen:
            return
        folder = self._ask.folder("Where the heatmaps go", session.path.parent)
        if folder:
            value = self._settings.value
            self._window.exporter.heatmaps(
                session.path, chosen, folder / "heatmaps", value.opacity / 100, value.colour_map
            )

    def spot_check(self) -> None:
        """On the slide of the current cell."""
        cell = self._window.workspace.current_cell()
        if cell:
            self._window.blind.begin_check(cell.ref.slide)
        else:
            self._ask.tell("Check on which slide?", "Select a cell of the slide that you want to check the model on.")

    def show_check(self, figures: SpotCheckFigures) -> None:
        more = figures.cells - figures.labelled
        rest = f" {counted(more, 'cell')} of the check left: the same command goes on with them." if more else ""
        self._ask.tell("How often the model was right", f"{figures}{rest}")

    def agreement(self) -> None:
        session, model = self._controller.session, self._controller.model
        if session and model:
            AgreementDialog(compare_readings(session.all_cells(), model.classes), self._window).open()

    def slide_details(self) -> None:
        session, slides = self._controller.session, self._window.workspace.slides
        if session and self._controller.may_write("change the details of slides"):
            SlideDetailsDialog(session.slide_details(), slides.current, self._store_details, self._window).open()

    def _store_details(self, changed: Mapping[str, SlideDetails]) -> str:
        session, name = self._controller.session, self._window.reviewer.asked()
        if session is None or not name:
            return "Nothing was stored: the audit trail needs the name of who changes the details."
        try:
            for slide, details in changed.items():
                session.set_slide_details(slide, details, name)
        except SpermViewerError as error:
            return str(error)
        return ""

    def show_folder(self) -> None:
        if self._controller.session:
            _show_in_files(self._controller.session.path.parent)

    def about(self) -> None:
        window = self._window
        device = self._controller.used_device or self._settings.value.device
        AboutDialog(window.windowIcon(), self._controller.shelf.folders, device_name(device), window).open()

    def support(self) -> None:
        window, shelf = self._window, self._controller.shelf
        facts = {
            "models": ", ".join(f"{model.id.name} {model.id.sha256[:12]}" for model in shelf.folders),
            "device": self._controller.used_device or "not used yet",
            "screens": ", ".join(
                f"{screen.size().width()}x{screen.size().height()} at {screen.devicePixelRatio():g}"
                for screen in QGuiApplication.screens()
            ),
        }
        folder = paths.log_folder()
        logs = [folder / name for name in (LOG_FILE, WINDOW_CRASHES, SCORING_CRASHES)]
        SupportDialog(support_text(self._settings.value, facts, logs), self._save_support, window).open()

    def _save_support(self, text: str) -> bool:
        target = self._ask.save("Save the support bundle", Path.home() / "sperm-viewer-support.txt", "Text (*.txt)")
        if target is None:
            return False
        try:
            with replacing(target) as file:
                file.write(text.encode())
        except SpermViewerError as error:
            self._ask.tell("The support bundle was not saved", str(error))
            return False
        self._window.notices.say(f"Saved {target}. Nothing was sent: hand it to whoever looks after this app.")
        return True

    def _last_folder(self) -> Path:
        last = Path(self._settings.value.last_folder or Path.home())
        return last if last.is_dir() else Path.home()


def _show_in_files(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
