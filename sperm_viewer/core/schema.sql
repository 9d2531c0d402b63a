CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE slides (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    folder TEXT NOT NULL UNIQUE,
    sort_key TEXT NOT NULL
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
    PRIMARY KEY (model_id, crop_id)
) WITHOUT ROWID;
CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY,
    crop_id INTEGER NOT NULL REFERENCES crops,
    said TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX verdicts_of_crop ON verdicts (crop_id, id);
-- Counting is done many times while results arrive, and never has to look at a result itself.
CREATE INDEX results_to_count ON results (model_id, slide_id, status, class);
CREATE INDEX results_flagged ON results (model_id, slide_id) WHERE flags <> '';
CREATE INDEX crops_in_order ON crops (slide_id, sort_key, page);
