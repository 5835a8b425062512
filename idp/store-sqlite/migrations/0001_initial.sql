-- Times are milliseconds since the Unix epoch. What is queried has a column; the rest of a record is its JSON document.
--
-- Indexes are few on purpose: an index in a random order costs every login a page of the log, about 10 us, and serves a search that an
-- operator makes now and then. Ended sessions and audit records are therefore found by time, and by anything else by walking it.
--
-- Nothing that a login inserts can abort a statement half-way (`OR FAIL`, deferred references, RAISE(FAIL)), so that SQLite keeps no
-- statement journal; the writer's transaction is undone as a whole.

CREATE TABLE holders (
    token_id TEXT    NOT NULL PRIMARY KEY,
    version  INTEGER NOT NULL CHECK (version > 0),
    revoked  INTEGER NOT NULL CHECK (revoked IN (0, 1)),
    document TEXT    NOT NULL CHECK (length(document) <= 262144)
) STRICT;

-- Beside the document: what admits an approval, and what a seal revocation list is checked against. `active` says that neither the
-- device is revoked nor its holder revoked or superseded.
CREATE TABLE devices (
    token_id    TEXT    NOT NULL REFERENCES holders (token_id),
    device_id   TEXT    NOT NULL,
    fingerprint BLOB    NOT NULL CHECK (length(fingerprint) = 32),
    trust_level INTEGER NOT NULL CHECK (trust_level BETWEEN 1 AND 3),
    revoked     INTEGER NOT NULL CHECK (revoked IN (0, 1)),
    active      INTEGER NOT NULL CHECK (active IN (0, 1)),
    PRIMARY KEY (token_id, device_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX devices_by_seal ON devices (fingerprint);

CREATE TABLE services (
    service_id TEXT    NOT NULL PRIMARY KEY,
    version    INTEGER NOT NULL CHECK (version > 0),
    document   TEXT    NOT NULL CHECK (length(document) <= 1048576)
) STRICT;

CREATE TABLE consumptions (
    kind       TEXT    NOT NULL,
    id         TEXT    NOT NULL CHECK (length(CAST(id AS BLOB)) <= 256),
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX consumptions_by_expiry ON consumptions (expires_at);

CREATE TABLE session_outcomes (
    session_id   TEXT    NOT NULL PRIMARY KEY,
    token_id     TEXT,
    service_id   TEXT    NOT NULL,
    status       TEXT    NOT NULL CHECK (status IN ('approved', 'rejected', 'expired')),
    initiated_at INTEGER NOT NULL,
    resolved_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_outcomes_by_time ON session_outcomes (resolved_at);

CREATE TABLE token_statuses (
    list       INTEGER NOT NULL,
    place      INTEGER NOT NULL,
    token_id   TEXT    NOT NULL,
    device_id  TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked    INTEGER NOT NULL CHECK (revoked IN (0, 1)),
    PRIMARY KEY (list, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX token_statuses_by_expiry ON token_statuses (expires_at);

CREATE TABLE enrolment_codes (
    digest     TEXT    NOT NULL PRIMARY KEY,
    token_id   TEXT,
    issued_by  TEXT    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX enrolment_codes_by_expiry ON enrolment_codes (expires_at);

CREATE TABLE subject_keys (
    reference TEXT NOT NULL PRIMARY KEY,
    sealed    BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE supersessions (
    token_id     TEXT    NOT NULL PRIMARY KEY,
    version      INTEGER NOT NULL CHECK (version > 0),
    by_token_id  TEXT    NOT NULL,
    requested_by TEXT    NOT NULL,
    confirmed_by TEXT,
    requested_at INTEGER NOT NULL,
    effective_at INTEGER,
    completed_at INTEGER,
    cancelled    INTEGER NOT NULL CHECK (cancelled IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX supersessions_due ON supersessions (effective_at) WHERE completed_at IS NULL AND cancelled = 0;

CREATE TABLE marks (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL CHECK (length(CAST(value AS BLOB)) <= 4096)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_chains (
    id   INTEGER NOT NULL PRIMARY KEY,
    name TEXT    NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64)
) STRICT;

-- `canonical` is what the hash covers; the four columns before it repeat members of it for searching, and a verification compares them.
CREATE TABLE audit_records (
    chain_id   INTEGER NOT NULL REFERENCES audit_chains (id) DEFERRABLE INITIALLY DEFERRED,
    sequence   INTEGER NOT NULL CHECK (sequence > 0),
    at         INTEGER NOT NULL,
    event      TEXT    NOT NULL,
    subject    TEXT,
    session_id TEXT,
    hash       BLOB    NOT NULL CHECK (length(hash) = 32),
    canonical  BLOB    NOT NULL,
    PRIMARY KEY (chain_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_records_by_time ON audit_records (at);

CREATE TABLE audit_checkpoints (
    chain_id  INTEGER NOT NULL REFERENCES audit_chains (id),
    sequence  INTEGER NOT NULL CHECK (sequence > 0),
    statement TEXT    NOT NULL,
    PRIMARY KEY (chain_id, sequence)
) STRICT, WITHOUT ROWID;

-- What was recorded stays as it was recorded, and what is new comes after it. REPLACE deletes without a trigger, hence the first one.
CREATE TRIGGER audit_records_are_appended BEFORE INSERT ON audit_records
WHEN NEW.sequence <> 1 + COALESCE((SELECT MAX(sequence) FROM audit_records WHERE chain_id = NEW.chain_id), 0)
BEGIN SELECT RAISE(FAIL, 'audit records are append-only'); END;
CREATE TRIGGER audit_records_are_not_updated BEFORE UPDATE ON audit_records
BEGIN SELECT RAISE(FAIL, 'audit records are append-only'); END;
CREATE TRIGGER audit_records_are_not_deleted BEFORE DELETE ON audit_records
BEGIN SELECT RAISE(FAIL, 'audit records are append-only'); END;
CREATE TRIGGER audit_chains_are_not_updated BEFORE UPDATE ON audit_chains
BEGIN SELECT RAISE(FAIL, 'audit chains are append-only'); END;
CREATE TRIGGER audit_chains_are_not_deleted BEFORE DELETE ON audit_chains
BEGIN SELECT RAISE(FAIL, 'audit chains are append-only'); END;
CREATE TRIGGER audit_checkpoints_are_not_updated BEFORE UPDATE ON audit_checkpoints
BEGIN SELECT RAISE(FAIL, 'audit checkpoints are append-only'); END;
CREATE TRIGGER audit_checkpoints_are_not_deleted BEFORE DELETE ON audit_checkpoints
BEGIN SELECT RAISE(FAIL, 'audit checkpoints are append-only'); END;
CREATE TRIGGER session_outcomes_are_not_updated BEFORE UPDATE ON session_outcomes
BEGIN SELECT RAISE(FAIL, 'session outcomes are append-only'); END;
