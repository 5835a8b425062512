-- Copies of credentials: a place in a status list is given once and never again.

CREATE TABLE credential_statuses (
    list          INTEGER NOT NULL CHECK (list > 0),
    place         INTEGER NOT NULL CHECK (place >= 0),
    issuance_id   TEXT    NOT NULL CHECK (length(CAST(issuance_id AS BLOB)) BETWEEN 1 AND 128),
    token_id      TEXT    NOT NULL,
    device_id     TEXT    NOT NULL,
    configuration TEXT    NOT NULL CHECK (length(CAST(configuration AS BLOB)) BETWEEN 1 AND 128),
    issued_at     INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    revoked_at    INTEGER,
    PRIMARY KEY (list, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX credential_statuses_by_issuance ON credential_statuses (issuance_id);
CREATE INDEX credential_statuses_by_holder ON credential_statuses (token_id);
CREATE INDEX credential_statuses_revoked ON credential_statuses (list, revoked_at) WHERE revoked_at IS NOT NULL;
