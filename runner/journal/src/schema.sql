CREATE TABLE IF NOT EXISTS runs (
    id        TEXT PRIMARY KEY,
    project   TEXT NOT NULL,
    root      TEXT NOT NULL,
    tasks     TEXT NOT NULL,
    params    TEXT NOT NULL,
    mode      TEXT NOT NULL,
    pid       INTEGER NOT NULL,
    pid_start TEXT NOT NULL,
    started   INTEGER NOT NULL,
    ended     INTEGER,
    outcome   TEXT,
    exit_code INTEGER,
    about     TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS steps (
    run      TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    step     INTEGER NOT NULL,
    name     TEXT NOT NULL,
    task     TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    started  INTEGER,
    duration INTEGER,
    outcome  TEXT,
    needs    TEXT,
    digest   TEXT,
    PRIMARY KEY (run, step)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS effects (
    run     TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    id      INTEGER NOT NULL,
    step    INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    target  TEXT NOT NULL,
    effect  TEXT NOT NULL,
    state   TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended   INTEGER,
    detail  TEXT,
    PRIMARY KEY (run, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS logs (
    run    TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    seq    INTEGER NOT NULL,
    step   INTEGER NOT NULL,
    stream TEXT NOT NULL,
    text   TEXT NOT NULL,
    PRIMARY KEY (run, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS runs_by_start ON runs (started);
