"""How far a run is, in numbers and words; no widget."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

_WINDOW_S = 5.0


@dataclass(frozen=True, slots=True)
class Progress:
    """`rate` is in crops a second over the last seconds, `left_s` in seconds; None while neither can be told."""

    done: int
    total: int
    rate: float | None = None

    @property
    def left_s(self) -> float | None:
        return (self.total - self.done) / self.rate if self.rate else None


class MovingRate:
    """The rate over the last five seconds, so that a slow start or a pause doesn't linger."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def restart(self) -> None:
        self._seen.clear()

    def add(self, now: float, done: int) -> float | None:
        """Notes that `done` crops were done at `now` (seconds); returns crops a second, None while it can't be told."""
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[0][0] > _WINDOW_S:
            self._seen.popleft()
        (start, first), (end, last) = self._seen[0], self._seen[-1]
        return (last - first) / (end - start) if last > first and end - start > 0.2 else None


def in_words(progress: Progress) -> str:
    """`148 of 200 · 93 crops/s · 1 s left`."""
    parts = [f"{progress.done:,} of {progress.total:,}"]
    if progress.rate is not None and progress.done < progress.total:
        parts.append(f"{progress.rate:.0f} crops/s" if progress.rate >= 2 else f"{progress.rate:.1f} crops/s")
        if progress.left_s is not None:
            parts.append(f"{duration(progress.left_s)} left")
    return " · ".join(parts)


def duration(seconds: float) -> str:
    whole = max(1, round(seconds))
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def counted(number: int, one: str, many: str = "") -> str:
    """`1 slide`, `2 slides`, `1,200 images`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
