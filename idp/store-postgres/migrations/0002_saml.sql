-- Service providers of the SAML identity provider.

CREATE TABLE service_providers (
    entity_id text COLLATE "C" NOT NULL PRIMARY KEY CHECK (octet_length(entity_id) <= 2048),
    version   bigint NOT NULL CHECK (version > 0),
    document  text   NOT NULL CHECK (octet_length(document) <= 1048576)
);
