"""SQL: which images and cells are shown, and which images are still to be scored."""

from __future__ import annotations

IMAGES = (
    "images JOIN slides ON slides.id = images.slide_id AND slides.removed = 0"
    " JOIN samples ON samples.id = slides.sample_id"
)
# A cross join keeps the order of its tables: SQLite would read all results for each image.
# A field whose heads a person all removed is done; one with a head that was outlined under another model isn't.
UNSCORED = (
    "(NOT EXISTS (SELECT 1 FROM cells CROSS JOIN results ON results.cell_id = cells.id"
    " WHERE cells.image_id = images.id AND results.model_id = ?1)"
    " AND coalesce((SELECT min(is_removed) FROM cells WHERE cells.image_id = images.id), 0) = 0"
    " OR EXISTS (SELECT 1 FROM cells WHERE cells.image_id = images.id AND outlined_by <> '' AND is_removed = 0"
    " AND NOT EXISTS (SELECT 1 FROM results WHERE results.cell_id = cells.id AND results.model_id = ?1)))"
)
KEPT = "cell_id NOT IN (SELECT id FROM cells WHERE is_removed = 1)"
