//! A button of the login page: an empty form that the page posts, and an answer that is the browser's next page.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::request::Parts;

use super::{Unavailable, guard};
use crate::app::App;
use crate::http::Peer;
use crate::oidc::authorize::Visitor;
use crate::pages::oidc::Locale;

/// A button that was pressed on our own page.
pub(super) struct Button {
    /// The interaction's name.
    pub(super) id: String,
    address: IpAddr,
    headers: HeaderMap,
}

impl FromRequestParts<Arc<App>> for Button {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let Peer(address) = Peer::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let Path(id) = Path::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let headers = parts.headers.clone();
        match guard::same_origin(app, &headers) {
            Ok(()) => Ok(Self { id, address, headers }),
            Err(unavailable) => Err(unavailable.into_page(Locale::of(None, &headers))),
        }
    }
}

impl Button {
    /// Who pressed it.
    pub(super) fn visitor(&self) -> Visitor<'_> {
        Visitor {
            headers: &self.headers,
            address: self.address,
        }
    }

    /// The next page: the answer, or why there is none.
    pub(super) fn page(&self, answer: Result<Response, Unavailable>) -> Response {
        answer.unwrap_or_else(|unavailable| unavailable.into_page(Locale::of(None, &self.headers)))
    }
}
