"""Puts the sources of the documentation into `out/docs-source`: `docs/`, and what the app ships of guide and cards."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]
STAGED = ROOT / "out" / "docs-source"
_SHOWN = {".md", ".png", ".svg"}


def stage() -> Path:
    """The folder with all pages; `guide/` and `models/` in it are the folders of these names in `resources`."""
    shutil.rmtree(STAGED, ignore_errors=True)
    shutil.copytree(ROOT / "docs", STAGED)
    for room in ("guide", "models"):
        for file in sorted((ROOT / "resources" / room).rglob("*")):
            if file.suffix in _SHOWN:
                target = STAGED / file.relative_to(ROOT / "resources")
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, target)
    return STAGED


if __name__ == "__main__":
    print(stage())
