-- Digests are 32 bytes. Times are milliseconds since the epoch. Amounts are minor units as a sign and 39 digits: text of one width, never
-- summed here. `body` columns are JSON as it was hashed. Everything but `journal`, `audit`, `blobs` and the logic of flows is derived from
-- these and compared with them by `verify`.

CREATE TABLE workspace (
    id         TEXT    NOT NULL PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE flows (
    digest    BLOB    NOT NULL PRIMARY KEY,
    id        TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    logic     TEXT    NOT NULL,
    layout    TEXT    NOT NULL,
    stored_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX flows_by_id ON flows (id, stored_at);

CREATE TABLE runs (
    id         TEXT    NOT NULL PRIMARY KEY,
    flow_id    TEXT    NOT NULL,
    flow       BLOB    NOT NULL,
    state      TEXT    NOT NULL,
    started_at INTEGER NOT NULL,
    started_by TEXT    NOT NULL,
    ended_at   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX runs_by_state ON runs (state, id);

-- Events in the order they were written. Events of many runs come mixed, so an index by run would rewrite one page for each run in
-- each group: events are put into `placed` some thousands at a time, up to the one that `placing` names.
CREATE TABLE journal (
    id     INTEGER NOT NULL PRIMARY KEY,
    run    TEXT    NOT NULL,
    seq    INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    v      INTEGER NOT NULL,
    kind   TEXT    NOT NULL,
    path   TEXT,
    body   TEXT,
    digest BLOB    NOT NULL,
    hash   BLOB    NOT NULL
) STRICT;

CREATE TABLE placed (
    run TEXT    NOT NULL,
    seq INTEGER NOT NULL,
    id  INTEGER NOT NULL,
    PRIMARY KEY (run, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE placing (
    up_to INTEGER NOT NULL
) STRICT;
INSERT INTO placing VALUES (0);

CREATE TABLE waiting (
    run    TEXT NOT NULL,
    path   TEXT NOT NULL,
    prompt TEXT,
    due    INTEGER,
    PRIMARY KEY (run, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE blobs (
    digest BLOB NOT NULL PRIMARY KEY,
    bytes  BLOB NOT NULL
) STRICT;

CREATE TABLE audit (
    seq  INTEGER NOT NULL PRIMARY KEY,
    at   INTEGER NOT NULL,
    kind TEXT    NOT NULL,
    body TEXT    NOT NULL,
    hash BLOB    NOT NULL
) STRICT;

CREATE TABLE policies (
    number INTEGER NOT NULL PRIMARY KEY,
    since  INTEGER NOT NULL,
    digest BLOB    NOT NULL,
    body   TEXT    NOT NULL
) STRICT;

CREATE TABLE switch (
    name   TEXT    NOT NULL PRIMARY KEY,
    paused INTEGER NOT NULL,
    by     TEXT    NOT NULL,
    at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE profiles (
    id       TEXT    NOT NULL PRIMARY KEY,
    added_at INTEGER NOT NULL,
    body     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE payees (
    id     TEXT    NOT NULL PRIMARY KEY,
    name   TEXT    NOT NULL,
    put_at INTEGER NOT NULL,
    body   TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE prompts (
    id         TEXT    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL,
    run        TEXT,
    path       TEXT,
    opened_at  INTEGER NOT NULL,
    expires_at INTEGER,
    state      TEXT    NOT NULL,
    ended_at   INTEGER,
    -- Whether the authority still needs it: it is open, or belongs to a run that goes on.
    live       INTEGER NOT NULL,
    body       TEXT    NOT NULL
) STRICT;
CREATE INDEX prompts_live ON prompts (live) WHERE live = 1;
CREATE INDEX prompts_open ON prompts (state) WHERE state = 'open';
CREATE INDEX prompts_by_run ON prompts (run);

CREATE TABLE decisions (
    digest  BLOB    NOT NULL PRIMARY KEY,
    prompt  TEXT    NOT NULL REFERENCES prompts (id),
    nth     INTEGER NOT NULL,
    profile TEXT    NOT NULL REFERENCES profiles (id),
    answer  TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    body    TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX decisions_by_prompt ON decisions (prompt, nth);

CREATE TABLE accounts (
    id        TEXT    NOT NULL PRIMARY KEY,
    name      TEXT    NOT NULL,
    asset     TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    opened_at INTEGER NOT NULL,
    posted    TEXT    NOT NULL,
    held      TEXT    NOT NULL,
    incoming  TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE transfers (
    id      TEXT    NOT NULL PRIMARY KEY,
    payer   TEXT    NOT NULL REFERENCES accounts (id),
    payee   TEXT    NOT NULL REFERENCES accounts (id),
    asset   TEXT    NOT NULL,
    minor   TEXT    NOT NULL,
    memo    TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    -- Whether it came of a hold, which then has the same id.
    of_hold INTEGER NOT NULL
) STRICT;
CREATE INDEX transfers_by_payer ON transfers (payer, at);

CREATE TABLE holds (
    id         TEXT    NOT NULL PRIMARY KEY,
    payer      TEXT    NOT NULL REFERENCES accounts (id),
    payee      TEXT    NOT NULL REFERENCES accounts (id),
    asset      TEXT    NOT NULL,
    minor      TEXT    NOT NULL,
    memo       TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    expires_at INTEGER,
    charges    TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    taken      TEXT,
    ended_at   INTEGER
) STRICT;
CREATE INDEX holds_open ON holds (state) WHERE state = 'open';

CREATE TABLE usage (
    budget TEXT NOT NULL,
    period TEXT NOT NULL,
    asset  TEXT NOT NULL,
    posted TEXT NOT NULL,
    held   TEXT NOT NULL,
    PRIMARY KEY (budget, period, asset)
) STRICT, WITHOUT ROWID;

CREATE TABLE claims (
    key  BLOB NOT NULL PRIMARY KEY,
    run  TEXT,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX claims_by_run ON claims (run);

CREATE TABLE secrets (
    name      TEXT    NOT NULL PRIMARY KEY,
    hosts     TEXT    NOT NULL,
    created   INTEGER NOT NULL,
    place     TEXT    NOT NULL,
    last_used INTEGER
) STRICT, WITHOUT ROWID;
