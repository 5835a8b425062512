//! Queries. They see what was committed, never a batch half-way.

pub(super) mod audit;
pub(super) mod credentials;
pub(super) mod enrolment;
pub(super) mod federation;
pub(super) mod holders;
pub(super) mod outcomes;
pub(super) mod saml;
pub(super) mod services;
pub(super) mod supersessions;
pub(super) mod tokens;

use std::fmt::Write;
use std::hash::Hash;
use std::sync::Arc;

use super::engine::Engine;
use super::statement::Statement;
use super::value::{Value, unsigned};
use crate::cache::Cache;
use crate::durable::{Listing, Page};
use crate::{StoreError, Versioned};

/// The most rows of a page.
const PAGE_LIMIT: u32 = 100;

/// Whether the engine answers.
pub(super) async fn ping<E: Engine>(engine: &E) -> Result<(), StoreError> {
    let query = Statement::new("SELECT 1 FROM audit_chains LIMIT 1", Vec::new());
    engine.rows(query).await.map(drop)
}

/// All rows, parsed.
async fn all<E: Engine, T>(
    engine: &E,
    text: &'static str,
    values: Vec<Value<'_>>,
    parse: impl Fn(&E::Row) -> Result<T, StoreError> + Send,
) -> Result<Vec<T>, StoreError> {
    let rows = engine.rows(Statement::new(text, values)).await?;
    rows.iter().map(parse).collect()
}

/// The first row, parsed.
async fn first<E: Engine, T>(
    engine: &E,
    text: &'static str,
    values: Vec<Value<'_>>,
    parse: impl Fn(&E::Row) -> Result<T, StoreError> + Send,
) -> Result<Option<T>, StoreError> {
    let rows = engine.rows(Statement::new(text, values)).await?;
    rows.first().map(parse).transpose()
}

/// The record from the cache, or what the query finds, kept if it may be.
async fn cached<K, V>(
    cache: &Cache<K, V>,
    key: K,
    query: impl Future<Output = Result<Option<Versioned<V>>, StoreError>> + Send,
) -> Result<Option<Arc<Versioned<V>>>, StoreError>
where
    K: Hash + Eq + Send,
    V: Send + Sync,
{
    if let Some(kept) = cache.read(&key) {
        return Ok(Some(kept));
    }
    let began = cache.generation();
    let Some(found) = query.await? else {
        return Ok(None);
    };
    let record = Arc::new(found);
    cache.keep(key, &record, began);
    Ok(Some(record))
}

/// Conditions joined by `AND`, after a query that has none.
#[derive(Default)]
struct Conditions {
    text: String,
    values: Vec<Value<'static>>,
}

impl Conditions {
    /// `before` ends and `after` begins where the value stands; no value adds nothing.
    fn add<T>(mut self, before: &str, value: Option<T>, after: &str) -> Self
    where
        Value<'static>: From<T>,
    {
        if let Some(value) = value {
            let joint = if self.values.is_empty() { "WHERE" } else { "AND" };
            self.values.push(value.into());
            let place = self.values.len();
            // A text takes whatever is written to it.
            let _ = write!(self.text, " {joint} {before}${place}{after}");
        }
        self
    }
}

/// A listing: its columns, where they come from, and its order.
struct Source {
    select: &'static str,
    from: &'static str,
    order: &'static str,
}

/// One page and the number of rows in all, of one moment.
async fn listing<E: Engine, T>(
    engine: &E,
    source: Source,
    page: Page,
    conditions: Conditions,
    parse: impl Fn(&E::Row) -> Result<T, StoreError> + Send,
) -> Result<Listing<T>, StoreError> {
    let Source { select, from, order } = source;
    let Conditions { text, mut values } = conditions;
    let count = format!("SELECT COUNT(*) AS total FROM {from}{text}");
    let count = Statement::new(count, values.clone());
    let limit = i64::from(page.limit.clamp(1, PAGE_LIMIT));
    let offset = i64::from(page.number.saturating_sub(1)) * limit;
    let (limit_place, offset_place) = (values.len() + 1, values.len() + 2);
    values.extend([limit.into(), offset.into()]);
    let rows = format!(
        "SELECT {select} FROM {from}{text} ORDER BY {order} LIMIT ${limit_place} OFFSET ${offset_place}"
    );
    let queries = (Statement::new(rows, values), count);
    let (rows, totals) = engine.rows_of_one_moment(queries).await?;
    let total = totals.first().map(|row| unsigned(row, "total")).transpose()?;
    Ok(Listing {
        rows: rows.iter().map(parse).collect::<Result<_, _>>()?,
        total: total.unwrap_or_default(),
    })
}
