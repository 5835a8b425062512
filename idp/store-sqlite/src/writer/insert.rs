//! Many rows of many tables in one statement text: the connection's thread is woken once for all of them.

use std::collections::HashMap;
use std::sync::Arc;

use idp_store::StoreError;
use idp_store::sql::{self, Filled, Kind, Table, Value};
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::row::{bind, failed};

/// So many rows at the most in one `INSERT`.
const LARGEST: usize = 128;

/// One `INSERT` for 1, 2, 4, ... 128 rows: few texts, so that each stays prepared. Places that are left over are rows of nulls, which the
/// `INSERT` passes over.
struct Insert {
    texts: Vec<(usize, String)>,
}

impl Insert {
    /// The first column is never null. Where rows have versions, a later one is written over an earlier one.
    fn into(table: &Table) -> Self {
        let row = format!("({})", vec!["?"; table.columns.len()].join(","));
        let (verb, conflicts) = if table.changing.is_empty() {
            ("INSERT OR FAIL", String::new())
        } else {
            let changes = table
                .changing
                .iter()
                .map(|name| format!("{name} = excluded.{name}"));
            let changes: Vec<_> = changes.collect();
            let (key, changes) = (sql::list(table.key_columns()), changes.join(", "));
            ("INSERT", format!("ON CONFLICT ({key}) DO UPDATE SET {changes}"))
        };
        let head = format!("{verb} INTO {} ({})", table.name, table.column_list());
        let sizes = std::iter::successors(Some(1), |size| (*size < LARGEST).then_some(size * 2));
        let text = |size| {
            let rows = vec![row.as_str(); size].join(",");
            format!("{head} SELECT * FROM (VALUES {rows}) WHERE column1 IS NOT NULL {conflicts};\n")
        };
        Self {
            texts: sizes.map(|size| (size, text(size))).collect(),
        }
    }

    fn text(&self, rows: usize) -> Option<&(usize, String)> {
        self.texts.iter().find(|(size, _)| *size >= rows)
    }
}

/// The writer's `INSERT`s by their table.
#[derive(Default)]
pub(super) struct Inserts(HashMap<&'static str, Insert>);

/// Statements that are run together, in order, with their values.
#[derive(Default)]
pub(super) struct Script {
    text: String,
    arguments: SqliteArguments,
}

impl Script {
    /// Adds the rows of a table, in order.
    pub(super) fn fill(&mut self, inserts: &mut Inserts, filled: Filled<'_>) -> Result<(), StoreError> {
        let table = filled.table;
        let insert = inserts.0.entry(table.name).or_insert_with(|| Insert::into(table));
        let mut left = filled.rows();
        let mut values = filled.values.into_iter();
        while left > 0 {
            let rows = left.min(LARGEST);
            let Some((size, text)) = insert.text(rows) else {
                return Err(StoreError::new("more rows than a statement has places"));
            };
            self.text.push_str(text);
            for value in values.by_ref().take(rows * table.columns.len()) {
                bind(&mut self.arguments, value)?;
            }
            for _ in 0..(size - rows) * table.columns.len() {
                bind(&mut self.arguments, Value::null(Kind::Integer))?;
            }
            left -= rows;
        }
        Ok(())
    }

    /// Runs what was added, and then `COMMIT`. The first statement that fails is the last one that is tried.
    pub(super) async fn commit(mut self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        self.text.push_str("COMMIT");
        let text: Arc<str> = self.text.into();
        let query = sqlx::query_with(AssertSqlSafe(text), self.arguments);
        query.execute(connection).await.map(drop).map_err(failed)
    }
}
