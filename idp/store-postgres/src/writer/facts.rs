//! What a batch depends on, asked and held in one statement.
//!
//! The rows that the batch will write are locked against other writers, and those that only admit it against change, in the order of their
//! tables and keys, which is everybody's. Whoever waits for a lock reads what the other one wrote. What must not be there yet is not locked
//! but unique.

use std::fmt::Write;
use std::sync::Arc;

use idp_store::batch::{Facts, Known, Questions};
use idp_store::durable::{ChainHead, Commit};
use idp_store::sql::{self, Columns, Hold, LOOKUPS, Lookup, hash, list, unsigned};
use sqlx::postgres::PgArguments;
use sqlx::{Arguments, AssertSqlSafe};

use super::session::Session;
use super::transaction::Stop;
use crate::connect::limited;
use crate::row::{Row, array, bind_arrays};

/// Beside the kinds of keys, the statement answers these.
const REVOCATION: usize = LOOKUPS.len();
const CHAIN: usize = REVOCATION + 1;

impl Session {
    /// Asks for all that the batch depends on and where the chain ends.
    pub(super) async fn ask<'a>(&mut self, commits: &'a [Commit]) -> Result<Known<'a>, Stop> {
        let questions = Questions::of(commits);
        let mut arguments = PgArguments::default();
        arguments.add(self.chain_id).map_err(sqlx::Error::Encode)?;
        let (mut held, mut answers) = (Vec::new(), Vec::new());
        let mut place = 2;
        for ((kind, lookup), keys) in LOOKUPS.iter().enumerate().zip(questions.kinds()) {
            if keys.is_empty() {
                continue;
            }
            held.push(format!("k{kind} AS ({})", part(lookup, place)));
            answers.push(format!(
                "SELECT {kind}::bigint AS kind, place, state, NULL::bytea AS hash FROM k{kind}"
            ));
            let values: Vec<_> = keys.iter().flat_map(sql::values).collect();
            let kinds = lookup.columns.iter().map(|(_, kind)| *kind);
            bind_arrays(&mut arguments, kinds, &values)?;
            place += lookup.columns.len();
        }
        held.push(format!("chain AS ({})", sql::CHAIN_HEAD));
        answers.push(format!(
            "SELECT {REVOCATION}::bigint AS kind, 0::bigint AS place, COALESCE(MAX(sequence), 0) AS state, NULL::bytea AS hash
             FROM token_revocations"
        ));
        answers.push(format!(
            "SELECT {CHAIN}::bigint, 0::bigint, sequence, hash FROM chain"
        ));
        let text = format!("WITH {} {}", held.join(", "), answers.join(" UNION ALL "));
        let text: Arc<str> = text.into();
        let query = sqlx::query_with(AssertSqlSafe(text), arguments);
        let rows = limited(self.patience, query.fetch_all(&mut self.connection)).await?;
        self.known(&questions, rows.into_iter().map(Row))
    }

    fn known<'a>(
        &self,
        questions: &Questions<'a>,
        rows: impl Iterator<Item = Row>,
    ) -> Result<Known<'a>, Stop> {
        let mut known = Known {
            facts: Facts::default(),
            revocation: 0,
            head: ChainHead::empty(self.chain.as_str()),
        };
        for row in rows {
            read(&mut known, questions, &row).map_err(Stop::Refused)?;
        }
        Ok(known)
    }
}

fn read<'a, R: Columns>(
    known: &mut Known<'a>,
    questions: &Questions<'a>,
    row: &R,
) -> Result<(), idp_store::StoreError> {
    match unsigned(row, "kind")? {
        REVOCATION => known.revocation = unsigned(row, "state")?,
        CHAIN => {
            known.head.sequence = unsigned(row, "state")?;
            known.head.hash = hash(row, "hash")?;
        }
        kind => {
            if let Some(key) = questions.key(kind, unsigned(row, "place")?) {
                known.facts.insert(key, unsigned(row, "state")?);
            }
        }
    }
    Ok(())
}

/// The rows of the keys of one kind, whose arrays begin at a place.
fn part(lookup: &Lookup, first: usize) -> String {
    let mut text = String::new();
    let arrays = lookup.columns.iter().zip(first..);
    let arrays: Vec<_> = arrays
        .map(|((_, kind), place)| format!("${place}::{}", array(*kind)))
        .collect();
    let names = list(lookup.columns.iter().map(|(name, _)| *name));
    let conditions: Vec<_> = lookup
        .columns
        .iter()
        .map(|(name, _)| format!("t.{name} = j.{name}"))
        .collect();
    let lock = match lookup.hold {
        Hold::Unique => "",
        Hold::Unchanged => " ORDER BY j.ordinal FOR SHARE OF t",
        Hold::Owned => " ORDER BY j.ordinal FOR NO KEY UPDATE OF t",
    };
    let state = match lookup.state {
        "1" => "1::bigint".to_owned(),
        column => format!("t.{column}"),
    };
    // A text takes whatever is written to it.
    let _ = write!(
        text,
        "SELECT j.ordinal - 1 AS place, {state} AS state
         FROM UNNEST({}) WITH ORDINALITY AS j ({names}, ordinal) JOIN {} AS t ON {}{lock}",
        arrays.join(", "),
        lookup.table,
        conditions.join(" AND "),
    );
    text
}
