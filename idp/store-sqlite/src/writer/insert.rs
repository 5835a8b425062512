//! Many rows in few statements.

use std::sync::Arc;

use idp_store::StoreError;
use sqlx::error::BoxDynError;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Encode, Sqlite, Type};

use super::WriteTransaction;
use crate::row::failed;

/// So many rows at the most in one statement.
const LARGEST: usize = 128;

/// One `INSERT` for 128, 64, ... 1 rows: few texts, so that each stays prepared.
pub(super) struct Insert {
    texts: Vec<(usize, Arc<str>)>,
}

impl Insert {
    /// `head` is the statement up to `VALUES`.
    pub(super) fn new(head: &str, columns: usize) -> Self {
        let row = format!("({})", vec!["?"; columns].join(","));
        let sizes = std::iter::successors(Some(LARGEST), |size| (*size > 1).then_some(size / 2));
        let text = |size| format!("{head} VALUES {}", vec![row.as_str(); size].join(",")).into();
        Self {
            texts: sizes.map(|size| (size, text(size))).collect(),
        }
    }

    /// Inserts the rows, in order.
    pub(super) async fn run<T: Sync>(
        &self,
        transaction: &mut WriteTransaction<'_>,
        rows: &[T],
        bind: impl Fn(&mut Binder, &T) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut rest = rows;
        for (size, text) in &self.texts {
            while let Some((chunk, after)) = rest.split_at_checked(*size) {
                let mut binder = Binder::default();
                chunk.iter().try_for_each(|row| bind(&mut binder, row))?;
                let statement = AssertSqlSafe(Arc::clone(text));
                let query = sqlx::query_with(statement, binder.arguments);
                query.execute(&mut **transaction).await.map_err(failed)?;
                rest = after;
            }
        }
        Ok(())
    }
}

/// Collects the values of rows.
#[derive(Default)]
pub(super) struct Binder {
    arguments: SqliteArguments,
}

impl Binder {
    pub(super) fn bind<'q, T>(&mut self, value: T) -> Result<&mut Self, StoreError>
    where
        T: Encode<'q, Sqlite> + Type<Sqlite>,
    {
        self.arguments
            .add(value)
            .map_err(|error: BoxDynError| StoreError::new(error))?;
        Ok(self)
    }
}
