//! Client secrets (RFC 6749 2.3.1). Ours are generated with 128 bits at least, so that one SHA-256 keeps them (OWASP ASVS 5.0, 6.5.2).

use idp_types::encoding::lowerhex;
use idp_types::secret::constant_time_equal;
use sha2::{Digest, Sha256};

use crate::client::SecretDigest;

/// The longest secret that is hashed.
const LIMIT: usize = 1024;

/// Whether a secret is one of the client's, of which there are two during a rotation. Every one is compared, in constant time.
pub fn matches_secret(secrets: &[SecretDigest], presented: &str) -> bool {
    if presented.len() > LIMIT {
        return false;
    }
    let digest = lowerhex(&Sha256::digest(presented.as_bytes()));
    secrets.iter().fold(false, |found, own| {
        found | constant_time_equal(own.0.as_bytes(), digest.as_bytes())
    })
}
