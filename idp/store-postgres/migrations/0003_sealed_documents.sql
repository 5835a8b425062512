-- Documents that instances share, each sealed by who wrote it: the key ring.

CREATE TABLE sealed_documents (
    name    text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    sealed  bytea  NOT NULL CHECK (octet_length(sealed) <= 1048576)
);
