"""What a site model is taught from: the verdicts of sessions, or a folder with `index.csv`."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sperm_viewer.domain.cell import Cell, Place
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.verdict import How, Verdict
from sperm_viewer.session.session import Session

INDEX = "index.csv"
_COLUMNS = {"path", "label"}
COUNTING = (How.SINGLE, How.BLIND)
"""Verdicts given in bulk don't count: nobody looked at each cell."""


@dataclass(frozen=True, slots=True)
class SiteCell:
    """A cell of a laboratory. `label` is the class that a person gave it, empty if nobody read it.

    `unit` names what is held back together: the slide, or the sample if it is known; empty if neither is known. `slide`
    is as unique as that. `place` is where the head is in a field, None in a crop.
    """

    ref: ImageRef
    label: str
    slide: str
    unit: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A session or an index that cells came from. `hash` is that of the session's last audit row, or of the file."""

    path: Path
    hash: str


@dataclass(frozen=True, slots=True)
class Material:
    """All cells of a laboratory that were given, and who read them.

    `left_out` are verdicts that don't count: given in bulk, or contradicted by another reader.
    """

    cells: tuple[SiteCell, ...]
    sources: tuple[Source, ...]
    readers: tuple[str, ...]
    left_out: int = 0

    @property
    def labelled(self) -> tuple[SiteCell, ...]:
        return tuple(cell for cell in self.cells if cell.label)

    @property
    def slides(self) -> int | None:
        """The number of slides that labels came from; None if no slide is known."""
        names = {cell.slide for cell in self.labelled}
        return None if names <= {""} else len(names)


def read_material(paths: Sequence[Path], hows: Collection[How] = COUNTING) -> Material:
    """The cells of sessions and of folders with `index.csv`; of a session, verdicts that were made in one of the ways
    `hows` count. Raises SpermViewerError naming what can't be read.
    """
    parts = [_of_folder(path) if path.is_dir() else _of_session(path, hows) for path in paths]
    return Material(
        tuple(cell for part in parts for cell in part.cells),
        tuple(source for part in parts for source in part.sources),
        tuple(sorted({reader for part in parts for reader in part.readers})),
        sum(part.left_out for part in parts),
    )


def _of_folder(folder: Path) -> Material:
    index = folder / INDEX
    try:
        raw = index.read_bytes()
        rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))
    except OSError as error:
        raise SpermViewerError(
            f"{index}: can't be read ({error.strerror}). Give a session, or a folder with {INDEX}: path, label, slide."
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise SpermViewerError(f"{index}: not a table in UTF-8. Save it as CSV with UTF-8.") from error
    if not rows or not rows[0].keys() >= _COLUMNS:
        raise SpermViewerError(f"{index}: needs a row for each cell, and the columns path and label. Add them.")
    cells = []
    for row in rows:
        slide = (row.get("slide") or "").strip()
        cells.append(SiteCell(ImageRef(slide, folder / row["path"]), (row["label"] or "").strip(), slide, slide))
    return Material(tuple(cells), (Source(index, hashlib.sha256(raw).hexdigest()),), ())


def _of_session(path: Path, hows: Collection[How]) -> Material:
    with Session.open(path, read_only=True) as session:
        found = [(cell, _counting(cell, hows)) for cell in session.all_cells() if cell.countable]
        head = session.audit_head()
    given = [verdict for _, verdicts in found for verdict in verdicts]
    named = sum(len(_given(cell)) for cell, _ in found)
    cells = tuple(_site_cell(path, cell, verdicts) for cell, verdicts in found)
    return Material(
        tuple(_by_sample(cells)),
        (Source(path, head.hash),),
        tuple(sorted({verdict.reader for verdict in given})),
        named - sum(bool(cell.label) for cell in cells),
    )


def _given(cell: Cell) -> list[Verdict]:
    return [verdict for verdict in (cell.verdict, cell.second) if verdict and verdict.class_name]


def _counting(cell: Cell, hows: Collection[How]) -> list[Verdict]:
    return [verdict for verdict in _given(cell) if verdict.how in hows]


def _site_cell(session: Path, cell: Cell, verdicts: Sequence[Verdict]) -> SiteCell:
    classes = {verdict.class_name for verdict in verdicts}
    slide = f"{session.absolute()}:{cell.slide}"
    place = cell.place if cell.in_field else None
    return SiteCell(cell.ref, classes.pop() if len(classes) == 1 else "", slide, cell.sample, place)


def _by_sample(cells: Iterable[SiteCell]) -> Iterator[SiteCell]:
    """Held back by sample where there are three of them with labels, otherwise by slide."""
    cells = tuple(cells)
    samples = {cell.unit for cell in cells if cell.label}
    for cell in cells:
        yield cell if len(samples) >= 3 else replace(cell, unit=cell.slide)
