CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- One specimen of one person. `folder` is the folder that its slides were found in, NULL if the identifier was typed.
CREATE TABLE samples (
    id INTEGER PRIMARY KEY,
    identifier TEXT NOT NULL UNIQUE,
    folder TEXT UNIQUE,
    sort_key TEXT NOT NULL,
    collected TEXT NOT NULL DEFAULT '',
    received TEXT NOT NULL DEFAULT '',
    requester TEXT NOT NULL DEFAULT ''
);
-- A removed slide keeps all of its rows and is shown nowhere. `image_kind` is field or crop where a person said what the
-- images are, empty where their content decides.
CREATE TABLE slides (
    id INTEGER PRIMARY KEY,
    sample_id INTEGER NOT NULL REFERENCES samples,
    name TEXT NOT NULL,
    folder TEXT NOT NULL UNIQUE,
    sort_key TEXT NOT NULL,
    stain TEXT NOT NULL DEFAULT '',
    fixation TEXT NOT NULL DEFAULT '',
    magnification TEXT NOT NULL DEFAULT '',
    objective TEXT NOT NULL DEFAULT '',
    um_per_px REAL,
    criteria TEXT NOT NULL DEFAULT '',
    scale_source TEXT NOT NULL DEFAULT '',
    scale_size TEXT NOT NULL DEFAULT '',
    image_kind TEXT NOT NULL DEFAULT '',
    removed INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX slides_of_sample ON slides (sample_id, name) WHERE removed = 0;
CREATE TABLE images (
    id INTEGER PRIMARY KEY,
    slide_id INTEGER NOT NULL REFERENCES slides,
    file TEXT NOT NULL,
    page INTEGER NOT NULL,
    sort_key TEXT NOT NULL,
    folded TEXT NOT NULL,
    width INTEGER,
    height INTEGER,
    is_field INTEGER,
    UNIQUE (slide_id, file, page)
);
-- A field has a cell for each head that was found in it, a crop has one. Where the head is in its image: the upper left
-- corner and the size of its box in image pixels, and its angle in degrees counter-clockwise from upright. Then what was
-- measured of it, in image pixels and ratios, and its outline. NULL if the image could not be read, no
-- head was found, or the angle or the acrosome is unknown. `outlined_by` is the person who added, split or redrew the
-- head, empty if the app found it. A head that a person removed keeps its row and is shown and counted nowhere.
CREATE TABLE cells (
    id INTEGER PRIMARY KEY,
    image_id INTEGER NOT NULL REFERENCES images,
    number INTEGER NOT NULL,
    x REAL,
    y REAL,
    width REAL,
    height REAL,
    angle REAL,
    head_length REAL,
    head_width REAL,
    area REAL,
    perimeter REAL,
    symmetry REAL,
    acrosome_share REAL,
    outline TEXT,
    outlined_by TEXT NOT NULL DEFAULT '',
    is_removed INTEGER NOT NULL DEFAULT 0,
    UNIQUE (image_id, number)
);
CREATE INDEX cells_removed ON cells (id) WHERE is_removed = 1;
CREATE INDEX cells_outlined ON cells (image_id) WHERE outlined_by <> '';
CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    classes TEXT NOT NULL,
    normal_class TEXT NOT NULL,
    UNIQUE (name, sha256)
);
CREATE TABLE results (
    cell_id INTEGER NOT NULL REFERENCES cells,
    model_id INTEGER NOT NULL REFERENCES models,
    slide_id INTEGER NOT NULL REFERENCES slides,
    sha256 TEXT NOT NULL,
    status TEXT NOT NULL,
    class TEXT NOT NULL,
    confidence REAL,
    probabilities TEXT NOT NULL,
    flags TEXT NOT NULL,
    reason TEXT NOT NULL,
    heat BLOB,
    app_version TEXT NOT NULL,
    heat_acrosome REAL,
    heat_postacrosome REAL,
    heat_neck REAL,
    heat_outside REAL,
    unfamiliar_in TEXT NOT NULL,
    features BLOB,
    PRIMARY KEY (model_id, cell_id)
) WITHOUT ROWID;
-- A reading is all verdicts of one reader on a set of cells: a random share of them, drawn and ordered by the seed. The
-- first one is everybody's open verdicts. `repeats` is the reading that its reader makes again.
CREATE TABLE readings (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    reader TEXT NOT NULL,
    share REAL NOT NULL,
    seed INTEGER NOT NULL,
    blind INTEGER NOT NULL,
    repeats INTEGER REFERENCES readings,
    created TEXT NOT NULL
);
INSERT INTO readings VALUES (1, 'first', '', 1, 0, 0, NULL, '');
-- Every verdict ever given; rows are never changed. A row holds the whole decision of a reader on a cell from then on.
-- Rows of one action were made by one key press; `act` is decide, undo or redo, and `of_action` is the action that was
-- undone or redone. `how`, `why`, `reader` and `at` are those of the decision, also of one that was restored: the audit
-- trail says who restored it, and when.
CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY,
    action INTEGER NOT NULL,
    act TEXT NOT NULL,
    of_action INTEGER,
    cell_id INTEGER NOT NULL REFERENCES cells,
    reading INTEGER NOT NULL REFERENCES readings,
    class TEXT NOT NULL,
    note TEXT NOT NULL,
    anomalies TEXT,
    how TEXT NOT NULL,
    why TEXT NOT NULL,
    reader TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX verdicts_of_cell ON verdicts (cell_id, reading, id);
CREATE INDEX verdicts_of_action ON verdicts (reading, action);
-- The verdict in force: the last one of a cell in a reading.
CREATE TABLE current_verdicts (
    cell_id INTEGER NOT NULL REFERENCES cells,
    reading INTEGER NOT NULL REFERENCES readings,
    verdict_id INTEGER NOT NULL REFERENCES verdicts,
    PRIMARY KEY (cell_id, reading)
) WITHOUT ROWID;
-- A person answers for the report of a sample as it was: `audit_rows` and `audit_hash` are the end of the audit trail
-- before it, `figures` are those of the report as JSON.
CREATE TABLE authorisations (
    id INTEGER PRIMARY KEY,
    sample_id INTEGER NOT NULL REFERENCES samples,
    number INTEGER NOT NULL,
    audit_rows INTEGER NOT NULL,
    audit_hash TEXT NOT NULL,
    figures TEXT NOT NULL,
    app_version TEXT NOT NULL,
    reader TEXT NOT NULL,
    at TEXT NOT NULL,
    UNIQUE (sample_id, number)
);
-- Everything that was ever written to the other tables, each row chained to the one before; rows are never changed. The
-- number of rows and the last hash are in `meta` too, so that a missing end is found.
CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX audit_of_arranging ON audit (number) WHERE kind = 'arranged';
CREATE INDEX audit_of_heads ON audit (number) WHERE kind = 'heads';
-- The window counts many times while results arrive; these indexes answer without reading a result.
CREATE INDEX results_to_count ON results (model_id, slide_id, status, class);
CREATE INDEX results_flagged ON results (model_id, slide_id) WHERE flags <> '';
CREATE INDEX images_in_order ON images (slide_id, sort_key, page);
-- A cell as it counts: a model's result, the first reading's verdict (empty for none), and the class that follows. A cell
-- that the first reader set aside has the status of one that is not counted.
CREATE VIEW counted AS
SELECT
    results.cell_id,
    results.model_id,
    results.slide_id,
    results.sha256,
    CASE
        WHEN verdicts.class IN ('not assessable', 'excluded') AND results.status <> 'failed' THEN 'not-counted'
        ELSE results.status
    END AS status,
    results.class,
    results.confidence,
    results.probabilities,
    results.flags,
    results.reason,
    results.heat,
    results.app_version,
    results.heat_acrosome,
    results.heat_postacrosome,
    results.heat_neck,
    results.heat_outside,
    results.unfamiliar_in,
    results.features,
    current_verdicts.verdict_id,
    coalesce(verdicts.class, '') AS verdict,
    CASE WHEN coalesce(verdicts.class, '') = '' THEN '' ELSE verdicts.reader END AS reader,
    CASE WHEN coalesce(verdicts.class, '') = '' THEN '' ELSE verdicts.how END AS how,
    CASE
        WHEN results.status IN ('failed', 'not-counted') THEN ''
        WHEN verdicts.class IN ('not assessable', 'excluded') THEN ''
        WHEN coalesce(verdicts.class, '') <> '' THEN verdicts.class
        WHEN results.status = 'referred' THEN 'refer'
        ELSE results.class
    END AS final_class
FROM results
JOIN slides ON slides.id = results.slide_id AND slides.removed = 0
LEFT JOIN current_verdicts ON current_verdicts.cell_id = results.cell_id AND current_verdicts.reading = 1
LEFT JOIN verdicts ON verdicts.id = current_verdicts.verdict_id
WHERE results.cell_id NOT IN (SELECT id FROM cells WHERE is_removed = 1);
