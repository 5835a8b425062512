//! What goes into PostgreSQL and comes out of it.

use std::sync::Arc;

use idp_store::StoreError;
use idp_store::sql::{Columns, Filled, Kind, Statement, Value};
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Arguments, AssertSqlSafe, Decode, Postgres, Row as _, Type};

/// A row of PostgreSQL.
pub struct Row(pub(crate) PgRow);

impl Row {
    fn get<'r, T>(&'r self, name: &'static str) -> Result<T, StoreError>
    where
        T: Decode<'r, Postgres> + Type<Postgres>,
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

/// A statement, ready to be run.
pub(crate) fn query(statement: &Statement<'_>) -> Result<Query<'static, Postgres, PgArguments>, sqlx::Error> {
    let mut arguments = PgArguments::default();
    for value in &statement.values {
        let added = match value {
            Value::Text(text) => arguments.add(text.as_deref()),
            Value::Integer(number) => arguments.add(*number),
            Value::Octets(octets) => arguments.add(octets.as_deref()),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    let text: Arc<str> = statement.text.as_ref().into();
    Ok(sqlx::query_with(AssertSqlSafe(text), arguments))
}

/// Adds the columns of a table's rows, each an array.
pub(crate) fn bind_columns(arguments: &mut PgArguments, filled: &Filled<'_>) -> Result<(), sqlx::Error> {
    let kinds = filled.table.columns.iter().map(|(_, kind)| *kind);
    bind_arrays(arguments, kinds, &filled.values)
}

/// Adds rows of these kinds of values, column by column.
pub(crate) fn bind_arrays(
    arguments: &mut PgArguments,
    kinds: impl ExactSizeIterator<Item = Kind>,
    values: &[Value<'_>],
) -> Result<(), sqlx::Error> {
    let width = kinds.len();
    for (place, kind) in kinds.enumerate() {
        let column = values.iter().skip(place).step_by(width);
        let added: Result<(), BoxDynError> = match kind {
            Kind::Text => arguments.add(column.map(text).collect::<Vec<_>>()),
            Kind::Integer => arguments.add(column.map(integer).collect::<Vec<_>>()),
            Kind::Octets => arguments.add(column.map(octets).collect::<Vec<_>>()),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    Ok(())
}

/// The type of an array of such values.
pub(crate) const fn array(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text[]",
        Kind::Integer => "bigint[]",
        Kind::Octets => "bytea[]",
    }
}

fn text<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    match value {
        Value::Text(text) => text.as_deref(),
        _ => None,
    }
}

const fn integer(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Integer(number) => *number,
        _ => None,
    }
}

fn octets<'v>(value: &'v Value<'_>) -> Option<&'v [u8]> {
    match value {
        Value::Octets(octets) => octets.as_deref(),
        _ => None,
    }
}
