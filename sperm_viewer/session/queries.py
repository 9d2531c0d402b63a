"""Everything that is read from a session: samples and images, the model in use, cells, heatmaps and counts."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sperm_viewer.domain.cell import SET_ASIDE, Cell, Status
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.prediction import Heatmap, ModelId
from sperm_viewer.domain.sample import Sample, Slide, SlideDetails
from sperm_viewer.domain.verdict import How
from sperm_viewer.session.decoding import decoder
from sperm_viewer.session.file import SessionFile
from sperm_viewer.session.kept_images import IMAGES, UNSCORED
from sperm_viewer.session.rows import (
    NATURAL_COLUMNS,
    ORDER_COLUMNS,
    SLIDE_COLUMNS,
    STORED_COLUMNS,
    WITH_HEAD,
    CellFilter,
    Order,
    SessionModel,
    SlideCounts,
    conditions,
    image_ref,
    to_cell,
    to_heatmap,
    to_model,
    to_sample,
    to_slide,
)
from sperm_viewer.session.slide_counts import FLAGGED, REVIEWED, SPERM, TO_READ
from sperm_viewer.statistics.slide_figures import Tally

_MANY = 500
_ALL = CellFilter()
_CELLS = (
    "counted JOIN cells ON cells.id = counted.cell_id JOIN images ON images.id = cells.image_id"
    " JOIN slides ON slides.id = images.slide_id JOIN samples ON samples.id = slides.sample_id"
)
_WAITING = f"SELECT slides.id, count(*) FROM {IMAGES} WHERE {UNSCORED} GROUP BY slides.id"
_SECOND = "(SELECT id FROM readings WHERE kind = 'further' ORDER BY id LIMIT 1)"
_DETAILS = ", ".join(field.name for field in fields(SlideDetails))
_NATURAL = ", ".join(NATURAL_COLUMNS)
_BY_SLIDE = ", ".join(SLIDE_COLUMNS)


class SessionQueries(SessionFile):
    """The reading half of a session. Each method raises SessionError if the file is damaged or out of reach."""

    # Samples, slides and images

    def samples(self, removed: bool = False) -> list[Sample]:
        """The samples that have slides, with their slides, in natural order; with `removed` those slides instead."""
        slides: dict[int, list[Slide]] = defaultdict(list)
        for row in self.rows(
            f"SELECT sample_id, id, name, folder, {_DETAILS} FROM slides WHERE removed = ? ORDER BY sort_key, id",
            (removed,),
        ):
            slides[row[0]].append(to_slide(*row[1:]))
        rows = self.rows("SELECT id, identifier, collected, received, requester FROM samples ORDER BY sort_key, id")
        return [to_sample(row[0], tuple(slides[row[0]]), *row[1:]) for row in rows if row[0] in slides]

    def slide_details(self, slide: int) -> SlideDetails:
        """What a laboratory noted about the slide of that id."""
        rows = self.rows(f"SELECT {_DETAILS} FROM slides WHERE id = ?", (slide,))
        return SlideDetails(*rows[0]) if rows else SlideDetails()

    def names_in(self, sample: int) -> set[str]:
        """The names of the slides of a sample."""
        return {row[0] for row in self.rows("SELECT name FROM slides WHERE sample_id = ? AND removed = 0", (sample,))}

    def folders(self) -> list[Path]:
        """The folders of all slides, removed ones too."""
        return [Path(row[0]) for row in self.rows("SELECT folder FROM slides")]

    def files(self, slide: int) -> list[tuple[int, ImageRef, str]]:
        """Each image of a slide: id, where it is, and its sha256, empty if no model has read it yet."""
        rows = self.rows(
            "SELECT images.id, slides.name, folder, file, page, coalesce((SELECT max(results.sha256) FROM cells"
            " CROSS JOIN models CROSS JOIN results ON results.model_id = models.id AND results.cell_id = cells.id"
            " WHERE image_id = images.id), '')"
            " FROM images JOIN slides ON slides.id = slide_id WHERE slides.id = ? ORDER BY images.sort_key, page",
            (slide,),
        )
        return [(row[0], image_ref(*row[1:5]), row[5]) for row in rows]

    def pending(self, by_arrival: bool = False) -> list[ImageRef]:
        """The images without a result of the model in use, in natural order, or in the order in which they came."""
        order = "images.id" if by_arrival else f"{_BY_SLIDE}, images.sort_key, images.page"
        rows = self.rows(
            f"SELECT slides.name, slides.folder, images.file, images.page FROM {IMAGES} WHERE {UNSCORED}"
            f" ORDER BY {order}",
            (self._model_row(),),
        )
        return [image_ref(*row) for row in rows]

    def pending_count(self) -> int:
        """The number of images without a result of the model in use."""
        return int(self.rows(f"SELECT count(*) FROM {IMAGES} WHERE {UNSCORED}", (self._model_row(),))[0][0])

    def image_count(self) -> int:
        count: int = self.rows(f"SELECT count(*) FROM {IMAGES}")[0][0]
        return count

    # Models and notes

    def model(self) -> SessionModel | None:
        """The model in use, None before the first."""
        rows = self.rows("SELECT name, sha256, classes, normal_class FROM models WHERE id = ?", (self._model_row(),))
        for name, sha256, classes, normal in rows:
            return to_model(name, sha256, classes, normal)
        return None

    def result_count(self, model: ModelId) -> int:
        """The number of crops with a result of that model, which need not be the one in use."""
        rows = self.rows(
            "SELECT count(*) FROM counted JOIN models ON models.id = model_id"
            " WHERE models.name = ? AND models.sha256 = ?",
            (model.name, model.sha256),
        )
        return int(rows[0][0])

    def note(self, key: str) -> str | None:
        """A small fact by its key, such as the device of the first run."""
        rows = self.rows("SELECT value FROM meta WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    @property
    def model_row(self) -> int:
        """The id of the model in use, -1 before the first."""
        return self._model_row()

    def _model_row(self) -> int:
        return _row_of(self.note("model"))

    # Cells

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
        where_sql, values = ["counted.model_id = ?"], [self._model_row()]
        for condition, value in conditions(where):
            where_sql.append(condition)
            values.append(value)
        if among is not None:
            where_sql.append(f"cells.id IN ({','.join(str(int(i)) for i in among)})")
        direction = "DESC" if descending else "ASC"
        ordering = ", ".join([*(f"{column} {direction}" for column in ORDER_COLUMNS[order]), _NATURAL])
        rows = self.rows(
            f"SELECT cells.id FROM {_CELLS} WHERE {' AND '.join(where_sql)} ORDER BY {ordering}",
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
                "SELECT cells.id, samples.identifier, slides.id, slides.name, slides.folder, images.file, images.page,"
                " counted.sha256, images.width, images.height,"
                f" cells.number, images.is_field, {', '.join(f'cells.{column}' for column in STORED_COLUMNS)},"
                " status, probabilities, flags, reason, counted.app_version,"
                " heat_acrosome, heat_postacrosome, heat_neck, heat_outside,"
                " v.class, v.reader, v.at, v.note, v.anomalies, v.how, v.why,"
                " w.class, w.reader, w.at, w.note, w.anomalies, w.how, w.why, cells.outlined_by"
                f" FROM {_CELLS} LEFT JOIN verdicts v ON v.id = counted.verdict_id"
                f" LEFT JOIN current_verdicts again ON again.cell_id = cells.id AND again.reading = {_SECOND}"
                " LEFT JOIN verdicts w ON w.id = again.verdict_id"
                f" WHERE counted.model_id = ? AND counted.cell_id IN ({','.join('?' * len(part))})",
                (self._model_row(), *part),
            )
            found.update((row[0], to_cell(row, model)) for row in rows)
        return [found[i] for i in ids if i in found]

    def all_cells(self) -> Iterator[Cell]:
        """Every cell with a result, in natural order, a page at a time."""
        ids = self.cell_ids()
        for start in range(0, len(ids), _MANY):
            yield from self.cells(ids[start : start + _MANY])

    def final_classes(self) -> dict[int, str]:
        """The final class of every cell that has a result, by its id; empty for a failed one.

        That of a cell that isn't counted is its status.
        """
        final = "CASE status WHEN 'not-counted' THEN status ELSE final_class END"
        return dict(self.rows(f"SELECT cell_id, {final} FROM counted WHERE model_id = ?", (self._model_row(),)))

    def heatmap(self, cell: int) -> Heatmap | None:
        """The heatmap of a cell for the model in use; None for a failed one."""
        rows = self.rows("SELECT heat FROM results WHERE cell_id = ? AND model_id = ?", (cell, self._model_row()))
        return to_heatmap(rows[0][0]) if rows and rows[0][0] else None

    def features(self) -> tuple[list[int], npt.NDArray[np.float16]]:
        """Ids of the cells that have features, and the features (cells, 64), unit vectors, for the model in use."""
        rows = self.rows(
            "SELECT cell_id, features FROM counted WHERE model_id = ? AND features IS NOT NULL ORDER BY cell_id",
            (self._model_row(),),
        )
        joined = np.frombuffer(b"".join(row[1] for row in rows), np.float16)
        return [row[0] for row in rows], joined.reshape(len(rows), -1 if rows else 0)

    def readable(self, unread_in: int | None = None) -> list[int]:
        """The cells that a person can read and that count, in natural order.

        With `unread_in` only those without a class in the reading of that id.
        """
        rows = self.rows(
            f"SELECT cells.id FROM {_CELLS}"
            " LEFT JOIN current_verdicts c ON c.cell_id = cells.id AND c.reading = ?"
            " LEFT JOIN verdicts v ON v.id = c.verdict_id"
            f" WHERE counted.model_id = ? AND counted.status IN ('scored', 'referred') AND {WITH_HEAD}"
            " AND (? OR coalesce(v.class, '') = '')"
            f" ORDER BY {_NATURAL}",
            (unread_in or 0, self._model_row(), unread_in is None),
        )
        return [row[0] for row in rows]

    # Counts

    def tallies(self) -> list[Tally]:
        """The number of cells of each slide by predicted and final class, for the model in use.

        Failed cells have the class ''; the final class of those that are not counted is '' too, but what the first
        reader said of those that were set aside.
        """
        final = f"CASE WHEN verdict IN ({', '.join(map(repr, SET_ASIDE))}) THEN verdict ELSE final_class END AS final"
        rows = self.rows(
            f"SELECT samples.id, slides.id, slides.name, counted.class, status, {final}, counted.how, count(*)"
            " FROM counted JOIN slides ON slides.id = counted.slide_id"
            " JOIN samples ON samples.id = slides.sample_id WHERE counted.model_id = ?"
            f" GROUP BY slides.id, counted.class, status, final, counted.how ORDER BY {_BY_SLIDE}, final",
            (self._model_row(),),
        )
        return [
            Tally(sample, slide, name, first, status, final, How(how) if how else None, count)
            for sample, slide, name, first, status, final, how, count in rows
        ]

    def slides(self) -> list[SlideCounts]:
        """Each slide's counts for the model in use, in natural order."""
        model = (self._model_row(),)
        statuses: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        classes: dict[int, dict[str, int]] = defaultdict(dict)
        for slide, status, first, count in self.rows(
            "SELECT slide_id, status, class, count(*) FROM counted WHERE model_id = ?"
            " GROUP BY slide_id, status, class ORDER BY class",
            model,
        ):
            statuses[slide][status] += count
            if status == Status.SCORED:
                classes[slide][first] = count
        flagged = dict(self.rows(FLAGGED, model))
        reviewed = dict(self.rows(REVIEWED))
        to_read = dict(self.rows(TO_READ, model))
        sperm = dict(self.rows(SPERM, model))
        waiting = dict(self.rows(_WAITING, model))
        rows = self.rows(
            "SELECT slides.id, samples.id, identifier, name, slides.folder, count(images.id) FROM slides"
            " JOIN samples ON samples.id = slides.sample_id LEFT JOIN images ON images.slide_id = slides.id"
            f" WHERE removed = 0 GROUP BY slides.id ORDER BY {_BY_SLIDE}"
        )
        return [
            SlideCounts(
                id=slide,
                sample_id=sample_id,
                sample=sample,
                name=name,
                folder=Path(folder),
                crops=crops,
                done=crops - waiting.get(slide, 0),
                scored=statuses[slide][Status.SCORED],
                referred=statuses[slide][Status.REFERRED],
                not_counted=statuses[slide][Status.NOT_COUNTED],
                failed=statuses[slide][Status.FAILED],
                flagged=flagged.get(slide, 0),
                classes=classes[slide],
                reviewed=reviewed.get(slide, 0),
                to_read=to_read.get(slide, 0),
                sperm=sperm.get(slide, 0),
            )
            for slide, sample_id, sample, name, folder, crops in rows
        ]

    def readers(self) -> list[str]:
        """Everyone who gave a verdict in force in the first reading, in alphabetical order."""
        rows = self.rows(
            "SELECT DISTINCT v.reader FROM current_verdicts c JOIN verdicts v ON v.id = c.verdict_id"
            " JOIN cells ON cells.id = c.cell_id JOIN images ON images.id = cells.image_id"
            " JOIN slides ON slides.id = slide_id AND removed = 0"
            " WHERE c.reading = 1 AND v.class <> '' ORDER BY v.reader"
        )
        return [row[0] for row in rows]

    def any_anomaly(self) -> bool:
        """Whether an anomaly of a cell is ticked in the first reading."""
        found = self.rows(
            "SELECT EXISTS (SELECT 1 FROM current_verdicts c JOIN verdicts v ON v.id = c.verdict_id"
            " WHERE c.reading = 1 AND v.anomalies <> '')"
        )
        return bool(found[0][0])

    def unfamiliar_cells(self) -> list[tuple[int, tuple[str, ...]]]:
        """The slide of each cell that is out of distribution for the model in use, and in what its image differs."""
        rows = self.rows(
            "SELECT slide_id, unfamiliar_in FROM counted"
            " WHERE model_id = ? AND flags <> '' AND ' ' || flags || ' ' LIKE ?",
            (self._model_row(), f"% {Flag.OUT_OF_DISTRIBUTION} %"),
        )
        return [(slide, tuple(json.loads(aspects))) for slide, aspects in rows]


@decoder
def _row_of(note: str | None) -> int:
    return int(note or -1)
