//! The page that posts an answer to the client (OAuth 2.0 Form Post Response Mode 1.0): by itself, or by its button without scripts.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::answer::answer;
use super::locale::Locale;
use super::policy::Policy;
use super::words::Words;

/// An answer on its way to a client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FormPost<'a> {
    /// The registered redirect URI.
    pub(crate) action: &'a str,
    /// Names and values.
    pub(crate) fields: &'a [(&'a str, &'a str)],
}

#[derive(Template)]
#[template(path = "oidc/form_post.html")]
struct Page<'a> {
    words: Words,
    view: FormPost<'a>,
}

/// The page. It never stays in a cache: it carries a code.
pub(crate) fn form_post(locale: Locale, view: FormPost<'_>) -> Response {
    let words = Words::of(locale);
    let policy = Policy::own().leading_to(view.action);
    answer(words, (StatusCode::OK, &policy), &Page { words, view })
}
