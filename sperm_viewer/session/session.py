"""The session: samples, slides, images, the results of every model and the readers' verdicts, all in one SQLite file.

Results are on disk before anyone sees them. One connection belongs to one thread; several may have the file open
(write-ahead log), and one process writes. Everything is written through the audit trail (`audit.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

from sperm_viewer import __version__
from sperm_viewer.domain.cell import CellEvent, CellScored
from sperm_viewer.domain.errors import SessionError, SpermViewerError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.sample import SampleDetails, SampleOrigin, SlideDetails
from sperm_viewer.session.arranged import free_name, shown_again
from sperm_viewer.session.audit import Trail
from sperm_viewer.session.file import SUFFIX
from sperm_viewer.session.queries import SessionQueries
from sperm_viewer.session.rows import (
    STORED_COLUMNS,
    CellFilter,
    Order,
    SessionModel,
    SlideCounts,
    encoded,
    place_row,
    result_blobs,
    result_body,
)
from sperm_viewer.session.same_cells import same_cells
from sperm_viewer.session.verify import verify

__all__ = ["SUFFIX", "CellFilter", "Order", "Session", "SessionModel", "SlideCounts"]


class Session(SessionQueries):
    """An open session file. `Session.create` and `Session.open` are the ways to get one."""

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Self:
        """As `SessionFile.open`; raises SessionError for a file whose tables another program changed as well."""
        session = super().open(path, read_only=read_only)
        try:
            if not session.has_its_tables():
                raise SessionError(
                    f"{path}: the tables of this session were changed by another program. Restore it from a copy."
                )
        except SessionError:
            session.close()
            raise
        return session

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the file. An unexpected error is that of the file if `verify` finds something in it."""
        super().__exit__(kind, error, trace)
        if isinstance(error, Exception) and not isinstance(error, SpermViewerError | OSError):
            problems = verify(self.path).problems
            if problems:
                raise SessionError(
                    f"{self.path}: this session is damaged, or another program changed it. {problems[0]} Restore it "
                    "from a copy."
                ) from error

    def add_slide(self, name: str, folder: Path, images: Iterable[ImageRef], sample: SampleOrigin | None = None) -> int:
        """Adds a slide, or the images it doesn't have yet to the slide of that folder; returns the slide's id.

        Without `sample` the folder is a sample of its own. A name that is taken gets a number: another slide's within
        the sample, or another folder's sample. A slide that was removed is shown again.
        """
        with self.writing("add the slide") as trail:
            found = self.rows("SELECT id, removed FROM slides WHERE folder = CAST(? AS TEXT)", (encoded(str(folder)),))
            if found:
                slide, removed = found[0]
                if removed:
                    trail.append("arranged", shown_again(self, slide))
            else:
                owner = self._sample_of(trail, sample or SampleOrigin(name, folder))
                slide = self._next_id("slides")
                body = {"sample_id": owner, "name": free_name(name, self.names_in(owner)), "folder": str(folder)}
                trail.append("slide", {"id": slide, **body})
            known = set(self.rows("SELECT file, page FROM images WHERE slide_id = ?", (slide,)))
            asked = dict.fromkeys((ref.path.name, ref.page or 0) for ref in images)
            first = self._next_id("images")
            new = [key for key in asked if key not in known]
            if new:
                listed = [(first + number, *key) for number, key in enumerate(new)]
                trail.append("images", {"slide_id": slide, "images": listed})
        return int(slide)

    def _sample_of(self, trail: Trail, origin: SampleOrigin) -> int:
        """The id of the sample of this folder, or of this identifier if it was typed; a new one if there is none."""
        taken = {identifier: found for found, identifier in self.rows("SELECT id, identifier FROM samples")}
        if origin.folder is None and origin.identifier in taken:
            return int(taken[origin.identifier])
        folder = None if origin.folder is None else str(origin.folder)
        if folder is not None:
            found = self.rows("SELECT id FROM samples WHERE folder = CAST(? AS TEXT)", (encoded(folder),))
            if found:
                return int(found[0][0])
        sample = self._next_id("samples")
        trail.append("sample", {"id": sample, "identifier": free_name(origin.identifier, taken), "folder": folder})
        return sample

    def _next_id(self, table: str) -> int:
        return int(self.rows(f"SELECT coalesce(max(id), 0) + 1 FROM {table}")[0][0])

    def set_sample_details(self, sample: int, details: SampleDetails, who: str) -> None:
        """Raises SessionError if the file can't be written."""
        with self.writing("store the sample's details") as trail:
            trail.append("sample-details", {"sample_id": sample, **asdict(details)}, who)

    def set_slide_details(self, slide: int, details: SlideDetails, who: str) -> None:
        """Raises SessionError if the file can't be written."""
        with self.writing("store the slide's details") as trail:
            trail.append("slide-details", {"slide_id": slide, **asdict(details)}, who)

    def move_slide(self, slide: int, folder: Path, found: Sequence[tuple[int, ImageRef]]) -> None:
        """Stores the new folder of a slide, and the names under which its images were found there.

        Images that were not found keep their names. Raises SessionError if the folder belongs to another slide.
        """
        taken = self.rows("SELECT id FROM slides WHERE folder = CAST(? AS TEXT)", (encoded(str(folder)),))
        if taken and taken[0][0] != slide:
            raise SessionError(f"{self.path}: {folder} is another slide's folder already. Choose another.")
        with self.writing("note where the images are") as trail:
            files = [(image, (ref.path.name, ref.page or 0)) for image, ref in found]
            trail.append("moved", {"slide_id": slide, "folder": str(folder), "files": files})

    def forget_unread(self) -> int:
        """Makes the crops pending again whose file could not be read at all: it may be back by now.

        Returns how many. A file that was read and refused stays refused: the same bytes would be refused again.
        """
        model = self._model_row()
        rows = self.rows(
            "SELECT cell_id FROM counted WHERE model_id = ? AND status = 'failed' AND sha256 = '' ORDER BY cell_id",
            (model,),
        )
        if rows:
            with self.writing("try failed files again") as trail:
                trail.append("forgotten", {"model_id": model, "cells": [row[0] for row in rows]})
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
        """Writes results in one transaction and returns the cells' ids. All cells of an image come together.

        Raises SessionError if the disk refuses, if a prediction is not of the model in use, or if an image is not in
        this session.
        """
        self._refuse_other_models(events)
        ids = []
        with self.writing("store results") as trail:
            for ref, of_image in groupby(events, lambda event: event.ref):
                cells = tuple(of_image)
                image, slide = self._image_of(ref)
                placed = self._placed(trail, image, cells)
                self._store_results(trail, slide, zip(cells, placed, strict=True))
                ids.extend(placed)
        return ids

    def add_cells(self, trail: Trail, heads: Sequence[CellScored]) -> list[int]:
        """Stores new cells of one image with their results, within a transaction; returns their ids.

        Raises SessionError if a prediction is not of the model in use, or if the image is not in this session.
        """
        if not heads:
            return []
        self._refuse_other_models(heads)
        image, slide = self._image_of(heads[0].ref)
        first = self._next_id("cells")
        number = self.rows("SELECT coalesce(max(number), 0) + 1 FROM cells WHERE image_id = ?", (image,))[0][0]
        ids = list(range(first, first + len(heads)))
        rows = [(cell, image, number + place, *place_row(heads[place])) for place, cell in enumerate(ids)]
        trail.append("cells", {"sizes": [], "cells": rows})
        self._store_results(trail, slide, zip(heads, ids, strict=True))
        return ids

    def _refuse_other_models(self, events: Sequence[CellEvent]) -> None:
        in_use = self.model()
        if in_use is None or any(isinstance(e, CellScored) and e.prediction.model != in_use.id for e in events):
            raise SessionError(f"{self.path}: these results are of another model than the one in use. Score again.")

    def _store_results(self, trail: Trail, slide: int, results: Iterable[tuple[CellEvent, int]]) -> None:
        """Stores the results of cells, by their ids."""
        model = self._model_row()
        for event, cell in results:
            blobs = result_blobs(event)
            body = {"cell_id": cell, "model_id": model, "slide_id": slide, "app_version": __version__}
            trail.append("result", result_body(event, blobs) | body, blobs=blobs)

    def _image_of(self, ref: ImageRef) -> tuple[int, int]:
        """The ids of an image and of its slide."""
        rows = self.rows(
            "SELECT images.id, slides.id FROM images JOIN slides ON slides.id = images.slide_id"
            " WHERE folder = CAST(? AS TEXT) AND file = CAST(? AS TEXT) AND page = ?",
            (encoded(str(ref.path.parent)), encoded(ref.path.name), ref.page or 0),
        )
        if not rows:
            raise SessionError(f"{self.path}: {ref.path} is no image of this session. Add its slide first.")
        return int(rows[0][0]), int(rows[0][1])

    def _placed(self, trail: Trail, image: int, events: Sequence[CellEvent]) -> list[int]:
        """The cells of an image's events, made or put in their place if they have none yet."""
        columns = ", ".join(STORED_COLUMNS)
        known = self.rows(f"SELECT id, number, {columns} FROM cells WHERE image_id = ? ORDER BY number", (image,))
        stored = {row[0]: tuple(row[2:]) for row in known}
        places = [place_row(event) for event in events]
        next_id, next_number = self._next_id("cells"), max((row[1] for row in known), default=0) + 1
        cells, changed = [], []
        for place, same in zip(places, same_cells(places, stored), strict=True):
            number = next((row[1] for row in known if row[0] == same), next_number)
            cell = next_id if same is None else same
            next_id, next_number = next_id + (same is None), next_number + (same is None)
            if same is None or (place[0] is not None and place != stored[same]):
                changed.append((cell, image, number, *place))
            cells.append(cell)
        size = next(((*event.size, event.in_field) for event in events if isinstance(event, CellScored)), None)
        (before,) = self.rows("SELECT width, height, is_field FROM images WHERE id = ?", (image,))
        sizes = [(image, *size)] if size and size != before else []
        if changed or sizes:
            trail.append("cells", {"sizes": sizes, "cells": changed})
        return cells

    def set_note(self, key: str, value: str, who: str = "") -> None:
        """Stores a small fact under a key. Raises SessionError if the file can't be written."""
        if self.note(key) != value:
            with self.writing("store a note") as trail:
                trail.append("note", {"key": key, "value": value}, who)
