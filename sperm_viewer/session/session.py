"""The session: slides, crops, what every model said of them, what readers decided, all in one SQLite file.

Results are on disk before anyone sees them. One connection belongs to one thread; several may have the file open
(write-ahead log), and one process writes. Everything is written through the audit trail (`audit.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sperm_viewer import __version__
from sperm_viewer.domain.cell import Cell, CellEvent, CellScored
from sperm_viewer.domain.errors import SessionError
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.image import CropRef
from sperm_viewer.domain.prediction import Heatmap, ModelId
from sperm_viewer.session import heat_blob
from sperm_viewer.session.file import SUFFIX, SessionFile
from sperm_viewer.session.rows import (
    FINAL,
    NATURAL_COLUMNS,
    ORDER_COLUMNS,
    CellFilter,
    Order,
    SessionModel,
    SlideCounts,
    SlideDetails,
    Tally,
    conditions,
    crop_ref,
    encoded,
    result_blobs,
    result_body,
    slide_counts,
    to_cell,
)

__all__ = ["SUFFIX", "CellFilter", "Order", "Session", "SessionModel", "SlideCounts", "SlideDetails", "Tally"]

_MANY = 500
_ALL = CellFilter()
_REVIEWED = (
    " LEFT JOIN standing ON standing.crop_id = crops.id AND standing.reading = 1"
    " LEFT JOIN verdicts v ON v.id = standing.verdict_id"
)


class Session(SessionFile):
    """An open session file. `Session.create` and `Session.open` are the ways to get one."""

    # Slides and crops

    def slide_names(self) -> dict[Path, str]:
        """The slides that the session has: folder -> name."""
        return {Path(folder): name for folder, name in self.rows("SELECT folder, name FROM slides")}

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

    def slide_details(self) -> dict[str, SlideDetails]:
        """What the laboratory says of each slide, by the slide's name."""
        return {
            row[0]: SlideDetails(*row[1:])
            for row in self.rows(
                "SELECT s.name, s.identifier, s.date, s.stain, s.magnification, s.um_per_px, coalesce(o.name, '')"
                " FROM slides s LEFT JOIN slides o ON o.id = s.replicate_of ORDER BY s.sort_key"
            )
        }

    def set_slide_details(self, slide: str, details: SlideDetails, who: str) -> None:
        """Raises SessionError where there is no such slide, or it would be a replicate of itself or of none here."""
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

    def files(self, slide: str) -> list[tuple[int, CropRef, str]]:
        """Each crop of a slide: id, where it is, and its sha256, empty where no model has read it yet."""
        rows = self.rows(
            "SELECT crops.id, slides.name, folder, file, page, coalesce((SELECT max(sha256) FROM results"
            " WHERE crop_id = crops.id), '') FROM crops JOIN slides ON slides.id = slide_id"
            " WHERE slides.name = CAST(? AS TEXT) ORDER BY crops.sort_key, page",
            (encoded(slide),),
        )
        return [(row[0], crop_ref(*row[1:5]), row[5]) for row in rows]

    def move_slide(self, slide: str, folder: Path, found: Sequence[tuple[int, CropRef]]) -> None:
        """Notes that a slide is in another folder now, and under which names there its crops were found.

        Crops that were not found keep their names. Raises SessionError where that folder is another slide's.
        """
        ids = dict(self.rows("SELECT name, id FROM slides"))
        if self.slide_names().get(folder, slide) != slide:
            raise SessionError(f"{self.path}: {folder} is another slide's folder already. Choose another.")
        with self.writing("note where the images are") as trail:
            files = [(crop, (ref.path.name, ref.page or 0)) for crop, ref in found]
            trail.append("moved", {"slide_id": ids[slide], "folder": str(folder), "files": files})

    def pending(self) -> list[CropRef]:
        """The crops that the model in use has not been asked about, in natural order."""
        rows = self.rows(
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
            self.rows("SELECT count(*) FROM results WHERE model_id = ?", (self._model_row(),))[0][0]
        )

    def forget_unread(self) -> None:
        """Makes those crops pending again whose file could not be read at all: it may be back by now.

        What was read and refused stays: the same bytes would be refused again.
        """
        model = self._model_row()
        rows = self.rows(
            "SELECT crop_id FROM results WHERE model_id = ? AND status = 'failed' AND sha256 = '' ORDER BY crop_id",
            (model,),
        )
        if rows:
            with self.writing("try failed files again") as trail:
                trail.append("forgotten", {"model_id": model, "crops": [row[0] for row in rows]})

    def crop_count(self) -> int:
        count: int = self.rows("SELECT count(*) FROM crops")[0][0]
        return count

    # Models

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

    def model(self) -> SessionModel | None:
        """The model in use, None before the first."""
        rows = self.rows("SELECT name, sha256, classes, normal_class FROM models WHERE id = ?", (self._model_row(),))
        for name, sha256, classes, normal in rows:
            return SessionModel(ModelId(name, sha256), tuple(json.loads(classes)), normal)
        return None

    def result_count(self, model: ModelId) -> int:
        """How many crops that model has been asked about, whether or not it is the one in use."""
        rows = self.rows(
            "SELECT count(*) FROM results JOIN models ON models.id = model_id WHERE name = ? AND models.sha256 = ?",
            (model.name, model.sha256),
        )
        return int(rows[0][0])

    def _model_row(self) -> int:
        return int(self.note("model") or -1)

    # Results

    def record(self, events: Sequence[CellEvent]) -> list[int]:
        """Writes results in one transaction and returns the cells' ids.

        Raises SessionError where the disk refuses, where a prediction is not of the model in use, or a crop not of
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
        rows = self.rows(
            "SELECT crops.id FROM results JOIN crops ON crops.id = results.crop_id"
            f" JOIN slides ON slides.id = crops.slide_id{_REVIEWED}"
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
            rows = self.rows(
                "SELECT crops.id, slides.name, slides.folder, crops.file, crops.page, results.sha256, width, height,"
                " status, probabilities, flags, reason, results.app_version,"
                " heat_acrosome, heat_postacrosome, heat_neck, heat_outside,"
                " v.said, v.reviewer, v.at, v.note, v.anomalies, w.said, w.reviewer, w.at, w.note, w.anomalies"
                " FROM crops JOIN slides ON slides.id = crops.slide_id"
                f" JOIN results ON results.crop_id = crops.id AND model_id = ?{_REVIEWED}"
                " LEFT JOIN standing again ON again.crop_id = crops.id AND again.reading = 2"
                " LEFT JOIN verdicts w ON w.id = again.verdict_id"
                f" WHERE crops.id IN ({','.join('?' * len(part))})",
                (self._model_row(), *part),
            )
            found.update((row[0], to_cell(row, model)) for row in rows)
        return [found[i] for i in ids if i in found]

    def final_classes(self) -> dict[int, str]:
        """The final class of every cell that has a result, by its id; empty for a failed one."""
        rows = self.rows(
            f"SELECT results.crop_id, {FINAL} FROM results JOIN crops ON crops.id = results.crop_id{_REVIEWED}"
            " WHERE results.model_id = ?",
            (self._model_row(),),
        )
        return dict(rows)

    def all_cells(self) -> Iterator[Cell]:
        """Every cell with a result, in natural order, a page at a time."""
        ids = self.cell_ids()
        for start in range(0, len(ids), _MANY):
            yield from self.cells(ids[start : start + _MANY])

    def heatmap(self, cell: int) -> Heatmap | None:
        """The heatmap of a cell for the model in use; None for a failed one."""
        rows = self.rows("SELECT heat FROM results WHERE crop_id = ? AND model_id = ?", (cell, self._model_row()))
        return heat_blob.unpack(rows[0][0]) if rows and rows[0][0] else None

    def features(self) -> tuple[list[int], npt.NDArray[np.float16]]:
        """Ids of the cells that have features, and the features (cells, 64), unit vectors, for the model in use."""
        rows = self.rows(
            "SELECT crop_id, features FROM results WHERE model_id = ? AND features IS NOT NULL ORDER BY crop_id",
            (self._model_row(),),
        )
        joined = np.frombuffer(b"".join(row[1] for row in rows), np.float16)
        return [row[0] for row in rows], joined.reshape(len(rows), -1 if rows else 0)

    def tallies(self) -> list[Tally]:
        """How many cells of each slide have which classes, for the model in use; failed ones have the class ''."""
        rows = self.rows(
            "SELECT slides.name, results.class, results.status,"
            f" {FINAL} AS final, coalesce(v.said, '') <> '' AS reviewed,"
            " count(*) FROM results JOIN crops ON crops.id = results.crop_id JOIN slides ON slides.id = crops.slide_id"
            f"{_REVIEWED} WHERE results.model_id = ?"
            " GROUP BY slides.id, results.class, results.status, final, reviewed ORDER BY slides.sort_key, final",
            (self._model_row(),),
        )
        return [Tally(row[0], row[1], row[2], row[3], bool(row[4]), row[5]) for row in rows]

    def slides(self) -> list[SlideCounts]:
        """Each slide's counts for the model in use, in natural order."""
        counts: dict[int, dict[tuple[str, str], int]] = {}
        for slide, status, first, count in self.rows(
            "SELECT slide_id, status, class, count(*) FROM results WHERE model_id = ? GROUP BY slide_id, status, class",
            (self._model_row(),),
        ):
            counts.setdefault(slide, {})[(status, first)] = count
        flagged = dict(
            self.rows(
                "SELECT slide_id, count(*) FROM results WHERE model_id = ? AND flags <> '' GROUP BY slide_id",
                (self._model_row(),),
            )
        )
        reviewed = dict(
            self.rows(
                "SELECT slide_id, count(*) FROM standing JOIN verdicts v ON v.id = verdict_id"
                " JOIN crops ON crops.id = standing.crop_id WHERE standing.reading = 1 AND v.said <> ''"
                " GROUP BY slide_id"
            )
        )
        rows = self.rows(
            "SELECT slides.id, name, folder, count(crops.id) FROM slides LEFT JOIN crops ON crops.slide_id = slides.id"
            " GROUP BY slides.id ORDER BY slides.sort_key"
        )
        return [
            slide_counts(name, folder, crops, counts.get(slide, {}), flagged.get(slide, 0), reviewed.get(slide, 0))
            for slide, name, folder, crops in rows
        ]

    def readable(self, unread_in: int | None = None) -> list[int]:
        """The cells that show something to read, in natural order; with `unread_in` those of which that reading (1 or
        2) said no class.
        """
        rows = self.rows(
            "SELECT crops.id FROM results JOIN crops ON crops.id = results.crop_id"
            " JOIN slides ON slides.id = crops.slide_id"
            " LEFT JOIN standing ON standing.crop_id = crops.id AND standing.reading = ?"
            " LEFT JOIN verdicts v ON v.id = standing.verdict_id"
            " WHERE results.model_id = ? AND results.status <> 'failed' AND (? OR coalesce(v.said, '') = '')"
            f" ORDER BY {', '.join(NATURAL_COLUMNS)}",
            (unread_in or 0, self._model_row(), unread_in is None),
        )
        return [row[0] for row in rows]

    def reviewers(self) -> list[str]:
        """Who made the verdicts that stand, of the first reading, in the order of the alphabet."""
        rows = self.rows(
            "SELECT DISTINCT v.reviewer FROM standing JOIN verdicts v ON v.id = verdict_id"
            " WHERE standing.reading = 1 AND v.said <> '' ORDER BY v.reviewer"
        )
        return [row[0] for row in rows]

    def reasons(self, flag: Flag) -> list[tuple[str, str]]:
        """Slide and reason of each cell with that flag, for the model in use."""
        return self.rows(
            "SELECT slides.name, reason FROM results JOIN slides ON slides.id = slide_id"
            " WHERE model_id = ? AND flags <> '' AND ' ' || flags || ' ' LIKE ?",
            (self._model_row(), f"% {flag} %"),
        )

    # Notes: small facts by key, such as which device the first run used

    def note(self, key: str) -> str | None:
        rows = self.rows("SELECT value FROM meta WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def set_note(self, key: str, value: str, who: str = "") -> None:
        if self.note(key) != value:
            with self.writing("store a note") as trail:
                trail.append("note", {"key": key, "value": value}, who)
