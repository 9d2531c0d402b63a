"""What the command line prints can't command the terminal."""

from __future__ import annotations

import pytest
import typer

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.system.terminal import harmless, report_errors, say

_NAME = "a\x1b]0;title\x07\x1b[2J\u202egnp\udcff.png"
_SHOWN = r"a\x1b]0;title\x07\x1b[2J\u202egnp\udcff.png"


def test_escape_sequences_in_the_name_of_a_file_are_written_out(capsys: pytest.CaptureFixture[str]) -> None:
    say(_NAME)
    with pytest.raises(typer.Exit):
        _fail()
    printed = capsys.readouterr()
    assert printed.out == f"{_SHOWN}\n"
    assert printed.err == f"sperm-viewer: {_SHOWN}: can't be read.\n"


@report_errors
def _fail() -> None:
    raise SpermViewerError(f"{_NAME}: can't be read.")


def test_ordinary_text_stays_as_it_is() -> None:
    assert harmless("Größe 1\n\t精子 µm") == "Größe 1\n\t精子 µm"
