"""A screen without a screen (Xvfb), and hands on its keyboard and mouse (xdotool). From Debian: xvfb xdotool."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PATIENCE_S = 180.0
_FOCUS_S = 0.5
"""A window has no way to say that the keyboard is its own now."""


@dataclass(frozen=True, slots=True)
class Screen:
    display: str

    def window(self, name: str, still_alive: subprocess.Popen[bytes]) -> None:
        """Waits for the window whose title matches, and puts the keyboard on it."""
        self._xdotool("windowfocus", self.find(name, still_alive))
        time.sleep(_FOCUS_S)

    def find(self, name: str, still_alive: subprocess.Popen[bytes]) -> str:
        """The id of the window whose title matches; waits until it is there."""
        found: list[str] = []

        def there() -> bool:
            assert still_alive.poll() is None, f"ended with {still_alive.returncode}"
            done = self._xdotool("search", "--onlyvisible", "--name", name)
            found[:] = done.stdout.split()
            return bool(found)

        wait_for(there, every_s=0.02)
        return found[0]

    def press(self, keys: str) -> None:
        self._xdotool("key", "--clearmodifiers", keys)

    def type(self, text: str) -> None:
        self._xdotool("type", "--delay", "5", text)

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Slowly enough that both programs see it coming."""
        self._xdotool("mousemove", str(start[0]), str(start[1]), "mousedown", "1")
        for step in range(1, 21):
            x, y = (round(a + (b - a) * step / 20) for a, b in zip(start, end, strict=True))
            self._xdotool("mousemove", str(x), str(y))
            time.sleep(0.03)
        time.sleep(0.5)
        self._xdotool("mouseup", "1")

    def picture(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["import", "-display", self.display, "-window", "root", path], check=True)

    def _xdotool(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "DISPLAY": self.display}
        return subprocess.run(["xdotool", *arguments], env=environment, capture_output=True, text=True, check=False)


@contextmanager
def screen() -> Iterator[Screen]:
    reading, writing = os.pipe()
    # Without -noreset it starts anew when its last window goes, and refuses whoever comes meanwhile.
    options = ["-screen", "0", "1600x1000x24", "-nolisten", "tcp", "-noreset"]
    command = ["Xvfb", "-displayfd", str(writing), *options]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        try:
            yield Screen(f":{number}")
        finally:
            server.terminate()


def wait_for(ready: Callable[[], bool], every_s: float = 0.1) -> None:
    end = time.monotonic() + PATIENCE_S
    while not ready():
        assert time.monotonic() < end, "took too long"
        time.sleep(every_s)
