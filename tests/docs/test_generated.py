"""Pages that are generated are up to date. Where this fails: `make generate`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from error_messages import messages_in_source
from generate import GENERATED, ROOT


@pytest.mark.parametrize(("name", "generate"), GENERATED.items(), ids=GENERATED)
def test_a_generated_file_is_up_to_date(name: str, generate: Callable[[], str]) -> None:
    if name.endswith("command-line.md"):
        pytest.importorskip("torch")
    assert (ROOT / name).read_text("utf-8") == generate()


def test_messages_are_found_in_every_form_that_the_source_has() -> None:
    found = messages_in_source()
    assert "The file is empty (0 bytes). Copy it again from the microscope's computer." in found
    assert any(text.startswith("…: ") for text in found)
    assert any(file == "domain/errors.py" for file in found.values())
    assert any(file.startswith("gui/") for file in found.values())
