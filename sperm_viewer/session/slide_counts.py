"""SQL that counts the cells of each slide for a model: rows of a slide's id and a number."""

from __future__ import annotations

from sperm_viewer.domain.cell import NON_SPERM, SET_ASIDE
from sperm_viewer.session.kept_images import KEPT
from sperm_viewer.session.rows import WITH_HEAD

_NO_SPERM = ", ".join(f"'{name}'" for name in (NON_SPERM, *sorted(SET_ASIDE)))
FLAGGED = f"SELECT slide_id, count(*) FROM results WHERE model_id = ? AND flags <> '' AND {KEPT} GROUP BY slide_id"
REVIEWED = (
    "SELECT slide_id, count(*) FROM current_verdicts c JOIN verdicts v ON v.id = c.verdict_id"
    " JOIN cells ON cells.id = c.cell_id JOIN images ON images.id = cells.image_id"
    " WHERE c.reading = 1 AND v.class <> '' AND cells.is_removed = 0 GROUP BY slide_id"
)
TO_READ = (
    "SELECT counted.slide_id, count(*) FROM counted JOIN cells ON cells.id = counted.cell_id"
    " JOIN images ON images.id = cells.image_id"
    f" WHERE model_id = ? AND status = 'referred' AND verdict = '' AND {WITH_HEAD} GROUP BY counted.slide_id"
)
SPERM = (
    "SELECT slide_id, count(*) FROM counted JOIN cells ON cells.id = counted.cell_id"
    " WHERE model_id = ? AND status IN ('scored', 'referred') AND cells.x IS NOT NULL"
    f" AND coalesce(nullif(verdict, ''), class) NOT IN ({_NO_SPERM}) GROUP BY slide_id"
)
