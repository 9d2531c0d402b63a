"""The session file: one SQLite file with slides, crops, what every model said of them, and verdicts.

Results are on disk before anyone sees them. One connection belongs to one thread; several may have the file open
(write-ahead log), and exactly one of them writes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sperm_viewer import __version__
from sperm_viewer.core import heat_blob
from sperm_viewer.core.errors import SessionError
from sperm_viewer.core.order import natural_key
from sperm_viewer.core.session_rows import (
    NATURAL_COLUMNS,
    ORDER_COLUMNS,
    CellFilter,
    Order,
    SessionModel,
    SlideCounts,
    conditions,
    crop_ref,
    decoded,
    encoded,
    share_columns,
    slide_counts,
    to_cell,
    to_columns,
)
from sperm_viewer.core.session_upgrade import VERSION, upgrade
from sperm_viewer.core.types import Cell, CellEvent, CellScored, CropRef, Flag, Heatmap, ModelId

__all__ = ["SUFFIX", "CellFilter", "Order", "Session", "SessionModel", "SlideCounts"]

SUFFIX = ".spermview"
_APPLICATION = 0x53504D56  # "SPMV": marks the file as ours
_SCHEMA = Path(__file__).with_name("schema.sql")
_MANY = 500
_ALL = CellFilter()


class Session:
    """An open session file. `Session.create` and `Session.open` are the ways to get one."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._db = connection
        # Names of files need not be valid Unicode; they come back from disk as they went in.
        connection.text_factory = decoded
        connection.isolation_level = None

    @classmethod
    def create(cls, path: Path) -> Session:
        """A new session file. Raises SessionError where the file exists or the folder can't be written."""
        if path.exists():
            raise SessionError(f"{path}: there is a session already. Open it, or choose another name.")
        # Made beside its place and moved there whole: a kill on the way leaves no file that is no session.
        partial = path.with_name(f".{path.name}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.unlink(missing_ok=True)
            with closing(sqlite3.connect(partial)) as connection:
                connection.executescript(_SCHEMA.read_text("utf-8"))
                connection.execute(f"PRAGMA application_id = {_APPLICATION}")
                connection.execute(f"PRAGMA user_version = {VERSION}")
            partial.replace(path)
        except (OSError, sqlite3.Error) as error:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            raise SessionError(f"{path}: can't create the session here ({error}). Choose another folder.") from error
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> Session:
        """An existing session file. Raises SessionError where it is missing, foreign, damaged or newer.

        One of an older version is brought up to date, after a copy of it was put beside it.
        """
        if not path.is_file():
            raise SessionError(f"{path}: there is no such session file.")
        session = cls(path, sqlite3.connect(path, timeout=10))
        try:
            application = session._rows("PRAGMA application_id")[0][0]
            version = session._rows("PRAGMA user_version")[0][0]
            if application != _APPLICATION:
                raise SessionError(f"{path}: this is not a Sperm Viewer session.")
            if version > VERSION:
                raise SessionError(f"{path}: made by a newer Sperm Viewer. Update the app to open it.")
            if version < VERSION:
                session._upgrade(version)
            for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
                session._rows(f"PRAGMA {pragma}")
        except SessionError:
            session.close()
            raise
        return session

    def _upgrade(self, version: int) -> None:
        try:
            upgrade(self.path, self._db, version)
        except (OSError, sqlite3.Error) as error:
            raise SessionError(
                f"{self.path}: made by an older Sperm Viewer, and can't be brought up to date ({error}). Check that "
                "the folder can be written and the disk has room; the file is as it was."
            ) from error

    def _rows(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        """What a query finds. Raises SessionError where the file is damaged or out of reach."""
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise SessionError(
                f"{self.path}: this file can't be read as a session ({error}). Restore it from a copy, or score anew."
            ) from error

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
        return {Path(folder): name for folder, name in self._rows("SELECT folder, name FROM slides")}

    def add_slide(self, name: str, folder: Path, crops: Iterable[CropRef]) -> None:
        """Adds a slide, or the crops it doesn't have yet to the slide of that folder."""
        with self._writing("add the slide"):
            self._db.execute(
                "INSERT INTO slides (name, folder, sort_key) VALUES (CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT))"
                " ON CONFLICT (folder) DO NOTHING",
                (encoded(name), encoded(str(folder)), encoded(natural_key(name))),
            )
            row = self._db.execute("SELECT id FROM slides WHERE folder = CAST(? AS TEXT)", (encoded(str(folder)),))
            slide = row.fetchone()[0]
            self._db.executemany(
                "INSERT INTO crops (slide_id, file, page, sort_key, folded)"
                " VALUES (?, CAST(? AS TEXT), ?, CAST(? AS TEXT), CAST(? AS TEXT)) ON CONFLICT DO NOTHING",
                (
                    (slide, encoded(name), ref.page or 0, encoded(natural_key(name)), encoded(name.casefold()))
                    for ref in crops
                    for name in (ref.path.name,)
                ),
            )

    def pending(self) -> list[CropRef]:
        """The crops that the model in use has not been asked about, in natural order."""
        rows = self._rows(
            "SELECT slides.name, slides.folder, crops.file, crops.page"
            " FROM crops JOIN slides ON slides.id = crops.slide_id"
            " WHERE NOT EXISTS (SELECT 1 FROM results WHERE crop_id = crops.id AND model_id = ?)"
            " ORDER BY slides.sort_key, crops.sort_key, crops.page",
            (self._model_row(),),
        )
        return [crop_ref(*row) for row in rows]

    def pending_count(self) -> int:
        """How many crops the model in use has not been asked about."""
        return self.crop_count() - int(
            self._rows("SELECT count(*) FROM results WHERE model_id = ?", (self._model_row(),))[0][0]
        )

    def forget_unread(self) -> None:
        """Makes those crops pending again whose file could not be read at all: it may be back by now.

        What was read and refused stays: the same bytes would be refused again.
        """
        with self._writing("try failed files again"):
            self._db.execute(
                "DELETE FROM results WHERE model_id = ? AND status = 'failed' AND sha256 = ''", (self._model_row(),)
            )

    def crop_count(self) -> int:
        count: int = self._rows("SELECT count(*) FROM crops")[0][0]
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
        rows = self._rows("SELECT name, sha256, classes, normal_class FROM models WHERE id = ?", (self._model_row(),))
        for name, sha256, classes, normal in rows:
            return SessionModel(ModelId(name, sha256), tuple(json.loads(classes)), normal)
        return None

    def result_count(self, model: ModelId) -> int:
        """How many crops that model has been asked about, whether or not it is the one in use."""
        rows = self._rows(
            "SELECT count(*) FROM results JOIN models ON models.id = model_id WHERE name = ? AND models.sha256 = ?",
            (model.name, model.sha256),
        )
        return int(rows[0][0])

    def _model_row(self) -> int:
        return int(self.note("model") or -1)

    # Results

    def record(self, events: Sequence[CellEvent]) -> list[int]:
        """Writes results in one transaction and returns the cells' ids.

        Raises SessionError where the disk refuses, or where a prediction is not of the model in use.
        """
        model, in_use = self._model_row(), self.model()
        if in_use is None or any(isinstance(e, CellScored) and e.prediction.model != in_use.id for e in events):
            raise SessionError(f"{self.path}: these results are of another model than the one in use; not stored.")
        ids = []
        with self._writing("store results"):
            for event in events:
                row = self._db.execute(
                    "SELECT crops.id, slides.id FROM crops JOIN slides ON slides.id = crops.slide_id"
                    " WHERE slides.name = CAST(? AS TEXT) AND file = CAST(? AS TEXT) AND page = ?",
                    (encoded(event.ref.slide), encoded(event.ref.path.name), event.ref.page or 0),
                ).fetchone()
                self._db.execute(
                    "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (row[0], model, row[1], *to_columns(event), __version__, *share_columns(event)),
                )
                ids.append(int(row[0]))
        return ids

    def cell_ids(
        self,
        order: Order = Order.NATURAL,
        descending: bool = False,
        where: CellFilter = _ALL,
        among: Sequence[int] | None = None,
    ) -> list[int]:
        """Ids of the cells that have a result, filtered and sorted on native values; ties in natural order.

        `among` restricts the answer to these ids.
        """
        where_sql, values = ["results.model_id = ?"], [self._model_row()]
        for condition, value in conditions(where):
            where_sql.append(condition)
            values.append(value)
        if among is not None:
            where_sql.append(f"crops.id IN ({','.join(str(int(i)) for i in among)})")
        direction = "DESC" if descending else "ASC"
        columns = [f"{column} {direction}" for column in ORDER_COLUMNS[order]]
        ordering = ", ".join([*columns, *NATURAL_COLUMNS])
        rows = self._rows(
            "SELECT crops.id FROM results JOIN crops ON crops.id = crop_id JOIN slides ON slides.id = crops.slide_id"
            f" WHERE {' AND '.join(where_sql)} ORDER BY {ordering}",
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
            rows = self._rows(
                "SELECT crops.id, slides.name, slides.folder, crops.file, crops.page, results.sha256, width, height,"
                " status, probabilities, flags, reason, results.app_version,"
                " heat_acrosome, heat_postacrosome, heat_neck, heat_outside, v.said, v.reviewer, v.at"
                " FROM crops JOIN slides ON slides.id = crops.slide_id"
                " JOIN results ON results.crop_id = crops.id AND model_id = ?"
                " LEFT JOIN verdicts v ON v.id = (SELECT max(id) FROM verdicts WHERE crop_id = crops.id)"
                f" WHERE crops.id IN ({','.join('?' * len(part))})",
                (self._model_row(), *part),
            )
            found.update((row[0], to_cell(row, model)) for row in rows)
        return [found[i] for i in ids if i in found]

    def all_cells(self) -> Iterator[Cell]:
        """Every cell with a result, in natural order, a page at a time."""
        ids = self.cell_ids()
        for start in range(0, len(ids), _MANY):
            yield from self.cells(ids[start : start + _MANY])

    def heatmap(self, cell: int) -> Heatmap | None:
        """The heatmap of a cell for the model in use; None for a failed one."""
        rows = self._rows("SELECT heat FROM results WHERE crop_id = ? AND model_id = ?", (cell, self._model_row()))
        return heat_blob.unpack(rows[0][0]) if rows and rows[0][0] else None

    def slides(self) -> list[SlideCounts]:
        """Each slide's counts for the model in use, in natural order."""
        counts: dict[int, dict[tuple[str, str], int]] = {}
        for slide, status, first, count in self._rows(
            "SELECT slide_id, status, class, count(*) FROM results WHERE model_id = ? GROUP BY slide_id, status, class",
            (self._model_row(),),
        ):
            counts.setdefault(slide, {})[(status, first)] = count
        flagged = dict(
            self._rows(
                "SELECT slide_id, count(*) FROM results WHERE model_id = ? AND flags <> '' GROUP BY slide_id",
                (self._model_row(),),
            )
        )
        rows = self._rows(
            "SELECT slides.id, name, folder, count(crops.id) FROM slides LEFT JOIN crops ON crops.slide_id = slides.id"
            " GROUP BY slides.id ORDER BY slides.sort_key"
        )
        return [
            slide_counts(name, folder, crops, counts.get(slide, {}), flagged.get(slide, 0))
            for slide, name, folder, crops in rows
        ]

    def reasons(self, flag: Flag) -> list[tuple[str, str]]:
        """Slide and reason of each cell with that flag, for the model in use."""
        return self._rows(
            "SELECT slides.name, reason FROM results JOIN slides ON slides.id = slide_id"
            " WHERE model_id = ? AND flags <> '' AND ' ' || flags || ' ' LIKE ?",
            (self._model_row(), f"% {flag} %"),
        )

    # Notes: small facts by key, such as which device the first run used

    def note(self, key: str) -> str | None:
        rows = self._rows("SELECT value FROM meta WHERE key = ?", (key,))
        return rows[0][0] if rows else None

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
