//! The tables, as every engine has them: names, columns in the order in which they are written, and the kinds of these.

use super::value::Kind::{self, Integer, Octets, Text};

/// A table.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns. The first ones are its primary key.
    pub columns: &'static [(&'static str, Kind)],
    /// How many columns make the key.
    pub key: usize,
    /// Which columns a later version of a row changes, as far as rows are written many at once; none where rows are only added.
    pub changing: &'static [&'static str],
    /// Whether its rows have a `rowid`, which is the order in which they came.
    pub has_rowid: bool,
}

impl Table {
    const fn new(name: &'static str, key: usize, columns: &'static [(&'static str, Kind)]) -> Self {
        let changing: &[&str] = &[];
        Self {
            name,
            columns,
            key,
            changing,
            has_rowid: false,
        }
    }

    const fn with_rowid(self) -> Self {
        Self {
            has_rowid: true,
            ..self
        }
    }

    const fn changing(self, changing: &'static [&'static str]) -> Self {
        Self { changing, ..self }
    }

    /// The names of the columns, for a statement.
    pub fn column_list(&self) -> String {
        list(self.columns.iter().map(|(name, _)| *name))
    }

    /// The names of the key's columns.
    pub fn key_columns(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.columns.iter().take(self.key).map(|(name, _)| *name)
    }
}

/// Names with commas between them.
pub fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// Used identifiers.
pub static CONSUMPTIONS: Table = Table::new(
    "consumptions",
    2,
    &[("kind", Text), ("id", Text), ("expires_at", Integer)],
);

/// Ended approval sessions.
pub static SESSION_OUTCOMES: Table = Table::new(
    "session_outcomes",
    1,
    &[
        ("session_id", Text),
        ("token_id", Text),
        ("service_id", Text),
        ("status", Text),
        ("initiated_at", Integer),
        ("resolved_at", Integer),
    ],
);

/// Tokens' places in status lists.
pub static TOKEN_STATUSES: Table = Table::new(
    "token_statuses",
    2,
    &[
        ("list", Integer),
        ("place", Integer),
        ("token_id", Text),
        ("device_id", Text),
        ("grant_id", Text),
        ("sid", Text),
        ("after_revocation", Integer),
        ("expires_at", Integer),
        ("revoked", Integer),
    ],
);

/// Grants. To whom it was given, by whom and until when never changes: a refresh touches no index.
pub static GRANTS: Table = Table::new(
    "grants",
    1,
    &[
        ("grant_id", Text),
        ("version", Integer),
        ("client_id", Text),
        ("token_id", Text),
        ("device_id", Text),
        ("expires_at", Integer),
        ("revoked_at", Integer),
        ("document", Text),
    ],
)
.with_rowid()
.changing(&["version", "revoked_at", "document"]);

/// Browsers' sessions.
pub static BROWSER_SESSIONS: Table = Table::new(
    "browser_sessions",
    1,
    &[
        ("id", Text),
        ("version", Integer),
        ("token_id", Text),
        ("expires_at", Integer),
        ("ended_at", Integer),
        ("document", Text),
    ],
)
.with_rowid()
.changing(&["version", "token_id", "expires_at", "ended_at", "document"]);

/// Audit records.
pub static AUDIT_RECORDS: Table = Table::new(
    "audit_records",
    2,
    &[
        ("chain_id", Integer),
        ("sequence", Integer),
        ("at", Integer),
        ("event", Text),
        ("subject", Text),
        ("session_id", Text),
        ("hash", Octets),
        ("canonical", Octets),
    ],
);

static HOLDERS: Table = Table::new(
    "holders",
    1,
    &[
        ("token_id", Text),
        ("version", Integer),
        ("revoked", Integer),
        ("document", Text),
    ],
);

static DEVICES: Table = Table::new(
    "devices",
    2,
    &[
        ("token_id", Text),
        ("device_id", Text),
        ("fingerprint", Octets),
        ("trust_level", Integer),
        ("revoked", Integer),
        ("active", Integer),
    ],
);

static SERVICES: Table = Table::new(
    "services",
    1,
    &[("service_id", Text), ("version", Integer), ("document", Text)],
);

/// It has no key of its own.
static TOKEN_REVOCATIONS: Table = Table::new(
    "token_revocations",
    0,
    &[
        ("sequence", Integer),
        ("token_id", Text),
        ("device_id", Text),
        ("grant_id", Text),
        ("sid", Text),
        ("expires_at", Integer),
    ],
)
.with_rowid();

static ENROLMENT_CODES: Table = Table::new(
    "enrolment_codes",
    1,
    &[
        ("digest", Text),
        ("token_id", Text),
        ("issued_by", Text),
        ("expires_at", Integer),
    ],
);

static SUBJECT_KEYS: Table = Table::new("subject_keys", 1, &[("reference", Text), ("sealed", Octets)]);

static SUPERSESSIONS: Table = Table::new(
    "supersessions",
    1,
    &[
        ("token_id", Text),
        ("version", Integer),
        ("by_token_id", Text),
        ("requested_by", Text),
        ("confirmed_by", Text),
        ("requested_at", Integer),
        ("effective_at", Integer),
        ("completed_at", Integer),
        ("cancelled", Integer),
    ],
);

static MARKS: Table = Table::new("marks", 1, &[("name", Text), ("value", Text)]);

static SEALED_DOCUMENTS: Table = Table::new(
    "sealed_documents",
    1,
    &[("name", Text), ("version", Integer), ("sealed", Octets)],
);

static CREDENTIAL_STATUSES: Table = Table::new(
    "credential_statuses",
    2,
    &[
        ("list", Integer),
        ("place", Integer),
        ("issuance_id", Text),
        ("token_id", Text),
        ("device_id", Text),
        ("configuration", Text),
        ("issued_at", Integer),
        ("expires_at", Integer),
        ("revoked_at", Integer),
    ],
);

static CLIENTS: Table = Table::new(
    "clients",
    1,
    &[("client_id", Text), ("version", Integer), ("document", Text)],
);

static SERVICE_PROVIDERS: Table = Table::new(
    "service_providers",
    1,
    &[("entity_id", Text), ("version", Integer), ("document", Text)],
);

static LOGOUT_DELIVERIES: Table = Table::new(
    "logout_deliveries",
    1,
    &[
        ("id", Text),
        ("client_id", Text),
        ("due_at", Integer),
        ("expires_at", Integer),
        ("document", Text),
    ],
)
.with_rowid();

static ACCOUNT_LINKS: Table = Table::new(
    "account_links",
    3,
    &[
        ("kind", Text),
        ("key", Text),
        ("client_id", Text),
        ("token_id", Text),
        ("created_at", Integer),
        ("document", Text),
    ],
)
.with_rowid();

static AUDIT_CHAINS: Table = Table::new("audit_chains", 1, &[("id", Integer), ("name", Text)]);

static AUDIT_CHECKPOINTS: Table = Table::new(
    "audit_checkpoints",
    2,
    &[("chain_id", Integer), ("sequence", Integer), ("statement", Text)],
);

/// Every table, those that others refer to first.
pub static TABLES: [&Table; 22] = [
    &HOLDERS,
    &DEVICES,
    &SERVICES,
    &CONSUMPTIONS,
    &SESSION_OUTCOMES,
    &TOKEN_STATUSES,
    &TOKEN_REVOCATIONS,
    &CREDENTIAL_STATUSES,
    &ENROLMENT_CODES,
    &SUBJECT_KEYS,
    &SUPERSESSIONS,
    &MARKS,
    &SEALED_DOCUMENTS,
    &CLIENTS,
    &SERVICE_PROVIDERS,
    &GRANTS,
    &BROWSER_SESSIONS,
    &LOGOUT_DELIVERIES,
    &ACCOUNT_LINKS,
    &AUDIT_CHAINS,
    &AUDIT_RECORDS,
    &AUDIT_CHECKPOINTS,
];
