"""`sperm-viewer`: a command goes to the command line, anything else opens the window."""

from __future__ import annotations

import multiprocessing
import os
import sys
from pathlib import Path

_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
COMMANDS = ("score", "report", "verify", "models", "demo", "self-test", "train", "evaluate", "examine", "figures")


def main() -> int:
    multiprocessing.freeze_support()
    try:
        return _run(sys.argv[1:])
    except KeyboardInterrupt:
        # While modules were still being imported; later a command says more.
        return 130


def _run(arguments: list[str]) -> int:
    if arguments and (arguments[0] in COMMANDS or arguments[0].startswith("-")):
        from sperm_viewer.cli import run_command

        return run_command(arguments)
    if sys.platform == "linux" and not any(os.environ.get(name) for name in _SCREENS):
        # Qt would end the process with a message for programmers.
        sys.stderr.write("sperm-viewer: there is no screen here. Use the command line: sperm-viewer score PATH...\n")
        return 1
    from sperm_viewer.app import run_app

    return run_app([Path(argument) for argument in arguments])


if __name__ == "__main__":
    sys.exit(main())
