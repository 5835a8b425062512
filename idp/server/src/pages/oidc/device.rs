//! The device flow in the browser (RFC 8628 3.3): the person types the code that the device shows.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::answer::answer;
use super::locale::Locale;
use super::policy::Policy;
use super::words::Words;

/// The form for the code of a device.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeviceEnter<'a> {
    /// Where the form goes: a path of this origin. The code is the field `user_code`.
    pub(crate) action: &'a str,
    /// Hidden fields.
    pub(crate) fields: &'a [(&'a str, &'a str)],
    /// The code from `verification_uri_complete`, or what was typed before; the person compares it with the device (RFC 8628 3.3.1).
    pub(crate) user_code: Option<&'a str>,
    /// Why the last attempt led nowhere.
    pub(crate) refusal: Option<DeviceRefusal>,
}

/// Why a code leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeviceRefusal {
    /// Unknown, used or expired: not said which.
    Unknown,
    /// Too many attempts (RFC 8628 5.1).
    TooMany,
}

impl DeviceRefusal {
    const fn key(self) -> &'static str {
        match self {
            Self::Unknown => "device-unknown",
            Self::TooMany => "device-too-many",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::Unknown => StatusCode::BAD_REQUEST,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
        }
    }
}

/// How it ended for the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeviceDone {
    /// It is signed in.
    Approved,
    /// The person declined.
    Denied,
    /// Too late.
    Expired,
}

impl DeviceDone {
    #[cfg(test)]
    pub(super) const ALL: [Self; 3] = [Self::Approved, Self::Denied, Self::Expired];

    const fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Expired => "expired",
        }
    }

    fn title(self) -> String {
        format!("device-{}-title", self.name())
    }

    fn text(self) -> String {
        format!("device-{}-text", self.name())
    }

    fn is_good(self) -> bool {
        self == Self::Approved
    }
}

#[derive(Template)]
#[template(path = "oidc/device_enter.html")]
struct EnterPage<'a> {
    words: Words,
    view: DeviceEnter<'a>,
}

#[derive(Template)]
#[template(path = "oidc/device_done.html")]
struct DonePage {
    words: Words,
    outcome: DeviceDone,
}

/// The form.
pub(crate) fn device_enter(locale: Locale, view: DeviceEnter<'_>) -> Response {
    let words = Words::of(locale);
    let status = view.refusal.map_or(StatusCode::OK, DeviceRefusal::status);
    answer(words, (status, &Policy::own()), &EnterPage { words, view })
}

/// The end: the rest happens on the device.
pub(crate) fn device_done(locale: Locale, outcome: DeviceDone) -> Response {
    let words = Words::of(locale);
    answer(
        words,
        (StatusCode::OK, &Policy::own()),
        &DonePage { words, outcome },
    )
}
