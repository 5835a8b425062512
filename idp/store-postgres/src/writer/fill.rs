//! Everything that a batch adds, in one statement: a table, an `INSERT` or `UPDATE` over arrays.

use std::sync::Arc;

use idp_store::StoreError;
use idp_store::sql::{Filled, Table, Write, list};
use sqlx::postgres::PgArguments;
use sqlx::{Arguments, AssertSqlSafe, Row as _};

use super::session::{Overtaken, Session};
use super::transaction::Stop;
use crate::connect::limited;
use crate::listener::CHANNEL;
use crate::row::{array, bind_columns};

impl Session {
    /// Adds the rows, counts the batch, and tells the other instances what to forget.
    pub(super) async fn fill(&mut self, filled: &[Filled<'_>], notice: Option<String>) -> Result<(), Stop> {
        let mut arguments = PgArguments::default();
        let add =
            |arguments: &mut PgArguments, number: i64| arguments.add(number).map_err(sqlx::Error::Encode);
        add(&mut arguments, self.chain_id)?;
        add(&mut arguments, self.batch + 1)?;
        let mut parts = vec![
            "counted AS (UPDATE writers SET batch = $2 WHERE chain_id = $1 AND batch = $2 - 1 RETURNING 1)"
                .to_owned(),
        ];
        let mut sums = vec!["(SELECT COUNT(*) FROM counted)".to_owned()];
        let (mut place, mut expected) = (3, 1);
        for (number, filled) in filled.iter().enumerate() {
            let text = match filled.write {
                Write::Add => insert(filled.table, place),
                Write::Change => update(filled.table, place),
            };
            parts.push(format!("w{number} AS ({text} RETURNING 1)"));
            sums.push(format!("(SELECT COUNT(*) FROM w{number})"));
            bind_columns(&mut arguments, filled)?;
            place += filled.table.columns.len();
            expected += filled.rows();
        }
        let told = notice
            .as_ref()
            .map(|_| format!(", pg_notify('{CHANNEL}', ${place})"));
        if let Some(notice) = notice {
            arguments.add(notice).map_err(sqlx::Error::Encode)?;
        }
        let text = format!(
            "WITH {} SELECT {} AS written{}",
            parts.join(", "),
            sums.join(" + "),
            told.unwrap_or_default()
        );
        let text: Arc<str> = text.into();
        let query = sqlx::query_with(AssertSqlSafe(text), arguments);
        let row = limited(self.patience, query.fetch_one(&mut self.connection)).await?;
        let written: i64 = row.try_get("written")?;
        if usize::try_from(written) != Ok(expected) {
            return Err(Stop::Raced(StoreError::new(Overtaken)));
        }
        Ok(())
    }

    /// What a question without places answers.
    pub(super) async fn is_true(&mut self, text: &'static str) -> Result<bool, Stop> {
        let answer = sqlx::query_scalar(text).fetch_one(&mut self.connection);
        Ok(limited(self.patience, answer).await?)
    }
}

/// The arrays of a table's columns, from a place on.
fn arrays(table: &Table, first: usize) -> String {
    let arrays = table.columns.iter().zip(first..);
    let arrays: Vec<_> = arrays
        .map(|((_, kind), place)| format!("${place}::{}", array(*kind)))
        .collect();
    arrays.join(", ")
}

fn insert(table: &Table, first: usize) -> String {
    let (name, columns) = (table.name, table.column_list());
    format!(
        "INSERT INTO {name} ({columns}) SELECT * FROM UNNEST({})",
        arrays(table, first)
    )
}

fn update(table: &Table, first: usize) -> String {
    let (name, columns) = (table.name, table.column_list());
    let changes = table
        .changing
        .iter()
        .map(|column| format!("{column} = new.{column}"));
    let changes: Vec<_> = changes.collect();
    let key = table
        .key_columns()
        .map(|column| format!("old.{column} = new.{column}"));
    let key: Vec<_> = key.collect();
    format!(
        "UPDATE {name} AS old SET {} FROM UNNEST({}) AS new ({columns}) WHERE {}",
        list(changes.iter().map(String::as_str)),
        arrays(table, first),
        key.join(" AND "),
    )
}
