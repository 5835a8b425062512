-- Service providers of the SAML identity provider.

CREATE TABLE service_providers (
    entity_id TEXT    NOT NULL PRIMARY KEY CHECK (length(CAST(entity_id AS BLOB)) <= 2048),
    version   INTEGER NOT NULL CHECK (version > 0),
    document  TEXT    NOT NULL CHECK (length(document) <= 1048576)
) STRICT;
