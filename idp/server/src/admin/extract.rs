//! Query strings and path segments, with problem details in place of plain text when they are wrong.

use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, Query};
use http::request::Parts;
use idp_store::durable::Page;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::problem::{Code, Problem};

/// Rows a page unless asked otherwise (`product.md` 15).
const DEFAULT_LIMIT: u32 = 20;

/// Most rows a page.
const MOST: u32 = 100;

/// A query string, parsed; unknown members are refused, so that a misspelt filter never widens a listing.
#[derive(Debug)]
pub(super) struct Filter<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Arc<App>> for Filter<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, app).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(_) => {
                Err(Problem::new(Code::InvalidRequest).detail("a query parameter is unknown or malformed"))
            }
        }
    }
}

/// The one parameter of a path. What is no identifier names nothing.
#[derive(Debug)]
pub(super) struct Segment<T>(pub(super) T);

impl<T: FromStr> FromRequestParts<Arc<App>> for Segment<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let path = Path::<String>::from_request_parts(parts, app).await;
        let parsed = path.ok().and_then(|Path(text)| text.parse().ok());
        parsed.map(Self).ok_or_else(|| Code::NotFound.into())
    }
}

/// The two parameters of a path.
#[derive(Debug)]
pub(super) struct Segments<A, B>(pub(super) A, pub(super) B);

impl<A: FromStr, B: FromStr> FromRequestParts<Arc<App>> for Segments<A, B> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let path = Path::<(String, String)>::from_request_parts(parts, app).await;
        let parsed = path
            .ok()
            .and_then(|Path((first, second))| Some(Self(first.parse().ok()?, second.parse().ok()?)));
        parsed.ok_or_else(|| Code::NotFound.into())
    }
}

/// The page that is asked for.
pub(super) fn page(number: Option<u32>, limit: Option<u32>) -> Result<Page, Problem> {
    let page = Page {
        number: number.unwrap_or(1),
        limit: limit.unwrap_or(DEFAULT_LIMIT),
    };
    if page.number == 0 || !(1..=MOST).contains(&page.limit) {
        return Err(Problem::new(Code::InvalidRequest).detail("page begins at 1 and limit is 1 to 100"));
    }
    Ok(page)
}

/// The rows of a page of a listing that is in memory.
pub(super) fn slice<T>(rows: Vec<T>, page: Page) -> Vec<T> {
    let skip = (page.number as usize - 1).saturating_mul(page.limit as usize);
    rows.into_iter().skip(skip).take(page.limit as usize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_begin_at_one_and_have_a_limit() {
        assert_eq!(page(None, None).unwrap(), Page { number: 1, limit: 20 });
        assert!(
            page(Some(0), None).is_err() && page(None, Some(0)).is_err() && page(None, Some(101)).is_err()
        );
        assert_eq!(slice((1..=5).collect(), Page { number: 2, limit: 2 }), [3, 4]);
        assert!(
            slice(
                vec![1],
                Page {
                    number: u32::MAX,
                    limit: 100
                }
            )
            .is_empty()
        );
    }
}
