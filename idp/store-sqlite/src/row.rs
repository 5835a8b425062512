//! What goes into SQLite and comes out of it.

use std::sync::Arc;

use idp_store::StoreError;
use idp_store::sql::{Columns, Statement, Value};
use sqlx::error::BoxDynError;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteQueryResult, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Decode, Row as _, Sqlite, SqliteConnection, Type};

/// A row of SQLite.
pub struct Row(pub(crate) SqliteRow);

impl Row {
    fn get<'r, T>(&'r self, name: &'static str) -> Result<T, StoreError>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite>,
    {
        self.0.try_get(name).map_err(failed)
    }
}

impl Columns for Row {
    fn optional_text(&self, name: &'static str) -> Result<Option<String>, StoreError> {
        self.get(name)
    }

    fn optional_integer(&self, name: &'static str) -> Result<Option<i64>, StoreError> {
        self.get(name)
    }

    fn optional_octets(&self, name: &'static str) -> Result<Option<Vec<u8>>, StoreError> {
        self.get(name)
    }
}

/// Every failure of the engine is one of the store.
pub(crate) fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::new(error)
}

/// Adds a value for the next place.
pub(crate) fn bind(arguments: &mut SqliteArguments, value: Value<'_>) -> Result<(), StoreError> {
    let added: Result<(), BoxDynError> = match value {
        Value::Text(text) => arguments.add(text.map(std::borrow::Cow::into_owned)),
        Value::Integer(number) => arguments.add(number),
        Value::Octets(octets) => arguments.add(octets.map(std::borrow::Cow::into_owned)),
    };
    added.map_err(failed)
}

/// A statement, ready to be run.
pub(crate) fn query(statement: Statement<'_>) -> Result<Query<'static, Sqlite, SqliteArguments>, StoreError> {
    let mut arguments = SqliteArguments::default();
    for value in statement.values {
        bind(&mut arguments, value)?;
    }
    let text: Arc<str> = statement.text.into();
    Ok(sqlx::query_with(AssertSqlSafe(text), arguments))
}

/// A statement that must have written a row, and has not.
#[derive(Debug, thiserror::Error)]
#[error("the row is not there any more")]
struct NothingWritten;

/// Runs a statement that answers no rows.
pub(crate) async fn execute(
    connection: &mut SqliteConnection,
    statement: Statement<'_>,
) -> Result<SqliteQueryResult, StoreError> {
    let must_write = statement.must_write;
    let done = query(statement)?.execute(connection).await.map_err(failed)?;
    if must_write && done.rows_affected() == 0 {
        return Err(failed(NothingWritten));
    }
    Ok(done)
}
