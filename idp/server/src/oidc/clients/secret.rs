//! Secrets of clients: made here, shown once, kept as a digest (OWASP ASVS 5.0, 6.5.2: with 256 random bits no slow hash is needed).

use idp_types::encoding::base64url;
use oidc::Client;
use oidc::client::{AuthenticationMethod, SecretDigest};
use zeroize::Zeroizing;

use crate::crypto::{CryptoError, random, sha256_hex};

/// Secrets that are valid at the same time: two during a rotation.
const VALID_AT_ONCE: usize = 2;

/// What is kept of a secret.
pub(crate) fn digest_of(secret: &str) -> SecretDigest {
    SecretDigest(sha256_hex(secret.as_bytes()))
}

/// Whether a client of this method has a secret.
pub(super) fn needs_secret(client: &Client) -> bool {
    matches!(
        client.authentication_method,
        AuthenticationMethod::ClientSecretBasic | AuthenticationMethod::ClientSecretPost
    )
}

/// Makes a secret; the one before stays valid until the next rotation.
pub(super) fn add_secret(client: &mut Client) -> Result<Zeroizing<String>, CryptoError> {
    let secret = make()?;
    client.secrets.insert(0, digest_of(&secret));
    client.secrets.truncate(VALID_AT_ONCE);
    Ok(secret)
}

/// Makes the token that a client manages itself with (RFC 7592 1.3).
pub(super) fn set_registration_token(client: &mut Client) -> Result<Zeroizing<String>, CryptoError> {
    let token = make()?;
    client.registration_token = Some(digest_of(&token));
    Ok(token)
}

/// 256 random bits.
fn make() -> Result<Zeroizing<String>, CryptoError> {
    Ok(Zeroizing::new(base64url(
        Zeroizing::new(random::<32>()?).as_slice(),
    )))
}
