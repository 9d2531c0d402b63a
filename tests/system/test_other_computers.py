"""No path to another computer is opened before a person agreed."""

from __future__ import annotations

from pathlib import Path

import pytest
from cells import session_with

from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.imaging.discover import discover
from sperm_viewer.imaging.reading.read import read_bytes
from sperm_viewer.run import command
from sperm_viewer.system import other_computers
from sperm_viewer.system.other_computers import computer_of, trusted, untrusted

THERE = Path(r"\\Server\share\slide\a.png")


@pytest.fixture(autouse=True)
def _nobody_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(other_computers, "_trusted", set())


@pytest.mark.parametrize(
    ("path", "computer"),
    [
        (r"\\Server\share\a.png", "server"),
        (r"\\?\UNC\Server\share\a.png", "server"),
        (r"\\192.168.0.7@80\share", "192.168.0.7@80"),
        (r"\\?\C:\slide\a.png", ""),
        (r"\\.\pipe\x", ""),
        (r"C:\slide\a.png", ""),
        ("/slide/a.png", ""),
    ],
)
def test_the_computer_of_a_path(path: str, computer: str) -> None:
    assert computer_of(Path(path)) == computer


def test_an_image_on_another_computer_is_not_opened_unasked() -> None:
    with pytest.raises(
        ImageRefusedError, match=r"on the computer 'server', which is not opened without your consent\."
    ):
        read_bytes(THERE)


def test_what_the_user_gave_is_opened() -> None:
    discover([THERE])
    assert trusted() == {"server"}
    with pytest.raises(ImageRefusedError, match="no longer there"):
        read_bytes(THERE)


@pytest.mark.parametrize("answer", [True, False])
def test_the_command_line_asks_before_it_reads_images_on_another_computer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bool
) -> None:
    session, _ = session_with(tmp_path, ["a.png"])
    with session:
        session.add_slide("B", Path(r"\\Server\share\slide"), [])
    asked: list[str] = []
    monkeypatch.setattr(command, "_ask", lambda text: asked.append(text) or answer)
    command.ask_about_computers(session.path)
    assert len(asked) == 1
    assert "sends your sign-in there" in asked[0]
    assert (untrusted([THERE]) == []) is answer
