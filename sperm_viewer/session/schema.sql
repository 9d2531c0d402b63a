CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE slides (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    folder TEXT NOT NULL UNIQUE,
    sort_key TEXT NOT NULL,
    identifier TEXT NOT NULL DEFAULT '',
    date TEXT NOT NULL DEFAULT '',
    stain TEXT NOT NULL DEFAULT '',
    magnification TEXT NOT NULL DEFAULT '',
    um_per_px REAL,
    replicate_of INTEGER REFERENCES slides
);
CREATE TABLE crops (
    id INTEGER PRIMARY KEY,
    slide_id INTEGER NOT NULL REFERENCES slides,
    file TEXT NOT NULL,
    page INTEGER NOT NULL,
    sort_key TEXT NOT NULL,
    folded TEXT NOT NULL,
    UNIQUE (slide_id, file, page)
);
CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    classes TEXT NOT NULL,
    normal_class TEXT NOT NULL,
    UNIQUE (name, sha256)
);
CREATE TABLE results (
    crop_id INTEGER NOT NULL REFERENCES crops,
    model_id INTEGER NOT NULL REFERENCES models,
    slide_id INTEGER NOT NULL REFERENCES slides,
    sha256 TEXT NOT NULL,
    width INTEGER,
    height INTEGER,
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
    features BLOB,
    PRIMARY KEY (model_id, crop_id)
) WITHOUT ROWID;
-- What readers did, never changed: each row states all that a reader holds of a cell from then on. Rows of one action
-- were made by one press; `act` is decide, undo or redo, and `of_action` the action undone or redone.
CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY,
    action INTEGER NOT NULL,
    act TEXT NOT NULL,
    of_action INTEGER,
    crop_id INTEGER NOT NULL REFERENCES crops,
    reading INTEGER NOT NULL,
    said TEXT NOT NULL,
    note TEXT NOT NULL,
    anomalies TEXT,
    reviewer TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX verdicts_of_crop ON verdicts (crop_id, reading, id);
CREATE INDEX verdicts_of_action ON verdicts (reading, action);
-- The verdict that stands: the last one of a cell and a reading.
CREATE TABLE standing (
    crop_id INTEGER NOT NULL REFERENCES crops,
    reading INTEGER NOT NULL,
    verdict_id INTEGER NOT NULL REFERENCES verdicts,
    PRIMARY KEY (crop_id, reading)
) WITHOUT ROWID;
-- All that was ever written to the other tables, each row chained to the one before; never changed. The head and the
-- number of rows are in `meta` too, so that a missing end is found.
CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    hash TEXT NOT NULL
);
-- Counting is done many times while results arrive, and never has to look at a result itself.
CREATE INDEX results_to_count ON results (model_id, slide_id, status, class);
CREATE INDEX results_flagged ON results (model_id, slide_id) WHERE flags <> '';
CREATE INDEX crops_in_order ON crops (slide_id, sort_key, page);
