"""Makes pictures of the window to look at, in both themes on several screens: `out/screens/`.

Run it from the repository's root: `python tests/e2e/screen_sizes.py`. Each screen is a process of its own, since Qt
reads the scale once. Every picture shows the demo: a referred cell in the table, then the gallery.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

_SCREENS = ((1280, 720, 1.0), (1920, 1080, 1.5), (2560, 1440, 1.0))
"""Pixels of the screen, and how much everything is enlarged."""
_FOLDER = Path(__file__).parents[2] / "out" / "screens"
_REFERRED = "cell_004.png"


def main() -> None:
    for width, height, scale in _SCREENS:
        environment = {**os.environ, "QT_SCALE_FACTOR": str(scale)}
        subprocess.run([sys.executable, __file__, str(width), str(height), str(scale)], check=True, env=environment)


def _show(width: int, height: int, scale: float) -> None:
    from PySide6.QtWidgets import QApplication
    from screenshots import NoAnswers, score_demo, settle, show_slide

    from sperm_viewer.app import build
    from sperm_viewer.gui.widgets.action_spec import ActionId
    from sperm_viewer.system import paths

    app = QApplication([])
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        paths.results_folder = lambda: home / "Sperm Viewer"
        paths.cache_folder = lambda: home / "cache"
        desktop = build(app, home / "settings.json", lambda window: NoAnswers())
        window, results = desktop.window, desktop.window.workspace.results
        window.resize(round(width / scale), round(height / scale))
        window.show()
        score_demo(desktop)
        show_slide(desktop, 1)
        rows = range(results.model.rowCount())
        referred = next(row for row in rows if results.model.cell_at(row).ref.path.name == _REFERRED)
        results.select(results.model.id_at(referred))
        _FOLDER.mkdir(parents=True, exist_ok=True)
        for view in ("table", "gallery"):
            for theme in ("light", "dark"):
                desktop.settings.update(theme=theme)
                settle(desktop)
                file = _FOLDER / f"{width}x{height}-{view}-{theme}.png"
                window.grab().save(str(file))
                print(file)  # noqa: T201
            window.action(ActionId.GALLERY).trigger()
        window.close()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _show(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
    else:
        main()
