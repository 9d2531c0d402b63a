"""What is said of sessions and other files that the app writes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
from cells import MODEL, scored, session_with
from messages.stage import Stage, broken, fails_with, said

from sperm_viewer.domain.image import CropRef
from sperm_viewer.domain.prediction import Heatmap, ModelId
from sperm_viewer.domain.verdict import Decision
from sperm_viewer.imaging.heatmap_files import write_heatmap
from sperm_viewer.session import file as session_file
from sperm_viewer.session import verify as verifying
from sperm_viewer.session.lock import sole_writer
from sperm_viewer.session.review import Review, begin_second_reading
from sperm_viewer.session.session import Session, SessionModel
from sperm_viewer.session.verify import verify
from sperm_viewer.system.atomic_write import replacing


def messages(stage: Stage) -> Iterator[str]:
    folder = stage.empty("sessions")
    (folder / "file").touch()
    yield from _opening(folder)
    yield from _versions(folder)
    yield from _writing(stage.empty("written"))
    yield from _holding(folder)
    yield said(_write, folder / "file" / "cells.csv")


def _write(path: Path) -> None:
    with replacing(path) as file:
        file.write(b"x")


def _opening(folder: Path) -> Iterator[str]:
    yield said(Session.open, folder / "gone.spermview")
    yield said(Session.create, folder / "file" / "s.spermview")
    yield said(Session.create, folder / "file")
    (folder / "noise.spermview").write_bytes(b"not a session " * 400)
    yield said(Session.open, folder / "noise.spermview")
    with closing(sqlite3.connect(folder / "other.spermview")) as other:
        other.execute("CREATE TABLE x (y)")
    yield said(Session.open, folder / "other.spermview")
    damaged = folder / "damaged.spermview"
    Session.create(damaged).close()
    with broken() as patch:
        patch.setattr(verifying, "_verified", fails_with(sqlite3.DatabaseError("malformed")))
        yield said(verify, damaged)


def _versions(folder: Path) -> Iterator[str]:
    path = folder / "version.spermview"
    Session.create(path).close()
    for version in (session_file.VERSION + 1, session_file.VERSION - 1):
        with closing(sqlite3.connect(path)) as changed:
            changed.execute(f"PRAGMA user_version = {version}")
        if version < session_file.VERSION:
            yield said(Session.open, path, read_only=True)
            with broken() as patch:
                patch.setattr(session_file, "upgrade", fails_with(OSError(28, "No space left on device")))
                yield said(Session.open, path)
        else:
            yield said(Session.open, path)


def _writing(folder: Path) -> Iterator[str]:
    session, refs = session_with(folder, ["a.png", "b.png"])
    other = SessionModel(ModelId("other", "ef" * 32), MODEL.classes, MODEL.normal_class)
    with session:
        yield said(session.record, [scored(refs[0], model=other)])
        yield said(session.record, [scored(CropRef("A-017", folder / "A-017" / "c.png"))])
        ids = session.record([scored(ref) for ref in refs])
        details = session.slide_details()["A-017"]
        yield said(session.set_slide_details, "A-018", details, "Ada")
        session.add_slide("A-018", folder / "A-018", [])
        yield said(session.move_slide, "A-018", folder / "A-017", [])
        review = Review(session)
        yield said(review.decide, {ids[0]: Decision("normal")}, " ")
        review.decide({ids[0]: Decision("normal")}, "Ada")
        yield said(begin_second_reading, session, "Ada")
        yield said(session.copy_to, folder / "none" / "copy.spermview")
        (cell, _) = session.all_cells()
        cell.ref.path.parent.mkdir()
        cell.ref.path.write_bytes(b"another image")
        heatmap = Heatmap(np.zeros((5, 5), np.uint8), 0.0, 1.0, np.eye(2, 3))
        yield said(write_heatmap, cell, heatmap, folder / "heat.png", 0.5, "cividis")
        with broken() as patch:
            patch.setattr(session_file, "Trail", fails_with(sqlite3.OperationalError("database or disk is full")))
            yield said(session.set_note, "key", "value")
        with Session.open(session.path, read_only=True) as reader:
            yield said(reader.set_note, "key", "value")


def _holding(folder: Path) -> Iterator[str]:
    def hold(path: Path) -> None:
        with sole_writer(path):
            pass

    beat = "9999-01-01T00:00:00+00:00"
    other = {"user": "ada", "host": "microscope-pc", "since": beat, "beat": beat}
    (folder / ".held.spermview.holder").write_text(json.dumps(other))
    yield said(hold, folder / "held.spermview")
    yield said(hold, folder / "file" / "below" / "s.spermview")
