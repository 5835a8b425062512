//! To which key tokens are bound (RFC 9449 5, RFC 8705 3), and whether whoever shows one holds it.

use idp_types::secret::constant_time_equal;

use crate::client::Client;
use crate::error::OAuthError;
use crate::grant::Confirmation;

/// The keys that whoever sends a request has proved to hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Presenter<'a> {
    /// Thumbprint of the key of the DPoP proof.
    pub jkt: Option<&'a str>,
    /// Thumbprint of the client certificate.
    pub certificate: Option<&'a str>,
}

/// To which key new tokens are bound: the proof's, else the certificate's where the client asked for that.
///
/// # Errors
/// `invalid_request` for a client that promised proofs (RFC 9449 5.2) or a certificate (RFC 8705 3.4) and sent none, and for one that
/// must be bound (FAPI 2.0 Security Profile 5.3.2.1, item 4). `invalid_dpop_proof` is for proofs that are there (RFC 9449 5).
pub fn confirmation(client: &Client, presenter: Presenter<'_>) -> Result<Option<Confirmation>, OAuthError> {
    if client.dpop_bound_access_tokens && presenter.jkt.is_none() {
        return Err(OAuthError::invalid_request(
            "this client's tokens are bound by DPoP, and the request has no proof",
        ));
    }
    if client.certificate_bound_access_tokens && presenter.certificate.is_none() && presenter.jkt.is_none() {
        return Err(OAuthError::invalid_request(
            "this client's tokens are bound to a certificate, and the request has none",
        ));
    }
    let own_certificate = presenter
        .certificate
        .filter(|_| client.certificate_bound_access_tokens);
    match (presenter.jkt, own_certificate) {
        (Some(jkt), _) => Ok(Some(Confirmation::Jkt(jkt.to_owned()))),
        (None, Some(thumbprint)) => Ok(Some(Confirmation::X5tS256(thumbprint.to_owned()))),
        (None, None) if client.profile.is_fapi() => Err(OAuthError::invalid_request(
            "this client's tokens must be bound, and the request has no proof",
        )),
        (None, None) => Ok(None),
    }
}

/// Whether the presenter holds the key that something is bound to.
pub fn is_held(confirmation: Option<&Confirmation>, presenter: Presenter<'_>) -> bool {
    let same = |own: Option<&str>, bound: &str| {
        own.is_some_and(|own| constant_time_equal(own.as_bytes(), bound.as_bytes()))
    };
    match confirmation {
        None => true,
        Some(Confirmation::Jkt(jkt)) => same(presenter.jkt, jkt),
        Some(Confirmation::X5tS256(thumbprint)) => same(presenter.certificate, thumbprint),
    }
}
