//! The login page.

use std::borrow::Cow;

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use idp_types::{AtomicScope, MatchingMode, ScopeSet, Timestamp};

use super::Asker;
use super::answer::answer;
use super::locale::Locale;
use super::policy::Policy;
use super::words::Words;

/// What the login page shows. Its script speaks with `{path}/start`, `/qr` and `/status`; its forms post to `/continue` and `/cancel`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LoginView<'a> {
    /// Who asks.
    pub(crate) asker: Asker<'a>,
    /// `/oidc/login/{interaction}`.
    pub(crate) path: &'a str,
    /// What is asked for.
    pub(crate) requested: ScopeSet,
    /// `login_hint`, or the tokenId remembered on this device; empty if the person is to choose (`prompt=select_account`).
    pub(crate) token_id: &'a str,
    /// Whether that tokenId is the one remembered here.
    pub(crate) remembered: bool,
    /// How codes are matched.
    pub(crate) mode: MatchingMode,
    /// When the whole sign-in ends.
    pub(crate) expires_at: Timestamp,
    /// The registered address where it ends; a device's sign-in ends on this page.
    pub(crate) return_to: Option<&'a str>,
}

impl LoginView<'_> {
    const fn mode_name(&self) -> &'static str {
        match self.mode {
            MatchingMode::Compare => "compare",
            MatchingMode::Choose => "choose",
            MatchingMode::Transfer => "transfer",
        }
    }

    const fn code_title(&self) -> &'static str {
        match self.mode {
            MatchingMode::Compare => "code-compare-title",
            MatchingMode::Choose => "code-choose-title",
            MatchingMode::Transfer => "code-transfer-title",
        }
    }

    const fn code_text(&self) -> &'static str {
        match self.mode {
            MatchingMode::Compare => "code-compare-text",
            MatchingMode::Choose => "code-choose-text",
            MatchingMode::Transfer => "code-transfer-text",
        }
    }

    /// The most telling scopes only: whoever asks for the name need not be said to ask for its parts as well.
    fn items(&self) -> impl Iterator<Item = AtomicScope> {
        let named = self.requested.contains(AtomicScope::Name);
        let is_part = move |scope: AtomicScope| {
            named && matches!(scope, AtomicScope::GivenName | AtomicScope::FamilyName)
        };
        self.requested.iter().filter(move |scope| !is_part(*scope))
    }
}

/// The key of a scope's words.
fn scope_key(scope: AtomicScope) -> String {
    let name = scope.as_str().strip_prefix("identity:").unwrap_or_default();
    format!("scope-{}", name.replace('_', "-"))
}

#[derive(Template)]
#[template(path = "oidc/login.html")]
struct Page<'a> {
    words: Words,
    view: LoginView<'a>,
    items: Vec<Cow<'static, str>>,
}

/// The page.
pub(crate) fn login(locale: Locale, view: LoginView<'_>) -> Response {
    let words = Words::of(locale);
    let policy = view
        .return_to
        .map_or_else(Policy::own, |address| Policy::own().leading_to(address));
    let items = view.items().map(|scope| words.say(&scope_key(scope))).collect();
    answer(words, (StatusCode::OK, &policy), &Page { words, view, items })
}
