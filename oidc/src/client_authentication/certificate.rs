//! Client certificates (RFC 8705 2). The shell reads them; here is what they must say.

use idp_jose::JwkSet;

use crate::client::{AuthenticationMethod, Client};

/// A certificate that a client showed in the TLS handshake.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PresentedCertificate {
    /// base64url of SHA-256 over its DER: `x5t#S256` (RFC 8705 3.1).
    pub thumbprint: String,
    /// Whether an authority that is trusted here vouches for what is in it. A self-signed certificate proves its key alone.
    pub is_vouched_for: bool,
    /// Its DER.
    pub der: Vec<u8>,
    /// Its subject as RFC 4514 text.
    pub subject: String,
    /// Its subject alternative names: kind (`dns`, `uri`, `ip`, `email`) and value.
    pub names: Vec<(&'static str, String)>,
}

/// Whether the certificate is what the client registered. For `self_signed_tls_client_auth`, `keys` is the client's set.
pub fn matches_certificate(client: &Client, certificate: &PresentedCertificate, keys: &JwkSet) -> bool {
    match client.authentication_method {
        AuthenticationMethod::TlsClientAuth => {
            certificate.is_vouched_for && names_client(client, certificate)
        }
        AuthenticationMethod::SelfSignedTlsClientAuth => is_registered(certificate, keys),
        _ => false,
    }
}

/// RFC 8705 2.1.2: exactly one of the subject and the alternative names is registered, and it is compared alone.
fn names_client(client: &Client, certificate: &PresentedCertificate) -> bool {
    let Some((kind, expected)) = &client.tls_client_auth else {
        return false;
    };
    let has = |wanted: &str, same: fn(&str, &str) -> bool| {
        let mut values = certificate.names.iter().filter(|(kind, _)| *kind == wanted);
        values.any(|(_, value)| same(value, expected))
    };
    match kind.as_str() {
        "tls_client_auth_subject_dn" => certificate.subject == *expected,
        "tls_client_auth_san_dns" => has("dns", str::eq_ignore_ascii_case),
        "tls_client_auth_san_uri" => has("uri", |own, expected| own == expected),
        "tls_client_auth_san_ip" => has("ip", |own, expected| own == expected),
        "tls_client_auth_san_email" => has("email", |own, expected| own == expected),
        _ => false,
    }
}

/// RFC 8705 2.2.2: the certificate itself stands first in the `x5c` of one of the client's keys.
fn is_registered(certificate: &PresentedCertificate, keys: &JwkSet) -> bool {
    let mut chains = keys.keys().iter().filter_map(|key| key.x5c.as_ref());
    !certificate.der.is_empty()
        && chains.any(|chain| chain.first().is_some_and(|der| *der == certificate.der))
}
