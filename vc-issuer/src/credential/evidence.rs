//! Evidence that can be checked: which seal stands behind the credential, to whoever is shown that seal, and to nobody else.

use idp_types::encoding::base64url;
use idp_types::{Fingerprint, Timestamp};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{CopyRandomness, CredentialType, hour};

const SALT_LABEL: &str = "evidence";

/// The seal that the claims came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealEvidence {
    /// Its digest. Only a salted hash of it ever leaves.
    pub fingerprint: Fingerprint,
    /// The manifest, six hexadecimal digits.
    pub manifest: Option<String>,
    /// Who governs the authority that issued it.
    pub scheme_operator: String,
    /// SHA-256 of the signing certificate.
    pub signer_thumbprint: Option<[u8; 32]>,
    /// When it was verified; only the hour is told.
    pub verified_at: Timestamp,
}

impl SealEvidence {
    /// `SHA-256(salt || seal digest)` (profile 10).
    pub fn salted_digest(fingerprint: Fingerprint, salt: &[u8; 16]) -> [u8; 32] {
        Sha256::new()
            .chain_update(salt)
            .chain_update(fingerprint.0)
            .finalize()
            .into()
    }

    /// Whether `evidence`, as [`Self::to_value`] wrote it, is about the seal with this digest.
    pub fn names(evidence: &Value, fingerprint: Fingerprint) -> bool {
        let binary = |name| {
            let text = evidence.get(name).and_then(Value::as_str)?;
            idp_types::encoding::from_base64url(text)
        };
        let salt = binary("sealDigestSalt").and_then(|salt| <[u8; 16]>::try_from(salt).ok());
        salt.is_some_and(|salt| {
            binary("sealDigest").as_deref() == Some(&Self::salted_digest(fingerprint, &salt))
        })
    }

    /// The seed's members and what makes them checkable. Fresh for each copy. An age credential tells neither manifest nor signer,
    /// which would narrow down who holds it.
    pub fn to_value(&self, credential_type: CredentialType, copy: &CopyRandomness) -> Value {
        let salt: [u8; 16] = copy.bytes(SALT_LABEL);
        let mut members = self.seed_members(credential_type);
        let digest = Self::salted_digest(self.fingerprint, &salt);
        members.insert("sealDigest".to_owned(), base64url(&digest).into());
        members.insert("sealDigestSalt".to_owned(), base64url(&salt).into());
        let signer = self.signer_thumbprint.filter(|_| credential_type.tells_source());
        if let Some(thumbprint) = signer {
            members.insert("signerThumbprint".to_owned(), base64url(&thumbprint).into());
        }
        let verified_at = hour(self.verified_at).to_rfc3339();
        members.insert("verifiedAt".to_owned(), verified_at.into());
        Value::Object(members)
    }

    /// Exactly the members that the seed shows.
    pub(crate) fn seed_members(&self, credential_type: CredentialType) -> Map<String, Value> {
        let mut members = Map::from_iter([
            ("type".to_owned(), json!("VisibleDigitalSeal")),
            ("standard".to_owned(), json!("ISO 22376")),
            ("verificationMethod".to_owned(), json!("ECDSA-P256")),
            ("schemeOperator".to_owned(), json!(self.scheme_operator)),
        ]);
        let manifest = self.manifest.as_ref().filter(|_| credential_type.tells_source());
        if let Some(manifest) = manifest {
            members.insert("manifestId".to_owned(), json!(manifest));
        }
        members
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence() -> SealEvidence {
        SealEvidence {
            fingerprint: Fingerprint([7; 32]),
            manifest: Some("0A0001".into()),
            scheme_operator: "Otentik".into(),
            signer_thumbprint: Some([8; 32]),
            verified_at: Timestamp::parse_rfc3339("2026-01-15T10:42:07Z").unwrap(),
        }
    }

    #[test]
    fn who_has_the_seal_can_check_and_copies_do_not_match() {
        let [one, two] = [1, 2]
            .map(|seed| evidence().to_value(CredentialType::Identity, &CopyRandomness::new([seed; 32])));
        assert_ne!(one["sealDigest"], two["sealDigest"]);
        assert!(SealEvidence::names(&one, Fingerprint([7; 32])));
        assert!(!SealEvidence::names(&one, Fingerprint([6; 32])));
        assert_eq!(one["verifiedAt"], "2026-01-15T10:00:00Z");
        assert!(
            !one.to_string().contains(&base64url(&[7; 32])),
            "never the bare digest"
        );
    }

    #[test]
    fn an_age_credential_tells_no_source() {
        let value = evidence().to_value(CredentialType::AgeVerification, &CopyRandomness::new([1; 32]));
        assert!(value.get("manifestId").is_none() && value.get("signerThumbprint").is_none());
    }
}
