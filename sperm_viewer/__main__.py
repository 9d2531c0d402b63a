"""`sperm-viewer`: a command goes to the command line, anything else opens the window."""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path

COMMANDS = ("score", "models", "demo", "train", "evaluate", "figures")


def main() -> int:
    multiprocessing.freeze_support()
    arguments = sys.argv[1:]
    if arguments and (arguments[0] in COMMANDS or arguments[0].startswith("-")):
        from sperm_viewer.cli import run_command

        return run_command(arguments)
    from sperm_viewer.app import run_app

    return run_app([Path(argument) for argument in arguments])


if __name__ == "__main__":
    sys.exit(main())
