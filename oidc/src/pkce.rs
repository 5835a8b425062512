//! Proof Key for Code Exchange (RFC 7636), S256 alone: `plain` is refused (RFC 9700 2.1.1).

use idp_types::encoding::base64url;
use idp_types::secret::constant_time_equal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::OAuthError;

/// A checked `code_challenge`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// Checks `code_challenge` and `code_challenge_method` (RFC 7636 4.3, 4.4.1): 43 characters of base64url, method S256 and named.
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn parse(challenge: &str, method: Option<&str>) -> Result<Self, OAuthError> {
        if method != Some("S256") {
            return Err(OAuthError::invalid_request("code_challenge_method must be S256"));
        }
        let is_digest = idp_types::encoding::from_base64url(challenge).is_some_and(|bytes| bytes.len() == 32);
        if !is_digest {
            return Err(OAuthError::invalid_request(
                "code_challenge must be the base64url of a SHA-256 digest",
            ));
        }
        Ok(Self(challenge.to_owned()))
    }

    /// RFC 7636 4.6: the verifier has 43 to 128 unreserved characters and hashes to the challenge.
    ///
    /// # Errors
    /// `invalid_grant`.
    pub fn verify(&self, verifier: &str) -> Result<(), OAuthError> {
        let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let is_shaped = (43..=128).contains(&verifier.len()) && verifier.bytes().all(is_unreserved);
        let digest = base64url(&Sha256::digest(verifier.as_bytes()));
        if is_shaped && constant_time_equal(digest.as_bytes(), self.0.as_bytes()) {
            Ok(())
        } else {
            Err(OAuthError::invalid_grant("the code_verifier does not match"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636 appendix B.
    #[test]
    fn the_rfc_vector() {
        let challenge =
            CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", Some("S256")).unwrap();
        assert_eq!(
            challenge.verify("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            Ok(())
        );
        assert!(
            challenge
                .verify("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl")
                .is_err()
        );
        assert!(challenge.verify("short").is_err());
    }

    #[test]
    fn plain_and_unnamed_methods_are_refused() {
        for method in [None, Some("plain"), Some("s256")] {
            assert!(CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", method).is_err());
        }
        assert!(CodeChallenge::parse("short", Some("S256")).is_err());
    }
}
