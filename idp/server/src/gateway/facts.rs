//! The request that a proxy asks about.

use data_encoding::HEXLOWER;
use http::HeaderMap;
use verdict::Request;
use verdict::policy::Policy;

use crate::app::App;
use crate::crypto::sha256;
use crate::oidc::certificate;
use crate::problem::{Code, Problem};

/// What is known of a request, in the memory of the one that asks.
pub(super) struct Facts<'a> {
    method: &'a str,
    scheme: &'a str,
    authority: &'a str,
    target: &'a str,
    headers: Vec<(&'a str, &'a [u8])>,
    certificate: Option<String>,
}

impl<'a> Facts<'a> {
    /// Reads them. What only the gateway may say is left out, as the filter strips it.
    ///
    /// # Errors
    /// [`Code::InvalidRequest`] when the proxy does not say, exactly once, which request it asks about.
    pub(super) fn read(app: &App, policy: &Policy, headers: &'a HeaderMap) -> Result<Self, Problem> {
        let told = |name: &'static str| told(headers, name);
        let certificate = || certificate::presented(app, headers);
        Ok(Self {
            method: told("x-forwarded-method")?.ok_or_else(|| missing("X-Forwarded-Method"))?,
            scheme: told("x-forwarded-proto")?.unwrap_or("https"),
            authority: told("x-forwarded-host")?.ok_or_else(|| missing("X-Forwarded-Host"))?,
            target: told("x-forwarded-uri")?.ok_or_else(|| missing("X-Forwarded-Uri"))?,
            headers: headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_bytes()))
                .filter(|(name, _)| !policy.identity.is_reserved(name))
                .collect(),
            certificate: policy
                .certificates
                .then(certificate)
                .flatten()
                .map(|certificate| HEXLOWER.encode(&sha256(&certificate.der))),
        })
    }

    pub(super) fn request(&self) -> Request<'_> {
        Request {
            method: self.method,
            scheme: self.scheme,
            authority: self.authority,
            target: self.target,
            headers: &self.headers,
            certificate: self.certificate.as_deref(),
            ..Request::default()
        }
    }
}

fn missing(name: &str) -> Problem {
    Problem::new(Code::InvalidRequest).detail(format!("the proxy has to send {name}, once"))
}

/// A header that stands there once: of two nobody knows which one is the proxy's.
fn told<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, Problem> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    match (value.to_str(), values.next()) {
        (Ok(text), None) if !text.is_empty() => Ok(Some(text)),
        _ => Err(missing(name)),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_header_counts_when_it_stands_there_once() {
        let mut headers = HeaderMap::new();
        assert_eq!(told(&headers, "x-forwarded-uri").unwrap(), None);
        headers.append("x-forwarded-uri", HeaderValue::from_static("/a"));
        assert_eq!(told(&headers, "x-forwarded-uri").unwrap(), Some("/a"));
        headers.append("x-forwarded-uri", HeaderValue::from_static("/a"));
        assert_eq!(
            told(&headers, "x-forwarded-uri").unwrap_err().code(),
            Code::InvalidRequest
        );
        for value in [&b""[..], b"\xff"] {
            let value = HeaderValue::from_bytes(value).unwrap();
            let headers = HeaderMap::from_iter([(http::HeaderName::from_static("x-forwarded-uri"), value)]);
            assert!(told(&headers, "x-forwarded-uri").is_err());
        }
    }
}
