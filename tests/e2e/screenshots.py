"""Makes the README's pictures: the window after scoring the demo slide, light and dark, into `docs/`.

Run it from the repository's root: `python tests/e2e/screenshots.py`. It needs no screen.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

_PATIENCE_S = 180.0
_DOCS = Path(__file__).parents[2] / "docs"


class NoAnswers:
    """Nobody is there to ask."""

    def confirm(self, title: str, text: str, yes: str, no: str) -> bool:
        return True

    def confirm_stop(self, title: str, text: str, yes: str, no: str, over: object) -> bool:
        return True

    def tell(self, title: str, text: str) -> None:
        sys.exit(f"{title}: {text}")

    def folder(self, title: str, start: Path) -> Path | None:
        return None

    def images(self, title: str, start: Path) -> Sequence[Path]:
        return ()

    def session(self, title: str, start: Path) -> Path | None:
        return None

    def save(self, title: str, suggested: Path, kinds: str) -> Path | None:
        return None

    def reviewer(self, recent: Sequence[str]) -> str:
        return "Ana"


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_SCALE_FACTOR", "1.5")
    from PySide6.QtGui import QFont, QFontDatabase
    from PySide6.QtWidgets import QApplication

    from sperm_viewer import paths
    from sperm_viewer.app import build

    app = QApplication([])
    if "Inter" in QFontDatabase.families():
        app.setFont(QFont("Inter", 10))

    def wait(until: Callable[[], bool]) -> None:
        end = time.monotonic() + _PATIENCE_S
        while not until():
            if time.monotonic() > end:
                sys.exit("took too long")
            app.processEvents()
            time.sleep(0.01)

    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        paths.results_folder = lambda: home / "Sperm Viewer"
        paths.cache_folder = lambda: home / "cache"
        desktop = build(app, home / "settings.json", lambda window: NoAnswers())
        window, results = desktop.window, desktop.window.workspace.results
        desktop.settings.update(theme="light")
        window.resize(1400, 840)
        window.show()
        wait(lambda: window.isVisible())
        _grab(window, "welcome")
        desktop.controller.finder.make_demo()
        wait(lambda: results.model.rowCount() == 49 and not desktop.controller.runner.busy)
        results.select(results.model.id_at(0))
        results.table.setFocus()
        for theme in ("light", "dark"):
            desktop.settings.update(theme=theme)
            end = time.monotonic() + 2
            wait(lambda end=end: time.monotonic() > end)
            _grab(window, f"window-{theme}")
        window.close()


def _grab(window: object, name: str) -> None:
    _DOCS.mkdir(exist_ok=True)
    window.grab().save(str(_DOCS / f"{name}.png"))  # type: ignore[attr-defined]
    print(_DOCS / f"{name}.png")  # noqa: T201


if __name__ == "__main__":
    main()
