-- Records of the OpenID Provider, and tokens that speak for nobody or stand under a grant.
--
-- A token has no index by holder or by grant: each would cost every login a page of the log. A revocation is a row of its own in place of
-- that: it revokes the tokens that match it and were issued before it, which a reader sees by comparing two numbers.

CREATE TABLE token_statuses_2 (
    list             INTEGER NOT NULL,
    place            INTEGER NOT NULL,
    token_id         TEXT,
    device_id        TEXT,
    grant_id         TEXT,
    -- The last revocation, of whatever, before it was issued.
    after_revocation INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    revoked          INTEGER NOT NULL CHECK (revoked IN (0, 1)),
    PRIMARY KEY (list, place),
    CHECK ((token_id IS NULL) = (device_id IS NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO token_statuses_2 (list, place, token_id, device_id, after_revocation, expires_at, revoked)
SELECT list, place, token_id, device_id, 0, expires_at, revoked FROM token_statuses;
DROP TABLE token_statuses;
ALTER TABLE token_statuses_2 RENAME TO token_statuses;
CREATE INDEX token_statuses_by_expiry ON token_statuses (expires_at);

-- `sequence` counts up for ever, which is why the last row stays. A revocation is forgotten with the last token that it may concern.
CREATE TABLE token_revocations (
    sequence   INTEGER NOT NULL CHECK (sequence > 0),
    token_id   TEXT,
    device_id  TEXT,
    grant_id   TEXT,
    expires_at INTEGER NOT NULL,
    CHECK (token_id IS NULL OR grant_id IS NULL)
) STRICT;
CREATE INDEX token_revocations_by_sequence ON token_revocations (sequence);
CREATE INDEX token_revocations_by_holder ON token_revocations (token_id, sequence);
CREATE INDEX token_revocations_by_grant ON token_revocations (grant_id, sequence);
CREATE INDEX token_revocations_by_expiry ON token_revocations (expires_at);

CREATE TABLE clients (
    client_id TEXT    NOT NULL PRIMARY KEY,
    version   INTEGER NOT NULL CHECK (version > 0),
    document  TEXT    NOT NULL CHECK (length(document) <= 262144)
) STRICT;

-- A new version changes `version`, `revoked_at` and the document alone: a refresh touches no index.
CREATE TABLE grants (
    grant_id   TEXT    NOT NULL PRIMARY KEY,
    version    INTEGER NOT NULL CHECK (version > 0),
    client_id  TEXT    NOT NULL,
    token_id   TEXT    NOT NULL,
    device_id  TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    document   TEXT    NOT NULL CHECK (length(document) <= 65536)
) STRICT;
CREATE INDEX grants_by_holder ON grants (token_id);
CREATE INDEX grants_by_client ON grants (client_id);
CREATE INDEX grants_by_expiry ON grants (expires_at);

CREATE TABLE browser_sessions (
    id         TEXT    NOT NULL PRIMARY KEY CHECK (length(CAST(id AS BLOB)) <= 256),
    version    INTEGER NOT NULL CHECK (version > 0),
    token_id   TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at   INTEGER,
    document   TEXT    NOT NULL CHECK (length(document) <= 262144)
) STRICT;
CREATE INDEX browser_sessions_by_holder ON browser_sessions (token_id) WHERE ended_at IS NULL;
CREATE INDEX browser_sessions_due ON browser_sessions (expires_at) WHERE ended_at IS NULL;
CREATE INDEX browser_sessions_by_end ON browser_sessions (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE logout_deliveries (
    id         TEXT    NOT NULL PRIMARY KEY CHECK (length(CAST(id AS BLOB)) <= 256),
    client_id  TEXT    NOT NULL,
    due_at     INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    document   TEXT    NOT NULL CHECK (length(document) <= 16384)
) STRICT;
CREATE INDEX logout_deliveries_due ON logout_deliveries (due_at);
CREATE INDEX logout_deliveries_by_expiry ON logout_deliveries (expires_at);
CREATE INDEX logout_deliveries_by_client ON logout_deliveries (client_id);

CREATE TABLE account_links (
    kind       TEXT    NOT NULL CHECK (kind IN ('address', 'foreign')),
    key        TEXT    NOT NULL CHECK (length(CAST(key AS BLOB)) <= 256),
    client_id  TEXT    NOT NULL,
    token_id   TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    document   TEXT    NOT NULL CHECK (length(document) <= 16384),
    PRIMARY KEY (kind, key, client_id)
) STRICT;
CREATE INDEX account_links_by_holder ON account_links (token_id);
CREATE INDEX account_links_by_client ON account_links (client_id);
