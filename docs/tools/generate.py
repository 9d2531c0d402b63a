"""Writes the generated pages and pictures: `make generate`. A test fails if one of them is not up to date."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import command_line
import error_messages
import guide_page
import pictures

ROOT = Path(__file__).parents[2]
GENERATED: dict[str, Callable[[], str]] = {
    "docs/reference/command-line.md": command_line.command_line,
    "docs/reference/error-messages.md": error_messages.error_messages,
    "docs/images/rooms.svg": pictures.rooms,
    "docs/images/one-cell.svg": pictures.way_of_one_cell,
    "resources/guide/guide.html": guide_page.guide_page,
}


def main() -> None:
    for name, generate in GENERATED.items():
        (ROOT / name).write_text(generate(), "utf-8", newline="\n")
        print(name)


if __name__ == "__main__":
    main()
