"""The session: slides, crops, the results of every model and the readers' verdicts, all in one SQLite file.

Results are on disk before anyone sees them. One connection belongs to one thread; several may have the file open
(write-ahead log), and one process writes. Everything is written through the audit trail (`audit.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from sperm_viewer import __version__
from sperm_viewer.domain.cell import CellEvent, CellScored
from sperm_viewer.domain.errors import SessionError
from sperm_viewer.domain.image import CropRef
from sperm_viewer.session.file import SUFFIX
from sperm_viewer.session.queries import SessionQueries
from sperm_viewer.session.rows import (
    CellFilter,
    Order,
    SessionModel,
    SlideCounts,
    SlideDetails,
    encoded,
    result_blobs,
    result_body,
)

__all__ = ["SUFFIX", "CellFilter", "Order", "Session", "SessionModel", "SlideCounts", "SlideDetails"]


class Session(SessionQueries):
    """An open session file. `Session.create` and `Session.open` are the ways to get one."""

    def add_slide(self, name: str, folder: Path, crops: Iterable[CropRef]) -> None:
        """Adds a slide, or the crops it doesn't have yet to the slide of that folder."""
        with self.writing("add the slide") as trail:
            found = self.rows("SELECT id FROM slides WHERE folder = CAST(? AS TEXT)", (encoded(str(folder)),))
            slide = found[0][0] if found else self._next_id("slides")
            if not found:
                trail.append("slide", {"id": slide, "name": name, "folder": str(folder)})
            known = {
                (file, page) for file, page in self.rows("SELECT file, page FROM crops WHERE slide_id = ?", (slide,))
            }
            asked = dict.fromkeys((ref.path.name, ref.page or 0) for ref in crops)
            first = self._next_id("crops")
            new = [key for key in asked if key not in known]
            if new:
                listed = [(first + number, *key) for number, key in enumerate(new)]
                trail.append("crops", {"slide_id": slide, "crops": listed})

    def _next_id(self, table: str) -> int:
        return int(self.rows(f"SELECT coalesce(max(id), 0) + 1 FROM {table}")[0][0])

    def set_slide_details(self, slide: str, details: SlideDetails, who: str) -> None:
        """Raises SessionError if there is no such slide, or if `replicate_of` is not another slide of this session."""
        ids = {name: found for found, name in self.rows("SELECT id, name FROM slides")}
        if slide not in ids or (details.replicate_of and details.replicate_of not in ids.keys() - {slide}):
            raise SessionError(
                f"{self.path}: '{slide}' can't be a replicate of '{details.replicate_of}'. Choose another."
            )
        body = {
            "slide_id": ids[slide],
            "identifier": details.identifier,
            "date": details.date,
            "stain": details.stain,
            "magnification": details.magnification,
            "um_per_px": details.um_per_px,
            "replicate_of": ids.get(details.replicate_of),
        }
        with self.writing("store the slide's details") as trail:
            trail.append("slide-details", body, who)

    def move_slide(self, slide: str, folder: Path, found: Sequence[tuple[int, CropRef]]) -> None:
        """Stores the new folder of a slide, and the names under which its crops were found there.

        Crops that were not found keep their names. Raises SessionError if the folder belongs to another slide.
        """
        ids = dict(self.rows("SELECT name, id FROM slides"))
        if self.slide_names().get(folder, slide) != slide:
            raise SessionError(f"{self.path}: {folder} is another slide's folder already. Choose another.")
        with self.writing("note where the images are") as trail:
            files = [(crop, (ref.path.name, ref.page or 0)) for crop, ref in found]
            trail.append("moved", {"slide_id": ids[slide], "folder": str(folder), "files": files})

    def forget_unread(self) -> int:
        """Makes the crops pending again whose file could not be read at all: it may be back by now.

        Returns how many. A file that was read and refused stays refused: the same bytes would be refused again.
        """
        model = self._model_row()
        rows = self.rows(
            "SELECT crop_id FROM results WHERE model_id = ? AND status = 'failed' AND sha256 = '' ORDER BY crop_id",
            (model,),
        )
        if rows:
            with self.writing("try failed files again") as trail:
                trail.append("forgotten", {"model_id": model, "crops": [row[0] for row in rows]})
        return len(rows)

    def use_model(self, model: SessionModel) -> None:
        """From now on this model's results are the ones shown; the other models' are kept."""
        key = (model.id.name, model.id.sha256)
        with self.writing("note the model") as trail:
            found = self.rows("SELECT id FROM models WHERE name = ? AND sha256 = ?", key)
            row = found[0][0] if found else self._next_id("models")
            if not found:
                classes = json.dumps(model.classes)
                names = ("name", "sha256", "classes", "normal_class")
                values = (*key, classes, model.normal_class)
                trail.append("model", {"id": row, **dict(zip(names, values, strict=True))})
            if self.note("model") != str(row):
                trail.append("note", {"key": "model", "value": str(row)})

    def record(self, events: Sequence[CellEvent]) -> list[int]:
        """Writes results in one transaction and returns the cells' ids.

        Raises SessionError if the disk refuses, if a prediction is not of the model in use, or if a crop is not in
        this session.
        """
        model, in_use = self._model_row(), self.model()
        if in_use is None or any(isinstance(e, CellScored) and e.prediction.model != in_use.id for e in events):
            raise SessionError(f"{self.path}: these results are of another model than the one in use. Score again.")
        ids = []
        with self.writing("store results") as trail:
            for event in events:
                row = self.rows(
                    "SELECT crops.id, slides.id FROM crops JOIN slides ON slides.id = crops.slide_id"
                    " WHERE slides.name = CAST(? AS TEXT) AND file = CAST(? AS TEXT) AND page = ?",
                    (encoded(event.ref.slide), encoded(event.ref.path.name), event.ref.page or 0),
                )
                if not row:
                    raise SessionError(
                        f"{self.path}: {event.ref.path} is no crop of this session. Add its slide first."
                    )
                crop, slide = row[0]
                blobs = result_blobs(event)
                body = {"crop_id": crop, "model_id": model, "slide_id": slide, "app_version": __version__}
                trail.append("result", result_body(event, blobs) | body, blobs=blobs)
                ids.append(int(crop))
        return ids

    def set_note(self, key: str, value: str, who: str = "") -> None:
        """Stores a small fact under a key. Raises SessionError if the file can't be written."""
        if self.note(key) != value:
            with self.writing("store a note") as trail:
                trail.append("note", {"key": key, "value": value}, who)
