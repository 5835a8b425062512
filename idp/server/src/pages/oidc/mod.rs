//! The pages of the OpenID Provider: signing in, signing out, connecting a device, what went wrong. Rendered here, in the person's
//! language; a view says what a page shows, and a function makes the answer.
//!
//! | page | view | address |
//! |---|---|---|
//! | [`login`] | [`LoginView`] | `GET /oidc/login/{interaction}` |
//! | [`failure`] | [`Failure`] | where no redirect is allowed |
//! | [`form_post`] | [`FormPost`] | `response_mode=form_post` |
//! | [`logout_confirm`], [`logged_out`], [`still_signed_in`] | [`LogoutConfirm`], [`LoggedOut`] | `/oidc/end-session` |
//! | [`device_enter`], [`device_done`] | [`DeviceEnter`], [`DeviceDone`] | `/oidc/device`, and the end of its login |
//!
//! Every page holds without scripts as far as it can, loads nothing from elsewhere, and has its own policy ([`policy`]).

mod answer;
mod device;
mod failure;
mod form_post;
mod locale;
mod login;
mod logout;
mod policy;
mod words;

pub(crate) use device::{DeviceDone, DeviceEnter, DeviceRefusal, device_done, device_enter};
pub(crate) use failure::{Failure, failure};
pub(crate) use form_post::{FormPost, form_post};
pub(crate) use locale::Locale;
pub(crate) use login::{LoginView, login};
pub(crate) use logout::{LoggedOut, LogoutConfirm, logged_out, logout_confirm, still_signed_in};

/// Who asks, as a person sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asker<'a> {
    /// The name.
    pub(crate) name: &'a str,
    /// The logo, shown only if it is a `data:image/` URL: another address would tell its host who looks.
    pub(crate) logo: Option<&'a str>,
    /// The address of the website; its host is shown.
    pub(crate) url: Option<&'a str>,
    /// The privacy policy.
    pub(crate) privacy_policy_url: Option<&'a str>,
}

impl Asker<'_> {
    fn picture(&self) -> Option<&str> {
        self.logo.filter(|logo| logo.starts_with("data:image/"))
    }

    /// At most two letters where there is no picture.
    fn initials(&self) -> String {
        let firsts = self
            .name
            .split_whitespace()
            .filter_map(|word| word.chars().next());
        firsts.take(2).flat_map(char::to_uppercase).collect()
    }

    fn host(&self) -> Option<String> {
        let url = url::Url::parse(self.url?).ok()?;
        let host = url.host_str()?;
        Some(
            url.port()
                .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
        )
    }

    fn privacy(&self) -> Option<&str> {
        self.privacy_policy_url.filter(|url| is_web(url))
    }
}

/// Only http and https addresses become links.
fn is_web(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "https" | "http"))
}

#[cfg(test)]
mod tests;
