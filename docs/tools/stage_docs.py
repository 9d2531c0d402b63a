"""Puts the sources of the documentation into `out/docs-source`: `docs/`, and what the app ships of guide and cards."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
STAGED = ROOT / "out" / "docs-source"
_SHOWN = {".md", ".png", ".svg"}


def stage(folder: Path) -> None:
    """Writes all pages to a new `folder`; its `guide/` and `models/` are those of `resources`, with
    the detector among the models."""
    shutil.copytree(ROOT / "docs", folder, ignore=shutil.ignore_patterns("tools", "*.py"))
    for room in ("guide", "models", "detector"):
        within = folder / "models" if room == "detector" else folder
        for file in sorted((ROOT / "resources" / room).rglob("*")):
            if file.suffix in _SHOWN:
                target = within / file.relative_to(ROOT / "resources")
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, target)


if __name__ == "__main__":
    shutil.rmtree(STAGED, ignore_errors=True)
    stage(STAGED)
