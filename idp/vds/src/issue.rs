//! Issuing: this crate writes what is signed, the caller signs, this crate joins the two. It never holds a private key.

use idp_jose::ecdsa_signature_to_raw;
use idp_types::Timestamp;

use crate::content::Content;
use crate::header::{CertificateReference, Header, HeaderCodec, HeaderError, HeaderV2};
use crate::seal::{Seal, SealError, signing_message};
use crate::signature::with_low_s;

/// Why a seal cannot be issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The header cannot express the signing time.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The seal would be longer than its manifest allows.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The signature is not one of P-256.
    #[error("the signature is not an ECDSA signature of P-256")]
    Signature,
}

/// A seal that waits for its signature.
pub struct PreparedSeal {
    unsigned: zeroize::Zeroizing<Vec<u8>>,
    message: Vec<u8>,
}

impl PreparedSeal {
    /// Writes header (version 0x02) and positional payload.
    ///
    /// # Errors
    /// [`IssueError::Header`] for a signing time outside 32 bits, [`IssueError::Seal`] for a seal that is too long.
    pub fn new(
        certificate: CertificateReference,
        signed_at: Timestamp,
        content: &Content,
    ) -> Result<Self, IssueError> {
        let manifest = content.manifest();
        let payload = content.to_bytes();
        let too_long = SealError::TooLong {
            limit: manifest.limit,
        };
        let payload_length = u16::try_from(payload.len()).map_err(|_| too_long)?;
        if HeaderV2::LENGTH + payload.len() + 64 > manifest.limit {
            return Err(too_long.into());
        }
        let header = HeaderV2.write(&Header {
            certificate,
            manifest: manifest.id,
            signed_at,
            payload_length,
        })?;
        let message = signing_message(&header, &payload);
        let mut unsigned = zeroize::Zeroizing::new(Vec::with_capacity(manifest.limit));
        unsigned.extend_from_slice(&header);
        unsigned.extend_from_slice(&payload);
        Ok(Self { unsigned, message })
    }

    /// What to sign with ECDSA and SHA-256: `header || SHA-256(payload)`. A signer that takes a digest signs SHA-256 of it.
    pub fn signing_message(&self) -> &[u8] {
        &self.message
    }

    /// Joins the signature, `r || s` or DER, and writes it with the smaller `s`.
    ///
    /// # Errors
    /// [`IssueError::Signature`] when the bytes are not a signature of P-256. Whether it is *this* seal's is not checked.
    pub fn complete(self, signature: &[u8]) -> Result<Seal, IssueError> {
        let raw = ecdsa_signature_to_raw(signature).map_err(|_| IssueError::Signature)?;
        let mut bytes = self.unsigned;
        bytes.extend_from_slice(&with_low_s(raw));
        Ok(Seal::parse(&bytes)?)
    }
}
