//! Queries. They see what was committed, never a batch half-way.

pub(crate) mod audit;
pub(crate) mod enrolment;
pub(crate) mod federation;
pub(crate) mod holders;
pub(crate) mod outcomes;
pub(crate) mod services;
pub(crate) mod supersessions;
pub(crate) mod tokens;

use idp_store::StoreError;
use idp_store::durable::{Listing, Page};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, SqlitePool};

use crate::row::failed;

/// The most rows of a page.
const PAGE_LIMIT: u32 = 100;

/// Whether the engine answers.
pub(crate) async fn ping(readers: &SqlitePool) -> Result<(), StoreError> {
    let answer = sqlx::query("SELECT 1 FROM audit_chains LIMIT 1").fetch_optional(readers);
    answer.await.map(drop).map_err(failed)
}

fn limit_and_offset(page: Page) -> (i64, i64) {
    let limit = i64::from(page.limit.clamp(1, PAGE_LIMIT));
    (limit, i64::from(page.number.saturating_sub(1)) * limit)
}

/// Conditions joined by `AND`, in a query that begins with `SELECT`.
struct Conditions {
    query: QueryBuilder<Sqlite>,
    is_first: bool,
}

impl Conditions {
    fn new(select: &'static str) -> Self {
        Self {
            query: QueryBuilder::new(select),
            is_first: true,
        }
    }

    /// `condition` ends where the value stands; none adds nothing.
    fn add<'q, T>(&mut self, condition: &'static str, value: Option<T>) -> &mut Self
    where
        T: 'q + sqlx::Encode<'q, Sqlite> + sqlx::Type<Sqlite>,
    {
        self.add_between(condition, value, "")
    }

    fn add_between<'q, T>(&mut self, before: &'static str, value: Option<T>, after: &'static str) -> &mut Self
    where
        T: 'q + sqlx::Encode<'q, Sqlite> + sqlx::Type<Sqlite>,
    {
        if let Some(value) = value {
            self.query.push(if self.is_first { " WHERE " } else { " AND " });
            self.query.push(before).push_bind(value).push(after);
            self.is_first = false;
        }
        self
    }
}

/// One page and the number of rows in all, of one moment. `conditions` adds the same to both queries.
async fn listing<T>(
    readers: &SqlitePool,
    (select, count, order): (&'static str, &'static str, &'static str),
    page: Page,
    conditions: impl Fn(&mut Conditions),
    parse: impl Fn(&SqliteRow) -> Result<T, StoreError>,
) -> Result<Listing<T>, StoreError> {
    let mut rows = Conditions::new(select);
    conditions(&mut rows);
    let (limit, offset) = limit_and_offset(page);
    rows.query.push(order).push(" LIMIT ").push_bind(limit);
    rows.query.push(" OFFSET ").push_bind(offset);
    let mut total = Conditions::new(count);
    conditions(&mut total);
    let mut snapshot = readers.begin().await.map_err(failed)?;
    let rows = rows
        .query
        .build()
        .fetch_all(&mut *snapshot)
        .await
        .map_err(failed)?;
    let total: i64 = total
        .query
        .build_query_scalar()
        .fetch_one(&mut *snapshot)
        .await
        .map_err(failed)?;
    snapshot.commit().await.map_err(failed)?;
    Ok(Listing {
        rows: rows.iter().map(parse).collect::<Result<_, _>>()?,
        total: u64::try_from(total).map_err(failed)?,
    })
}
