"""Images that are in a session more than once: counted once in their sample, pointed out in another one.

Two images are the same if their files have the same sha256 and they are the same page of it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sperm_viewer.domain.cell import Status
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.progress import counted
from sperm_viewer.session.audit import Trail
from sperm_viewer.session.queries import SessionQueries
from sperm_viewer.session.rows import NATURAL_COLUMNS

_OWN = {str(Flag.DUPLICATE), str(Flag.IN_OTHER_SAMPLE)}
_MANY = 500


@dataclass(frozen=True, slots=True)
class _Image:
    id: int
    sample: str
    slide: str
    file: str


@dataclass(frozen=True, slots=True)
class _Copy:
    """An image that is there more than once: the one that counts in its sample if that is another, and whether it is
    in another sample too."""

    counted: _Image | None
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class _Result:
    """What of a cell's result depends on copies; `flags` are words."""

    cell: int
    status: str
    flags: frozenset[str]
    reason: str


def mark_duplicates(session: SessionQueries, trail: Trail) -> None:
    """Flags the copies among the images that the model in use has scored, and takes back flags that no longer hold.

    The first copy in a sample counts, in natural order; the others get the status "not counted".
    """
    copies = _copies(session)
    before = _results(session, copies)
    marked = [result.cell for _, result in before if Flag.DUPLICATE in result.flags]
    recorded = _as_recorded(session, marked) if marked else {}
    changes = []
    for image, result in before:
        status, reason = recorded.get(result.cell, (result.status, result.reason))
        plain = _Result(result.cell, status, result.flags - _OWN, reason)
        wanted = _marked(plain, copies.get(image))
        if wanted != result:
            changes.append((wanted.cell, wanted.status, " ".join(sorted(wanted.flags)), wanted.reason))
    if changes:
        trail.append("recounted", {"model_id": session.model_row, "results": changes})


def marked_cells(session: SessionQueries) -> list[int]:
    """The cells that are flagged as copies, of this sample or of another one."""
    return [result.cell for _, result in _results(session, ())]


def duplicate_warnings(session: SessionQueries) -> Iterator[str]:
    """A sentence for each sample with copies of its own images, and for each two samples that share images."""
    within: Counter[str] = Counter()
    across: Counter[tuple[str, str]] = Counter()
    for same in _same_images(session):
        of_samples = Counter(image.sample for image in same)
        within.update({sample: count - 1 for sample, count in of_samples.items() if count > 1})
        samples = sorted(of_samples)
        across.update((samples[0], other) for other in samples[1:])
    for sample, count in within.items():
        yield f"{counted(count, 'image')} of sample '{sample}' {_are(count)} there more than once and counted once."
    for (first, other), count in across.items():
        yield (
            f"{counted(count, 'image')} of sample '{other}' {_are(count)} in sample '{first}' too. Was a folder put in "
            "the wrong place? Move or remove its slide in the menu Slides."
        )


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _marked(plain: _Result, copy: _Copy | None) -> _Result:
    if copy is None:
        return plain
    flags = plain.flags | ({str(Flag.IN_OTHER_SAMPLE)} if copy.elsewhere else set())
    if copy.counted is None:
        return _Result(plain.cell, plain.status, flags, plain.reason)
    reason = f"This is the same image as {copy.counted.slide} / {copy.counted.file}, which is counted."
    return _Result(plain.cell, str(Status.NOT_COUNTED), flags | {str(Flag.DUPLICATE)}, reason)


def _same_images(session: SessionQueries) -> list[list[_Image]]:
    """The images that are there more than once, each with its copies, in natural order."""
    rows = session.rows(
        "SELECT images.id, identifier, slides.name, file, page, sha256 FROM results"
        " JOIN cells ON cells.id = results.cell_id JOIN images ON images.id = cells.image_id"
        " JOIN slides ON slides.id = images.slide_id AND removed = 0 JOIN samples ON samples.id = slides.sample_id"
        " WHERE model_id = ? AND status <> 'failed' AND sha256 <> ''"
        f" GROUP BY images.id ORDER BY {', '.join(NATURAL_COLUMNS)}",
        (session.model_row,),
    )
    same: dict[tuple[str, int], list[_Image]] = defaultdict(list)
    for image, sample, slide, file, page, sha256 in rows:
        same[sha256, page].append(_Image(image, sample, slide, file))
    return [images for images in same.values() if len(images) > 1]


def _copies(session: SessionQueries) -> dict[int, _Copy]:
    """The images that are there more than once, by id."""
    found = {}
    for images in _same_images(session):
        first: dict[str, _Image] = {}
        for image in images:
            first.setdefault(image.sample, image)
        for image in images:
            original = first[image.sample]
            found[image.id] = _Copy(None if original is image else original, len(first) > 1)
    return found


def _results(session: SessionQueries, images: Collection[int]) -> list[tuple[int, _Result]]:
    """The results on these images and those that are marked now, each with its image's id."""
    select = (
        "SELECT cells.image_id, cell_id, status, flags, reason FROM results JOIN cells ON cells.id = cell_id"
        " WHERE model_id = ? AND "
    )
    words = "' ' || flags || ' ' LIKE ?"
    rows = {}
    for flag in sorted(_OWN):
        found = session.rows(f"{select} flags <> '' AND {words}", (session.model_row, f"% {flag} %"))
        rows.update({row[1]: row for row in found})
    every = sorted(images)
    for start in range(0, len(every), _MANY):
        part = every[start : start + _MANY]
        found = session.rows(f"{select} cells.image_id IN ({','.join(map(str, part))})", (session.model_row,))
        rows.update({row[1]: row for row in found})
    return [
        (image, _Result(cell, status, frozenset(flags.split()), reason))
        for image, cell, status, flags, reason in rows.values()
    ]


def _as_recorded(session: SessionQueries, cells: Sequence[int]) -> Mapping[int, tuple[str, str]]:
    """Status and reason of these cells as the model in use gave them."""
    wanted = set(cells)
    rows = session.rows(
        "SELECT json_extract(body, '$.cell_id'), json_extract(body, '$.status'), json_extract(body, '$.reason')"
        " FROM audit WHERE kind = 'result' AND json_extract(body, '$.model_id') = ? ORDER BY number",
        (session.model_row,),
    )
    return {cell: (status, reason) for cell, status, reason in rows if cell in wanted}
