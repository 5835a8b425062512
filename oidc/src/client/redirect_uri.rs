//! Which redirect URIs can be registered. They are compared as text afterwards (RFC 9700 4.1.3).

use url::{Host, Url};

use super::error::RedirectError;

/// The longest redirect URI, in bytes.
pub(super) const LIMIT: usize = 2048;

/// Checks one.
///
/// # Errors
/// [`RedirectError`] with the first rule that it breaks.
pub(super) fn check(text: &str, native: bool, loopback: bool) -> Result<(), RedirectError> {
    let is_text = text.len() <= LIMIT && text.bytes().all(|byte| byte.is_ascii_graphic());
    let url = is_text.then(|| Url::parse(text).ok()).flatten();
    let url = url.ok_or(RedirectError::Malformed)?;
    // RFC 6749 3.1.2: also an empty fragment is one.
    if text.contains('#') {
        return Err(RedirectError::Fragment);
    }
    let has_user = !url.username().is_empty() || url.password().is_some();
    if has_user || url.host_str().is_some_and(|host| host.contains('*')) {
        return Err(RedirectError::Ambiguous);
    }
    let is_allowed = match url.scheme() {
        "https" => url.host().is_some(),
        // RFC 8252 7.3; `loopback` is for demonstrations.
        "http" => (native || loopback) && is_this_machine(&url),
        // RFC 8252 7.1: a reversed domain name has a dot; `javascript`, `data` and their like have none.
        scheme => native && scheme.contains('.'),
    };
    if is_allowed {
        Ok(())
    } else {
        Err(RedirectError::Scheme)
    }
}

/// RFC 8252 7.3 and 8.3.
pub(super) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_9700_4_1_3_only_exact_https_addresses() {
        for text in [
            "https://rp.example/cb",
            "https://rp.example:8443/cb?tenant=1",
            "https://rp.example",
        ] {
            assert_eq!(check(text, false, false), Ok(()), "{text}");
        }
        let wrong = [
            ("", RedirectError::Malformed),
            ("/cb", RedirectError::Malformed),
            ("https://rp.example/c b", RedirectError::Malformed),
            ("https://rp.example/cb#", RedirectError::Fragment),
            ("https://rp.example/cb#x", RedirectError::Fragment),
            ("https://user@rp.example/cb", RedirectError::Ambiguous),
            ("https://*.rp.example/cb", RedirectError::Ambiguous),
            ("http://rp.example/cb", RedirectError::Scheme),
            ("http://127.0.0.1/cb", RedirectError::Scheme),
            ("javascript:alert(1)", RedirectError::Scheme),
            ("com.example.app:/cb", RedirectError::Scheme),
        ];
        for (text, error) in wrong {
            assert_eq!(check(text, false, false), Err(error), "{text}");
        }
        let long = format!("https://rp.example/{}", "a".repeat(LIMIT));
        assert_eq!(check(&long, false, false), Err(RedirectError::Malformed));
    }

    #[test]
    fn rfc_8252_7_native_clients() {
        for text in [
            "http://127.0.0.1/cb",
            "http://[::1]:9/cb",
            "http://localhost:8000",
            "com.example.app:/cb",
            "https://app.example/cb",
        ] {
            assert_eq!(check(text, true, false), Ok(()), "{text}");
        }
        for text in [
            "http://rp.example/cb",
            "http://192.168.1.2/cb",
            "myapp:/cb",
            "data:text/html,x",
            "file:///x",
        ] {
            assert_eq!(check(text, true, false), Err(RedirectError::Scheme), "{text}");
        }
    }
}
