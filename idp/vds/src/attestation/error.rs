//! Why an attestation is refused.

/// Why an attestation is refused. [`Self::reason`] is the word on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttestationError {
    /// The bytes are not an attestation of their kind, or exceed a limit.
    #[error("is not an attestation of its kind")]
    Malformed,
    /// No configured root leads to the certificate.
    #[error("no configured root leads to its certificate")]
    UnknownRoot,
    /// A certificate is not signed by the next one.
    #[error("a certificate is not signed by its issuer")]
    Signature,
    /// A certificate that is no authority's signed another.
    #[error("a certificate was signed by one that may not")]
    NotAuthority,
    /// A certificate is not valid any more.
    #[error("a certificate has expired")]
    Expired,
    /// A certificate is not valid yet.
    #[error("a certificate is not valid yet")]
    NotYetValid,
    /// The vendor revoked a certificate of the chain.
    #[error("a certificate is revoked")]
    Revoked,
    /// The attestation stands in another certificate than that of the key, or nowhere.
    #[error("the key's certificate is not the one that is attested")]
    NotAttested,
    /// The attestation answers another challenge, or binds another key.
    #[error("answers another challenge")]
    Challenge,
    /// The attested key is another than the one to be enrolled.
    #[error("attests another key")]
    Key,
    /// The key or the attestation lives in weaker hardware than the policy wants.
    #[error("is made in weaker hardware than wanted")]
    SecurityLevel,
    /// The key was imported, or may do something else than sign with P-256.
    #[error("the key has other properties than wanted")]
    KeyProperties,
    /// The phone's boot loader is unlocked, or its system not the vendor's.
    #[error("the phone does not run its vendor's system")]
    DeviceState,
    /// The policy names no such app, or the app is signed by somebody else.
    #[error("comes from an app that is not accepted")]
    UnknownApp,
    /// A development attestation where a production one is wanted, or the reverse.
    #[error("comes from another environment")]
    Environment,
    /// The attested key has signed before.
    #[error("the key was used before it was attested")]
    Counter,
}

impl AttestationError {
    /// The `reason` of `invalid_attestation`.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::UnknownRoot => "unknown_root",
            Self::Signature => "bad_signature",
            Self::NotAuthority => "not_an_authority",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::Revoked => "revoked_certificate",
            Self::NotAttested => "not_attested",
            Self::Challenge => "wrong_challenge",
            Self::Key => "wrong_key",
            Self::SecurityLevel => "security_level",
            Self::KeyProperties => "key_properties",
            Self::DeviceState => "device_state",
            Self::UnknownApp => "unknown_app",
            Self::Environment => "wrong_environment",
            Self::Counter => "used_before",
        }
    }
}

impl From<der::Error> for AttestationError {
    /// What exactly is wrong with a stranger's DER helps nobody.
    fn from(_: der::Error) -> Self {
        Self::Malformed
    }
}
