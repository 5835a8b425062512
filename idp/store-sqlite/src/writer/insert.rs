//! Many rows of many tables in one statement text: the connection's thread is woken once for all of them.

use std::sync::Arc;

use idp_store::StoreError;
use sqlx::error::BoxDynError;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Encode, Sqlite, SqliteConnection, Type};

use crate::row::failed;

/// So many rows at the most in one `INSERT`.
const LARGEST: usize = 128;

/// One `INSERT` for 1, 2, 4, ... 128 rows: few texts, so that each stays prepared. Places that are left over are rows of nulls, which the
/// `INSERT` passes over.
pub(super) struct Insert {
    columns: usize,
    texts: Vec<(usize, String)>,
}

impl Insert {
    /// `head` is the statement up to the rows; the first column is never null.
    pub(super) fn new(head: &str, columns: usize) -> Self {
        Self::with_conflicts(head, columns, "")
    }

    /// `tail` says what becomes of a row that is there already.
    pub(super) fn with_conflicts(head: &str, columns: usize, tail: &str) -> Self {
        let row = format!("({})", vec!["?"; columns].join(","));
        let sizes = std::iter::successors(Some(1), |size| (*size < LARGEST).then_some(size * 2));
        let text = |size| {
            let rows = vec![row.as_str(); size].join(",");
            format!("{head} SELECT * FROM (VALUES {rows}) WHERE column1 IS NOT NULL {tail};\n")
        };
        Self {
            columns,
            texts: sizes.map(|size| (size, text(size))).collect(),
        }
    }

    fn text(&self, rows: usize) -> Option<&(usize, String)> {
        self.texts.iter().find(|(size, _)| *size >= rows)
    }
}

/// Statements that are run together, in order, with their values.
#[derive(Default)]
pub(super) struct Script {
    text: String,
    arguments: SqliteArguments,
}

impl Script {
    /// Adds an `INSERT` of the rows, in order.
    pub(super) fn insert<T>(
        &mut self,
        insert: &Insert,
        rows: &[T],
        bind: impl Fn(&mut Self, &T) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        for chunk in rows.chunks(LARGEST) {
            let Some((size, text)) = insert.text(chunk.len()) else {
                return Err(StoreError::new("more rows than a statement has places"));
            };
            self.text.push_str(text);
            chunk.iter().try_for_each(|row| bind(self, row))?;
            for _ in 0..(size - chunk.len()) * insert.columns {
                self.bind(None::<i64>)?;
            }
        }
        Ok(())
    }

    /// Adds the value of the next place.
    pub(super) fn bind<'q, T>(&mut self, value: T) -> Result<&mut Self, StoreError>
    where
        T: Encode<'q, Sqlite> + Type<Sqlite>,
    {
        self.arguments
            .add(value)
            .map_err(|error: BoxDynError| StoreError::new(error))?;
        Ok(self)
    }

    /// Runs what was added, and then `COMMIT`. The first statement that fails is the last one that is tried.
    pub(super) async fn commit(mut self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        self.text.push_str("COMMIT");
        let text: Arc<str> = self.text.into();
        let query = sqlx::query_with(AssertSqlSafe(text), self.arguments);
        query.execute(connection).await.map(drop).map_err(failed)
    }
}
