-- Documents that instances share, each sealed by who wrote it: the key ring.

CREATE TABLE sealed_documents (
    name    TEXT    NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    sealed  BLOB    NOT NULL CHECK (length(sealed) <= 1048576)
) STRICT;
