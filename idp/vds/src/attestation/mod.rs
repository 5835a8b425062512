//! Key attestation (profile 2, admission `attested`): a phone's hardware, or its vendor, vouches for an app and a key.
//!
//! [`AndroidPolicy::verify`] reads an Android Key Attestation: a certificate chain whose leaf holds the enrolled key itself.
//! [`ApplePolicy::verify`] reads an Apple App Attest object. App Attest attests a key of its own, so the app binds the
//! enrolled key by what it lets Apple sign: [`apple_client_data_hash`].
//!
//! Roots, apps and revoked serial numbers are arguments. No root is compiled in: the vendors publish theirs and replace them,
//! Google at `https://android.googleapis.com/attestation/root`, Apple at
//! `https://www.apple.com/certificateauthority/Apple_App_Attestation_Root_CA.pem`. Google publishes revoked serial numbers at
//! `https://android.googleapis.com/attestation/status`.

mod android;
mod apple;
mod cbor;
mod certificate;
mod chain;
mod error;
mod revoked;
#[cfg(test)]
mod tests;

use idp_jose::EcPublicKey;

pub use android::{AndroidApp, AndroidPolicy};
pub use apple::{
    AppleApp, AppleAttestation, AppleEnvironment, ApplePolicy, KEY_ID_LENGTH, OBJECT_LIMIT,
    apple_client_data_hash,
};
pub use chain::{CHAIN_LIMIT, CertificateVerifier, ROOTS_LIMIT, RootsError, SignatureScheme, TrustAnchors};
pub use error::AttestationError;
pub use revoked::{RevokedSerials, STATUS_LIST_LIMIT, StatusListError};

pub(crate) use android::read_key_description;
pub(crate) use apple::read_object;

/// What an attestation has to be about.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The key that is to be enrolled.
    pub key: &'a EcPublicKey,
    /// The server's challenge: its 32 bytes, not their base64url text.
    pub challenge: &'a [u8],
}

/// Where a key lives, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecurityLevel {
    /// In software.
    Software,
    /// In the phone's trusted execution environment.
    TrustedEnvironment,
    /// In a security chip beside the processor: StrongBox or Secure Enclave.
    SecureElement,
}

impl SecurityLevel {
    /// A word for logs and audit records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Software => "software",
            Self::TrustedEnvironment => "tee",
            Self::SecureElement => "secure_element",
        }
    }
}

/// A key that an accepted app holds, by an attestation that was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestedKey {
    /// The app: an Android package, or an Apple team and bundle.
    pub app: String,
    /// Where the enrolled key lives.
    pub level: SecurityLevel,
    /// Whether the app's policy vouches that it verifies the person's face before each signature.
    pub face_vouched: bool,
}
