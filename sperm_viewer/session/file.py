"""A session file: one SQLite file, created and opened safely, and written only through its audit trail."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sperm_viewer.domain.errors import SessionError
from sperm_viewer.session.audit import AuditHead, Trail, read_head
from sperm_viewer.session.rows import decoded
from sperm_viewer.system.atomic_write import unused_name
from sperm_viewer.system.network_drive import on_network_drive

SUFFIX = ".spermview"
VERSION = 8
APPLICATION = 0x53504D56  # "SPMV": marks the file as ours
_OF_THE_DRIVE = frozenset(
    {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_PERM}
)
"""SQLite's errors that say nothing about what is in the file."""
_SCHEMA_ROWS = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"
_SCHEMA = Path(__file__).with_name("schema.sql")


class SessionFile:
    """An open session file. `create` and `open` are the ways to get one; one connection belongs to one thread."""

    def __init__(self, path: Path, connection: sqlite3.Connection, read_only: bool = False) -> None:
        self.path = path
        self.read_only = read_only
        self._db = connection
        self._file = _identity(path)
        # File names need not be valid Unicode; they are read exactly as they were written.
        connection.text_factory = decoded
        connection.isolation_level = None

    @classmethod
    def create(cls, path: Path) -> Self:
        """A new session file. Raises SessionError if the file exists or the folder can't be written."""
        if path.exists():
            raise SessionError(f"{path}: there is a session already. Open it, or choose another name.")
        # Made beside its place and moved there when complete, so a killed process leaves no partial session.
        partial = unused_name(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _remove_leftovers(path)
            with closing(sqlite3.connect(partial)) as connection:
                make_tables(connection)
            partial.replace(path)
        except (OSError, sqlite3.Error) as error:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            raise SessionError(f"{path}: can't create the session here ({error}). Choose another folder.") from error
        return cls.open(path)

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Self:
        """An existing session file.

        Raises SessionError if it is missing or damaged, is no session, or was made by another version.
        """
        if not path.is_file():
            raise SessionError(f"{path}: there is no such session file. It was moved, renamed or deleted.")
        session = cls(path, _connected(path, read_only), read_only)
        try:
            application = session.rows("PRAGMA application_id")[0][0]
            version = session.rows("PRAGMA user_version")[0][0]
            if application != APPLICATION:
                raise SessionError(f"{path}: this is not a Sperm Viewer session. Choose another file.")
            if version > VERSION:
                raise SessionError(f"{path}: made by a newer Sperm Viewer. Update the app to open it.")
            if version < VERSION and session.rows("SELECT 1 FROM sqlite_master WHERE name = 'readings'"):
                raise SessionError(
                    f"{path}: this file claims that an older Sperm Viewer made it, but its tables and audit trail "
                    "are those of this version. It was changed by another program. Restore it from a copy."
                )
            if version < VERSION:
                raise SessionError(
                    f"{path}: made by an older Sperm Viewer, and this version can't read it. Score the images again."
                )
            if not read_only:
                # A write-ahead log needs shared memory, which network drives don't provide.
                journal = "DELETE" if on_network_drive(path) else "WAL"
                for pragma in (f"journal_mode = {journal}", "synchronous = FULL", "foreign_keys = ON"):
                    session.rows(f"PRAGMA {pragma}")
        except SessionError:
            session.close()
            raise
        return session

    def check_in_place(self) -> None:
        """Raises SessionError if the file was moved or deleted since it was opened: what is written would be lost."""
        try:
            same = _identity(self.path) == self._file
        except OSError:
            same = False
        if not same:
            raise SessionError(
                f"{self.path}: this session was moved or deleted while it was open, so nothing more is stored in it. "
                "Put it back and open it again, or score the images again."
            )

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        """The rows of a query. Raises SessionError if the file is damaged or out of reach."""
        try:
            return self._db.execute(sql, values).fetchall()
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> SessionError:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _OF_THE_DRIVE:
            return SessionError(
                f"{self.path}: its drive can't be read or written ({error}). Check that it is connected and has room, "
                "or copy the session to a folder that can be written."
            )
        return SessionError(
            f"{self.path}: this file can't be read as a session ({error}). Restore it from a copy, or score anew."
        )

    @contextmanager
    def writing(self, what: str) -> Iterator[Trail]:
        """A transaction: when it ends, either all of its events are on disk or none.

        Raises SessionError if the disk refuses, or if the file was opened read-only.
        """
        if self.read_only:
            raise SessionError(
                f"{self.path}: can't {what}, since the session is shown read-only. Close it elsewhere, or copy it to a "
                "folder that can be written."
            )
        self.check_in_place()
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                trail = self._trail()
                yield trail
                trail.close()
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise SessionError(
                f"{self.path}: can't {what} ({error}). Check that the disk has room and can be written; nothing that "
                "was stored before is lost."
            ) from error

    def has_its_tables(self) -> bool:
        """Whether the tables, views, indexes and triggers are exactly those of a session.

        A view of another program's may have no end, and a trigger may change what is written. Raises SessionError.
        """
        return self.rows(_SCHEMA_ROWS) == expected_tables()

    def _trail(self) -> Trail:
        try:
            return Trail(self._db)
        except ValueError as error:
            raise SessionError(
                f"{self.path}: the head of its audit trail is damaged ({error}). Restore it from a copy."
            ) from error

    def audit_head(self) -> AuditHead:
        """The end of the audit trail as it is now. Raises SessionError if the file is damaged."""
        try:
            return read_head(self._db)
        except (sqlite3.Error, ValueError) as error:
            raise self._unreadable(error) from error

    def copy_to(self, target: Path) -> None:
        """A copy of the whole session in one file. Raises SessionError if it can't be written."""
        partial = unused_name(target)
        try:
            with closing(sqlite3.connect(partial)) as copy:
                self._db.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
            _remove_leftovers(target)
            partial.replace(target)
        except (OSError, sqlite3.Error) as error:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            raise SessionError(f"{target}: can't write the copy here ({error}). Choose another folder.") from error

    def close(self) -> None:
        """Closes this connection; the last one to close leaves a single file."""
        if not self.read_only:
            # In write-ahead mode even a read-only connection would leave files beside the session. SQLite refuses this
            # as long as another connection is open.
            with suppress(sqlite3.Error, UnicodeDecodeError):
                self._db.execute("PRAGMA journal_mode = DELETE")
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _remove_leftovers(path: Path) -> None:
    """Files that SQLite would take for the unfinished writes of a session at `path`, left by one that was deleted."""
    for ending in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def make_tables(connection: sqlite3.Connection) -> None:
    """An empty session. Raises sqlite3.Error."""
    connection.executescript(_SCHEMA.read_text("utf-8"))
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


@cache
def expected_tables() -> list[Any]:
    """The rows of `sqlite_master` in an empty session."""
    with closing(sqlite3.connect(":memory:")) as empty:
        make_tables(empty)
        return empty.execute(_SCHEMA_ROWS).fetchall()


def _connected(path: Path, read_only: bool) -> sqlite3.Connection:
    if read_only:
        return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)
    return sqlite3.connect(path, timeout=10)
