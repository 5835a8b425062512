-- Copies of credentials: a place in a status list is given once and never again.

CREATE TABLE credential_statuses (
    list          bigint NOT NULL CHECK (list > 0),
    place         bigint NOT NULL CHECK (place >= 0),
    issuance_id   text COLLATE "C" NOT NULL CHECK (octet_length(issuance_id) BETWEEN 1 AND 128),
    token_id      text COLLATE "C" NOT NULL,
    device_id     text COLLATE "C" NOT NULL,
    configuration text COLLATE "C" NOT NULL CHECK (octet_length(configuration) BETWEEN 1 AND 128),
    issued_at     bigint NOT NULL,
    expires_at    bigint NOT NULL,
    revoked_at    bigint,
    PRIMARY KEY (list, place)
);
CREATE INDEX credential_statuses_by_issuance ON credential_statuses (issuance_id);
CREATE INDEX credential_statuses_by_holder ON credential_statuses (token_id);
CREATE INDEX credential_statuses_revoked ON credential_statuses (list, revoked_at) WHERE revoked_at IS NOT NULL;
