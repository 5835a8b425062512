//! Service seals (profile 4.2): who a relying party is, signed by the server's own key, so that the server's JWKS is all a phone
//! needs to check one. A seal identifies the service, never whoever shows it.

use idp_jose::{Algorithm, JwkSet, P256Verifier, PublicKey};
use idp_types::Timestamp;
use idp_vds::{CertificateReference, TrustError, VerifiedServiceSeal, decode_text};

/// Checks a service's seal with the issuer's keys. The `kid` is the certificate reference; its ninth character is padding and
/// does not count.
///
/// # Errors
/// [`TrustError`] names the first check that failed; [`TrustError::UnknownIssuer`] when no key has the reference's name.
pub fn verify(text: &str, keys: &JwkSet, now: Timestamp) -> Result<VerifiedServiceSeal, TrustError> {
    let seal = decode_text(text)?;
    VerifiedServiceSeal::verify(&seal, &P256Verifier, |reference| key_of(keys, reference), now)
}

fn key_of(keys: &JwkSet, reference: &CertificateReference) -> Option<PublicKey> {
    let is_named = |kid: &str| {
        CertificateReference::parse(kid)
            .is_ok_and(|name| name.certificate_key() == reference.certificate_key())
    };
    keys.candidates(Algorithm::Es256, None)
        .find(|jwk| jwk.kid.as_deref().is_some_and(is_named))
        .map(|jwk| jwk.key.clone())
}
