"""The session file: one SQLite file with slides, crops, what every model said of them, and verdicts.

Results are on disk before anyone sees them. One connection belongs to one thread; several may have the file open
(write-ahead log), and exactly one of them writes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sperm_viewer import __version__
from sperm_viewer.core import heat_blob
from sperm_viewer.core.errors import SessionError
from sperm_viewer.core.order import natural_key
from sperm_viewer.core.types import (
    Cell,
    CellEvent,
    CellScored,
    CropRef,
    Flag,
    Heatmap,
    ModelId,
    Prediction,
    Status,
    Verdict,
)

SUFFIX = ".spermview"
VERSION = 1
_APPLICATION = 0x53504D56  # "SPMV": marks the file as ours
_SCHEMA = Path(__file__).with_name("schema.sql")
_MANY = 500


class Order(StrEnum):
    """What cells can be sorted by."""

    NATURAL = "natural"
    SLIDE = "slide"
    FILE = "file"
    CLASS = "class"
    CONFIDENCE = "confidence"
    FLAGS = "flags"
    STATUS = "status"


_NATURAL = ("slides.sort_key", "crops.sort_key", "crops.page")
_ORDER_COLUMNS = {
    Order.NATURAL: (),
    Order.SLIDE: ("slides.sort_key",),
    Order.FILE: ("crops.sort_key", "crops.page"),
    Order.CLASS: ("results.class",),
    Order.CONFIDENCE: ("results.confidence",),
    Order.FLAGS: ("results.flags",),
    Order.STATUS: ("results.status", "results.reason"),
}


@dataclass(frozen=True, slots=True)
class CellFilter:
    """Which cells to show; None and the empty text let everything through."""

    slide: str | None = None
    first: str | None = None
    status: Status | None = None
    flag: Flag | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class SessionModel:
    """A model that a session has results of."""

    id: ModelId
    classes: tuple[str, ...]
    normal_class: str


@dataclass(frozen=True, slots=True)
class SlideCounts:
    """How far a slide is, for the model in use; `classes` counts the first choices of scored cells, by class."""

    name: str
    folder: Path
    crops: int
    scored: int
    referred: int
    failed: int
    classes: dict[str, int]

    @property
    def done(self) -> int:
        return self.scored + self.referred + self.failed


class Session:
    """An open session file. `Session.create` and `Session.open` are the ways to get one."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._db = connection
        # Names of files need not be valid Unicode; they come back from disk as they went in.
        connection.text_factory = _decoded
        connection.isolation_level = None

    @classmethod
    def create(cls, path: Path) -> Session:
        """A new session file. Raises SessionError where the file exists or the folder can't be written."""
        if path.exists():
            raise SessionError(f"{path}: there is a session already. Open it, or choose another name.")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            session = cls(path, sqlite3.connect(path, timeout=10))
            with session._writing("create the session"):
                for statement in _SCHEMA.read_text().split(";"):
                    session._db.execute(statement)
                session._db.execute(f"PRAGMA application_id = {_APPLICATION}")
                session._db.execute(f"PRAGMA user_version = {VERSION}")
        except (OSError, sqlite3.Error) as error:
            raise SessionError(f"{path}: can't create the session here ({error}). Choose another folder.") from error
        session._prepare()
        return session

    @classmethod
    def open(cls, path: Path) -> Session:
        """An existing session file. Raises SessionError where it is missing, foreign, damaged or newer."""
        if not path.is_file():
            raise SessionError(f"{path}: there is no such session file.")
        try:
            session = cls(path, sqlite3.connect(path, timeout=10))
            application = session._db.execute("PRAGMA application_id").fetchone()[0]
            version = session._db.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.Error as error:
            raise SessionError(f"{path}: this file can't be read as a session ({error}).") from error
        if application != _APPLICATION:
            session._db.close()
            raise SessionError(f"{path}: this is not a Sperm Viewer session.")
        if version > VERSION:
            session._db.close()
            raise SessionError(f"{path}: made by a newer Sperm Viewer. Update the app to open it.")
        session._prepare()
        return session

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA foreign_keys = ON")

    def close(self) -> None:
        """Closes this connection; the last one to close leaves a single file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Slides and crops

    def slide_names(self) -> dict[Path, str]:
        """The slides that the session has: folder -> name."""
        return {Path(folder): name for folder, name in self._db.execute("SELECT folder, name FROM slides")}

    def add_slide(self, name: str, folder: Path, crops: Iterable[CropRef]) -> None:
        """Adds a slide, or the crops it doesn't have yet to the slide of that folder."""
        with self._writing("add the slide"):
            self._db.execute(
                "INSERT INTO slides (name, folder, sort_key) VALUES (CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT))"
                " ON CONFLICT (folder) DO NOTHING",
                (_encoded(name), _encoded(str(folder)), _encoded(natural_key(name))),
            )
            row = self._db.execute("SELECT id FROM slides WHERE folder = CAST(? AS TEXT)", (_encoded(str(folder)),))
            slide = row.fetchone()[0]
            self._db.executemany(
                "INSERT INTO crops (slide_id, file, page, sort_key, folded)"
                " VALUES (?, CAST(? AS TEXT), ?, CAST(? AS TEXT), CAST(? AS TEXT)) ON CONFLICT DO NOTHING",
                (
                    (slide, _encoded(name), ref.page or 0, _encoded(natural_key(name)), _encoded(name.casefold()))
                    for ref in crops
                    for name in (ref.path.name,)
                ),
            )

    def pending(self) -> list[CropRef]:
        """The crops that the model in use has not been asked about, in natural order."""
        rows = self._db.execute(
            "SELECT slides.name, slides.folder, crops.file, crops.page FROM crops JOIN slides ON slides.id = slide_id"
            " WHERE NOT EXISTS (SELECT 1 FROM results WHERE crop_id = crops.id AND model_id = ?)"
            " ORDER BY slides.sort_key, crops.sort_key, crops.page",
            (self._model_row(),),
        )
        return [_ref(*row) for row in rows]

    def crop_count(self) -> int:
        count: int = self._db.execute("SELECT count(*) FROM crops").fetchone()[0]
        return count

    # Models

    def use_model(self, model: SessionModel) -> None:
        """From now on this model's results are the ones shown; the other models' are kept."""
        with self._writing("note the model"):
            self._db.execute(
                "INSERT INTO models (name, sha256, classes, normal_class) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (model.id.name, model.id.sha256, json.dumps(model.classes), model.normal_class),
            )
            row = self._db.execute(
                "SELECT id FROM models WHERE name = ? AND sha256 = ?", (model.id.name, model.id.sha256)
            ).fetchone()
            self._set("model", str(row[0]))

    def model(self) -> SessionModel | None:
        """The model in use, None before the first."""
        row = self._db.execute(
            "SELECT name, sha256, classes, normal_class FROM models WHERE id = ?", (self._model_row(),)
        ).fetchone()
        if row is None:
            return None
        return SessionModel(ModelId(row[0], row[1]), tuple(json.loads(row[2])), row[3])

    def result_count(self, model: ModelId) -> int:
        """How many crops that model has been asked about, whether or not it is the one in use."""
        row = self._db.execute(
            "SELECT count(*) FROM results JOIN models ON models.id = model_id WHERE name = ? AND models.sha256 = ?",
            (model.name, model.sha256),
        ).fetchone()
        return int(row[0])

    def _model_row(self) -> int:
        return int(self.note("model") or -1)

    # Results

    def record(self, events: Sequence[CellEvent]) -> list[int]:
        """Writes results in one transaction and returns the cells' ids. Raises SessionError where the disk refuses."""
        model = self._model_row()
        ids = []
        with self._writing("store results"):
            for event in events:
                row = self._db.execute(
                    "SELECT crops.id FROM crops JOIN slides ON slides.id = slide_id"
                    " WHERE slides.name = CAST(? AS TEXT) AND file = CAST(? AS TEXT) AND page = ?",
                    (_encoded(event.ref.slide), _encoded(event.ref.path.name), event.ref.page or 0),
                ).fetchone()
                self._db.execute(
                    "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (row[0], model, *_columns(event), __version__),
                )
                ids.append(int(row[0]))
        return ids

    def cell_ids(
        self,
        order: Order = Order.NATURAL,
        descending: bool = False,
        where: CellFilter = CellFilter(),
        among: Sequence[int] | None = None,
    ) -> list[int]:
        """Ids of the cells that have a result, filtered and sorted on native values; ties in natural order.

        `among` restricts the answer to these ids.
        """
        conditions, values = ["results.model_id = ?"], [self._model_row()]
        for condition, value in _conditions(where):
            conditions.append(condition)
            values.append(value)
        if among is not None:
            conditions.append(f"crops.id IN ({','.join(str(int(i)) for i in among)})")
        direction = "DESC" if descending else "ASC"
        columns = [f"{column} {direction}" for column in _ORDER_COLUMNS[order]]
        ordering = ", ".join([*columns, *_NATURAL])
        rows = self._db.execute(
            "SELECT crops.id FROM results JOIN crops ON crops.id = crop_id JOIN slides ON slides.id = slide_id"
            f" WHERE {' AND '.join(conditions)} ORDER BY {ordering}",
            values,
        )
        return [row[0] for row in rows]

    def cells(self, ids: Sequence[int]) -> list[Cell]:
        """The cells with these ids, in the order given."""
        model = self.model()
        if model is None:
            return []
        found: dict[int, Cell] = {}
        for start in range(0, len(ids), _MANY):
            part = ids[start : start + _MANY]
            rows = self._db.execute(
                "SELECT crops.id, slides.name, slides.folder, crops.file, crops.page, results.sha256, width, height,"
                " status, probabilities, flags, reason, results.app_version, v.said, v.reviewer, v.at"
                " FROM crops JOIN slides ON slides.id = slide_id"
                " JOIN results ON results.crop_id = crops.id AND model_id = ?"
                " LEFT JOIN verdicts v ON v.id = (SELECT max(id) FROM verdicts WHERE crop_id = crops.id)"
                f" WHERE crops.id IN ({','.join('?' * len(part))})",
                (self._model_row(), *part),
            )
            found.update((row[0], _cell(row, model)) for row in rows)
        return [found[i] for i in ids if i in found]

    def all_cells(self) -> Iterator[Cell]:
        """Every cell with a result, in natural order, a page at a time."""
        ids = self.cell_ids()
        for start in range(0, len(ids), _MANY):
            yield from self.cells(ids[start : start + _MANY])

    def heatmap(self, cell: int) -> Heatmap | None:
        """The heatmap of a cell for the model in use; None for a failed one."""
        row = self._db.execute(
            "SELECT heat FROM results WHERE crop_id = ? AND model_id = ?", (cell, self._model_row())
        ).fetchone()
        return heat_blob.unpack(row[0]) if row and row[0] else None

    def slides(self) -> list[SlideCounts]:
        """Each slide's counts for the model in use, in natural order."""
        counts: dict[int, dict[tuple[str, str], int]] = {}
        for slide, status, first, count in self._db.execute(
            "SELECT slide_id, status, class, count(*) FROM results JOIN crops ON crops.id = crop_id"
            " WHERE model_id = ? GROUP BY slide_id, status, class",
            (self._model_row(),),
        ):
            counts.setdefault(slide, {})[(status, first)] = count
        rows = self._db.execute(
            "SELECT slides.id, name, folder, count(crops.id) FROM slides LEFT JOIN crops ON slide_id = slides.id"
            " GROUP BY slides.id ORDER BY slides.sort_key"
        )
        return [_counts(name, folder, crops, counts.get(slide, {})) for slide, name, folder, crops in rows]

    # Notes: small facts by key, such as which device the first run used

    def note(self, key: str) -> str | None:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def set_note(self, key: str, value: str) -> None:
        with self._writing("store a note"):
            self._set(key, value)

    def _set(self, key: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    @contextmanager
    def _writing(self, what: str) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise SessionError(
                f"{self.path}: can't {what} ({error}). Check that the disk has room and can be written; nothing that "
                "was stored before is lost."
            ) from error


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogatepass")


def _ref(slide: str, folder: str, file: str, page: int) -> CropRef:
    return CropRef(slide, Path(folder) / file, page or None)


def _columns(event: CellEvent) -> tuple[Any, ...]:
    """sha256, width, height, status, class, confidence, probabilities, flags, reason, heat."""
    if isinstance(event, CellScored):
        prediction = event.prediction
        return (
            event.sha256,
            *event.size,
            str(event.status),
            prediction.first,
            prediction.confidence,
            json.dumps(prediction.probabilities),
            " ".join(sorted(event.flags)),
            event.reason,
            heat_blob.pack(event.heatmap),
        )
    return (event.sha256, None, None, str(Status.FAILED), "", None, "", "", event.reason, None)


def _cell(row: tuple[Any, ...], model: SessionModel) -> Cell:
    cell, slide, folder, file, page, sha256, width, height, status, probabilities, flags, reason, version, *verdict = (
        row
    )
    return Cell(
        id=cell,
        ref=_ref(slide, folder, file, page),
        sha256=sha256,
        size=None if width is None else (width, height),
        status=Status(status),
        prediction=Prediction(model.id, model.classes, tuple(json.loads(probabilities))) if probabilities else None,
        flags=frozenset(Flag(flag) for flag in flags.split()),
        reason=reason,
        verdict=Verdict(*verdict) if verdict[0] is not None else None,
        app_version=version,
    )


def _conditions(where: CellFilter) -> Iterator[tuple[str, Any]]:
    if where.slide is not None:
        yield "slides.name = CAST(? AS TEXT)", _encoded(where.slide)
    if where.first is not None:
        yield "results.class = ?", where.first
    if where.status is not None:
        yield "results.status = ?", str(where.status)
    if where.flag is not None:
        yield "' ' || results.flags || ' ' LIKE ?", f"% {where.flag} %"
    if where.text:
        yield "instr(crops.folded, CAST(? AS TEXT)) > 0", _encoded(where.text.casefold())


def _counts(name: str, folder: str, crops: int, counts: dict[tuple[str, str], int]) -> SlideCounts:
    def of(status: Status) -> int:
        return sum(count for (found, _), count in counts.items() if found == status)

    classes = {first: count for (status, first), count in sorted(counts.items()) if status == Status.SCORED}
    return SlideCounts(name, Path(folder), crops, of(Status.SCORED), of(Status.REFERRED), of(Status.FAILED), classes)
