//! Signing out (OpenID Connect RP-Initiated Logout 1.0, Front-Channel Logout 1.0).

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::answer::answer;
use super::is_web;
use super::locale::Locale;
use super::policy::Policy;
use super::words::Words;

/// The question before signing out. The form posts `fields` and `decision`, which is `logout` or `stay`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogoutConfirm<'a> {
    /// Where the form goes: a path of this origin.
    pub(crate) action: &'a str,
    /// Hidden fields, the protection against forgery among them.
    pub(crate) fields: &'a [(&'a str, &'a str)],
    /// Who sent the person here, if that is known.
    pub(crate) client_name: Option<&'a str>,
    /// The registered address where it may end.
    pub(crate) return_to: Option<&'a str>,
}

/// What follows signing out.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LoggedOut<'a> {
    /// Who sent the person here, if that is known.
    pub(crate) client_name: Option<&'a str>,
    /// The registered address to go back to, `state` included. The page goes there once the frames have loaded.
    pub(crate) return_to: Option<&'a str>,
    /// `frontchannel_logout_uri` of every client of the session, with `iss` and `sid`.
    pub(crate) frames: &'a [String],
    /// Services that could not be told, by name.
    pub(crate) unreached: &'a [String],
}

#[derive(Template)]
#[template(path = "oidc/logout_confirm.html")]
struct ConfirmPage<'a> {
    words: Words,
    view: LogoutConfirm<'a>,
}

#[derive(Template)]
#[template(path = "oidc/logged_out.html")]
struct LoggedOutPage<'a> {
    words: Words,
    view: LoggedOut<'a>,
    /// Private schemes of apps are left to the redirect; only the web is linked.
    link: Option<&'a str>,
    unreached: String,
}

#[derive(Template)]
#[template(path = "oidc/still_signed_in.html")]
struct StillPage {
    words: Words,
}

/// The question.
pub(crate) fn logout_confirm(locale: Locale, view: LogoutConfirm<'_>) -> Response {
    let words = Words::of(locale);
    let policy = view
        .return_to
        .map_or_else(Policy::own, |address| Policy::own().leading_to(address));
    answer(words, (StatusCode::OK, &policy), &ConfirmPage { words, view })
}

/// Signed out.
pub(crate) fn logged_out(locale: Locale, view: LoggedOut<'_>) -> Response {
    let words = Words::of(locale);
    let policy = Policy::own().framing(view.frames);
    let link = view.return_to.filter(|address| is_web(address));
    let unreached = view.unreached.join(", ");
    answer(
        words,
        (StatusCode::OK, &policy),
        &LoggedOutPage {
            words,
            view,
            link,
            unreached,
        },
    )
}

/// The person chose to stay.
pub(crate) fn still_signed_in(locale: Locale) -> Response {
    let words = Words::of(locale);
    answer(words, (StatusCode::OK, &Policy::own()), &StillPage { words })
}
