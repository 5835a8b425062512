//! Addresses that an operator writes: they end in links, pictures and the `Origin` check, so that nothing else may pass.

use super::input::ServiceInputError;

/// The longest URL.
const URL_LIMIT: usize = 512;

/// The longest logo inside a `data:` URL: it travels in every list and pending view.
pub(super) const LOGO_LIMIT: usize = 16 * 1024;

/// Beginnings of logos inside a URL. Pages show them in `img` alone, where no script of an SVG runs.
const LOGO_BEGINNINGS: [&str; 3] = [
    "data:image/png;base64,",
    "data:image/svg+xml;base64,",
    "data:image/webp;base64,",
];

/// https, or http on loopback where that is allowed; no user in it.
fn allowed_url(text: &str, loopback: bool) -> Option<reqwest::Url> {
    let url = reqwest::Url::parse(text).ok()?;
    let host = url.host_str().filter(|host| !host.is_empty())?;
    let local = matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost");
    let scheme = match url.scheme() {
        "https" => true,
        "http" => loopback && local,
        _ => false,
    };
    (scheme && url.username().is_empty() && url.password().is_none()).then_some(url)
}

pub(super) fn check_url(member: &'static str, text: &str, loopback: bool) -> Result<(), ServiceInputError> {
    if text.len() > URL_LIMIT {
        return Err(ServiceInputError::TooLong(member));
    }
    allowed_url(text, loopback)
        .map(|_| ())
        .ok_or(ServiceInputError::Url(member))
}

pub(super) fn check_logo(logo: &str, loopback: bool) -> Result<(), ServiceInputError> {
    if !logo.starts_with("data:") {
        return check_url("logo", logo, loopback).map_err(|_| ServiceInputError::Logo);
    }
    if logo.len() > LOGO_LIMIT {
        return Err(ServiceInputError::TooLong("logo"));
    }
    let picture = LOGO_BEGINNINGS
        .iter()
        .find_map(|beginning| logo.strip_prefix(beginning));
    let decodes = |text: &str| !text.is_empty() && data_encoding::BASE64.decode(text.as_bytes()).is_ok();
    if picture.is_some_and(decodes) {
        Ok(())
    } else {
        Err(ServiceInputError::Logo)
    }
}

/// Exactly what a browser sends (RFC 6454 section 6.2): scheme, host, port unless it is the usual one, and nothing more.
pub(super) fn is_origin(text: &str, loopback: bool) -> bool {
    text.len() <= URL_LIMIT
        && allowed_url(text, loopback).is_some_and(|url| url.origin().ascii_serialization() == text)
}
