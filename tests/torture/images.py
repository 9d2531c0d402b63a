"""Damaged images and bombs, read as the app reads them. Each must be read or refused with a reason."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from torture import bombs
from torture.bench import Case, Part
from torture.mutations import Source, mutation, sources

READ, REFUSED = "read", "refused"
_PAGES = 3
"""Pages of one file that are read."""


def read_as_the_app(case: Case) -> tuple[str, str]:
    """Finds the pages of the file and reads the first of them; the detail is a digest of the pixels or the reason."""
    from sperm_viewer.domain.errors import ImageRefusedError
    from sperm_viewer.imaging.discover import discover
    from sperm_viewer.imaging.reading.read import read_image

    try:
        (slide,) = discover([case.path]).slides
        digest = sha256()
        for ref in slide.crops[:_PAGES]:
            crop = read_image(ref)
            digest.update(repr((crop.rgb.shape, sorted(crop.flags))).encode() + crop.rgb.tobytes())
    except ImageRefusedError as refused:
        return (REFUSED, str(refused)) if str(refused) else ("no reason", "")
    return READ, digest.hexdigest()


def make_mutation(seed: int, number: int, folder: Path) -> Case:
    """A damaged image file."""
    damaged = mutation(_sources(), seed, number)
    path = folder / "damaged.png"
    path.write_bytes(damaged.content)
    return Case(damaged.source.format, f"{damaged.way} of {damaged.source.name}", path)


@cache
def _sources() -> tuple[Source, ...]:
    return sources()


IMAGES = Part("images", 100_000, make_mutation, read_as_the_app, (READ, REFUSED))
BOMBS = Part("bombs", len(bombs.BOMBS), bombs.make, read_as_the_app, (READ, REFUSED))
