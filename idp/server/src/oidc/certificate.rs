//! The client certificate of a request (RFC 8705). TLS ends at the reverse proxy, which hands the certificate over in a header
//! (RFC 9440); the edge takes the header away from everybody else (`edge::origin`). Or it ends here, and the edge itself does the same
//! (`edge::client_certificate`).

use std::net::IpAddr;

use data_encoding::{BASE64, BASE64URL_NOPAD};
use der::Decode as _;
use http::{HeaderMap, HeaderName};
use oidc::client_authentication::PresentedCertificate;
use x509_cert::Certificate;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use crate::app::App;
use crate::crypto::sha256;
use crate::edge::client_certificate::{OWN, is_self_issued};

/// The largest header that is read.
const LIMIT: usize = 16 * 1024;

/// The certificate that the trusted proxy saw, or this server itself, if one of them saw one.
pub(crate) fn presented(app: &App, headers: &HeaderMap) -> Option<PresentedCertificate> {
    if let Some(name) = &app.config.oidc.client_certificate_header
        && headers.contains_key(name)
    {
        // Its chain was the proxy's to verify.
        return read(&alone(headers, name)?, |_| true);
    }
    read(&alone(headers, &OWN)?, |certificate| !is_self_issued(certificate))
}

/// The certificate in a field that is there once.
fn alone(headers: &HeaderMap, name: &HeaderName) -> Option<Vec<u8>> {
    let mut values = headers.get_all(name).into_iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() || value.len() > LIMIT {
        return None;
    }
    decode(value)
}

/// RFC 9440 2.1 writes `:base64:`; older proxies write percent-encoded PEM.
fn decode(value: &str) -> Option<Vec<u8>> {
    let value = value.trim();
    if let Some(encoded) = value.strip_prefix(':').and_then(|rest| rest.strip_suffix(':')) {
        return BASE64.decode(encoded.as_bytes()).ok();
    }
    let text = percent_decoded(value)?;
    let (label, der) = der::pem::decode_vec(text.trim().as_bytes()).ok()?;
    (label == "CERTIFICATE").then_some(der)
}

fn percent_decoded(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let text = std::str::from_utf8(&digits).ok()?;
            bytes.push(u8::from_str_radix(text, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// What of a certificate matters here.
fn read(der: &[u8], is_vouched_for: impl FnOnce(&Certificate) -> bool) -> Option<PresentedCertificate> {
    let certificate = Certificate::from_der(der).ok()?;
    let content = certificate.tbs_certificate();
    let names = content
        .get_extension::<SubjectAltName>()
        .ok()
        .flatten()
        .map(|(_, names)| names.0.iter().filter_map(name).collect())
        .unwrap_or_default();
    Some(PresentedCertificate {
        thumbprint: BASE64URL_NOPAD.encode(&sha256(der)),
        der: der.to_vec(),
        is_vouched_for: is_vouched_for(&certificate),
        subject: content.subject().to_string(),
        names,
    })
}

fn name(name: &GeneralName) -> Option<(&'static str, String)> {
    match name {
        GeneralName::DnsName(name) => Some(("dns", name.as_str().to_owned())),
        GeneralName::UniformResourceIdentifier(uri) => Some(("uri", uri.as_str().to_owned())),
        GeneralName::Rfc822Name(address) => Some(("email", address.as_str().to_owned())),
        GeneralName::IpAddress(octets) => {
            let octets = octets.as_bytes();
            let four = <[u8; 4]>::try_from(octets).map(IpAddr::from);
            let six = <[u8; 16]>::try_from(octets).map(IpAddr::from);
            four.or(six).ok().map(|address| ("ip", address.to_string()))
        }
        _ => None,
    }
}
