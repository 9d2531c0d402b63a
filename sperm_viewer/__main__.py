"""`sperm-viewer`: a command goes to the command line, anything else opens the window."""

from __future__ import annotations

import multiprocessing
import os
import sys
from pathlib import Path

_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def main() -> int:
    multiprocessing.freeze_support()
    try:
        return _run(sys.argv[1:])
    except KeyboardInterrupt:
        # While modules were still being imported; later a command says more.
        return 130


def _run(arguments: list[str]) -> int:
    if _is_command(arguments):
        from sperm_viewer.cli import run_command

        return run_command(arguments)
    if sys.platform == "linux" and not any(os.environ.get(name) for name in _SCREENS):
        # Qt would end the process with a message for programmers.
        sys.stderr.write("sperm-viewer: there is no screen here. Use the command line: sperm-viewer score PATH...\n")
        return 1
    from sperm_viewer.app import run_app

    return run_app([Path(argument) for argument in arguments])


def _is_command(arguments: list[str]) -> bool:
    """Options, commands, and words that name no file: the command line then names the nearest command."""
    if not arguments or Path(arguments[0]).name != arguments[0]:
        return False
    if arguments[0].startswith("-"):
        return True
    from sperm_viewer.cli import command_names

    return arguments[0] in command_names() or not Path(arguments[0]).exists()


if __name__ == "__main__":
    sys.exit(main())
