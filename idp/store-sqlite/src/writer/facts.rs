//! What a batch depends on, asked in one statement.

use std::fmt::Write;
use std::sync::Arc;

use idp_store::StoreError;
use idp_store::batch::{Known, Questions};
use idp_store::durable::{ChainHead, Commit};
use idp_store::sql::{self, LOOKUPS, Value, hash, integer, unsigned};
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::Chain;
use crate::row::{Row, failed};

/// Beside the kinds of keys, the statement answers these.
const DATA_VERSION: usize = LOOKUPS.len();
const REVOCATION: usize = DATA_VERSION + 1;
const CHAIN: usize = DATA_VERSION + 2;

/// Takes the write lock first. The keys of a kind are one JSON array, and `CROSS JOIN` makes SQLite take them one by one and look each
/// up by its primary key.
pub(super) fn statement() -> Arc<str> {
    let mut text = "BEGIN IMMEDIATE;\n".to_owned();
    for (kind, lookup) in LOOKUPS.iter().enumerate() {
        let is_one = lookup.columns.len() == 1;
        let value = |place| {
            if is_one {
                "j.value".to_owned()
            } else {
                format!("j.value ->> {place}")
            }
        };
        let places = lookup.columns.iter().enumerate();
        let conditions: Vec<_> = places
            .map(|(place, (name, _))| format!("t.{name} = {}", value(place)))
            .collect();
        // A text takes whatever is written to it.
        let _ = writeln!(
            text,
            "SELECT {kind} AS kind, j.key AS place, {} AS state, NULL AS hash
               FROM json_each(?{}) AS j CROSS JOIN {} AS t ON {}
             UNION ALL",
            lookup.state,
            kind + 1,
            lookup.table,
            conditions.join(" AND "),
        );
    }
    let _ = write!(
        text,
        "SELECT {DATA_VERSION}, 0, data_version, NULL FROM pragma_data_version
         UNION ALL SELECT {REVOCATION}, 0, COALESCE(MAX(sequence), 0), NULL FROM token_revocations
         UNION ALL SELECT {CHAIN}, 0, a.sequence, a.hash FROM ({}) AS a",
        sql::CHAIN_HEAD.replace("$1", &format!("?{}", LOOKUPS.len() + 1)),
    );
    text.into()
}

/// Begins the transaction, and asks for all that the batch depends on and where the chain ends. Beside it, the data version.
pub(super) async fn ask<'a>(
    connection: &mut SqliteConnection,
    statement: &Arc<str>,
    chain: &Chain,
    commits: &'a [Commit],
) -> Result<(Known<'a>, i64), StoreError> {
    let questions = Questions::of(commits);
    let mut query = sqlx::query(AssertSqlSafe(Arc::clone(statement)));
    for keys in questions.kinds() {
        let asked: Vec<_> = keys.iter().map(|key| json(sql::values(key))).collect();
        query = query.bind(serde_json::Value::Array(asked).to_string());
    }
    let rows = query.bind(chain.id).fetch_all(connection).await;
    let mut known = Known {
        facts: idp_store::batch::Facts::default(),
        revocation: 0,
        head: ChainHead::empty(chain.name.as_str()),
    };
    let mut data_version = 0;
    for row in rows.map_err(failed)?.into_iter().map(Row) {
        match unsigned(&row, "kind")? {
            DATA_VERSION => data_version = integer(&row, "state")?,
            REVOCATION => known.revocation = unsigned(&row, "state")?,
            CHAIN => {
                known.head.sequence = unsigned(&row, "state")?;
                known.head.hash = hash(&row, "hash")?;
            }
            kind => {
                if let Some(key) = questions.key(kind, unsigned(&row, "place")?) {
                    known.facts.insert(key, unsigned(&row, "state")?);
                }
            }
        }
    }
    Ok((known, data_version))
}

/// One value stands for itself, several are an array.
fn json(values: Vec<Value<'_>>) -> serde_json::Value {
    let mut plain: Vec<_> = values
        .into_iter()
        .map(|value| match value {
            Value::Text(text) => text.into(),
            Value::Integer(number) => number.into(),
            Value::Octets(_) => serde_json::Value::Null,
        })
        .collect();
    match plain.len() {
        1 => plain.pop().unwrap_or_default(),
        _ => plain.into(),
    }
}
