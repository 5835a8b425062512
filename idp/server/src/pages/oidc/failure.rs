//! What went wrong where no redirect is allowed: a stable code, a sentence for the person, one for the developer. No link leads to an
//! address that is not registered.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::header;
use oidc::{ErrorCode, OAuthError};

use super::answer::answer;
use super::locale::Locale;
use super::policy::Policy;
use super::words::Words;
use super::{Asker, is_web};
use crate::problem::{Code, Problem};

macro_rules! failures {
    ($($variant:ident $code:literal $status:ident $doc:literal),+ $(,)?) => {
        /// What a page can say. A code never changes its meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Failure { $(#[doc = $doc] $variant),+ }

        impl Failure {
            /// Every failure.
            #[cfg(test)]
            pub(super) const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code, on the page and as the key of its words.
            pub(crate) const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The HTTP status that goes with it.
            pub(crate) const fn status(self) -> http::StatusCode {
                match self { $(Self::$variant => http::StatusCode::$status),+ }
            }
        }
    };
}

failures! {
    UnknownClient "unknown_client" BAD_REQUEST "RFC 6749 4.1.2.1: the client is missing, unknown or switched off.",
    RedirectUri "invalid_redirect_uri" BAD_REQUEST "RFC 6749 4.1.2.1: the redirect URI is missing or not registered.",
    Request "invalid_request" BAD_REQUEST "The request is malformed, and nobody can be told but the person.",
    Gone "interaction_expired" GONE "The sign-in is over: finished, cancelled or too old.",
    OtherBrowser "other_browser" FORBIDDEN "The sign-in was begun in another browser, or cookies are blocked.",
    CrossSite "cross_site" FORBIDDEN "Another website sent what only our own page may send.",
    NotFound "not_found" NOT_FOUND "There is no such page.",
    RateLimited "rate_limited" TOO_MANY_REQUESTS "Too many requests.",
    Unavailable "unavailable" SERVICE_UNAVAILABLE "The server cannot answer now.",
    Internal "internal" INTERNAL_SERVER_ERROR "The server failed.",
}

impl Failure {
    fn title(self) -> String {
        format!("failure-{}-title", self.code().replace('_', "-"))
    }

    fn text(self) -> String {
        format!("failure-{}-text", self.code().replace('_', "-"))
    }
}

impl From<OAuthError> for Failure {
    fn from(error: OAuthError) -> Self {
        match error.code {
            ErrorCode::InvalidClient | ErrorCode::UnauthorizedClient => Self::UnknownClient,
            ErrorCode::InvalidRedirectUri => Self::RedirectUri,
            ErrorCode::TemporarilyUnavailable => Self::Unavailable,
            ErrorCode::ServerError => Self::Internal,
            _ => Self::Request,
        }
    }
}

impl From<Code> for Failure {
    fn from(code: Code) -> Self {
        match code {
            Code::SessionNotFound => Self::Gone,
            Code::OriginNotAllowed => Self::CrossSite,
            Code::NotFound => Self::NotFound,
            Code::RateLimited | Code::TooManyAttempts => Self::RateLimited,
            Code::Unavailable | Code::Conflict | Code::TimedOut => Self::Unavailable,
            Code::Internal => Self::Internal,
            _ => Self::Request,
        }
    }
}

impl Failure {
    /// The page of a problem, with its `Retry-After`.
    pub(crate) fn of_problem(locale: Locale, problem: Problem) -> Response {
        let mut response = failure(locale, Self::from(problem.code()), None, None);
        let original = problem.into_response();
        if let Some(after) = original.headers().get(header::RETRY_AFTER) {
            response.headers_mut().insert(header::RETRY_AFTER, after.clone());
        }
        response
    }
}

#[derive(Template)]
#[template(path = "oidc/failure.html")]
struct Page<'a> {
    words: Words,
    failure: Failure,
    for_developers: Option<&'a str>,
    back: Option<(&'a str, &'a str)>,
}

/// The page. `for_developers` is fixed text, never a value of the request; `asker` is the client where it is known, and its registered website
/// is the only way back that is offered.
pub(crate) fn failure(
    locale: Locale,
    failure: Failure,
    for_developers: Option<&str>,
    asker: Option<Asker<'_>>,
) -> Response {
    let words = Words::of(locale);
    let back = asker.and_then(|asker| Some((asker.name, asker.url.filter(|url| is_web(url))?)));
    let page = Page {
        words,
        failure,
        for_developers,
        back,
    };
    answer(words, (failure.status(), &Policy::own()), &page)
}
