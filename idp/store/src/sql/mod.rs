//! The durable store in SQL, as far as engines read it alike: tables, texts, rows, and [`Engine`], which makes a
//! [`DurableStore`](crate::DurableStore) of a database's few words. An engine adds how it connects, how it asks for what a batch depends
//! on ([`LOOKUPS`]) and how it adds many rows at once ([`filled`]).
//!
//! The texts are what SQLite and PostgreSQL have in common. Numbers, flags and times are whole numbers in both, texts compare octet by
//! octet, and `rowid` is the order in which rows came.

mod bulk;
mod change;
mod content;
mod credential;
mod engine;
mod lookup;
mod prune;
mod read;
mod statement;
mod table;
mod value;

pub use bulk::{Filled, Write, filled};
pub use change::statements;
pub use content::{Content, Page, TableCopy};
pub use engine::{Dialect, Engine};
pub use lookup::{Hold, LOOKUPS, Lookup, values};
pub use prune::prune;
pub use statement::Statement;
pub use table::{
    AUDIT_RECORDS, BROWSER_SESSIONS, CONSUMPTIONS, GRANTS, SESSION_OUTCOMES, TABLES, TOKEN_STATUSES, Table,
    list,
};
pub use value::{Columns, Kind, Value, hash, integer, unsigned};

use crate::durable::Checkpoint;

/// The last record of a chain, whose id stands at `$1`: `sequence` and `hash`.
pub const CHAIN_HEAD: &str =
    "SELECT sequence, hash FROM audit_records WHERE chain_id = $1 ORDER BY sequence DESC LIMIT 1";

/// Registers the chain whose name stands at `$1`.
pub const ADD_CHAIN: &str = "INSERT INTO audit_chains (name) VALUES ($1) ON CONFLICT DO NOTHING";

/// The `id` of the chain whose name stands at `$1`.
pub const CHAIN_ID: &str = "SELECT id FROM audit_chains WHERE name = $1";

/// The longest name of a chain, in bytes.
pub const CHAIN_LIMIT: usize = 64;

/// Stores a checkpoint.
pub fn put_checkpoint(checkpoint: &Checkpoint) -> Statement<'_> {
    let put = Statement::new(
        "INSERT INTO audit_checkpoints (chain_id, sequence, statement)
         SELECT id, $2, $3 FROM audit_chains WHERE name = $1",
        vec![
            checkpoint.chain.as_str().into(),
            checkpoint.sequence.into(),
            checkpoint.statement.as_str().into(),
        ],
    );
    put.must_write()
}
