//! `attestation` of `POST /enroll` (profile 2): Android Key Attestation or Apple App Attest, over the challenge that `proof` answers.

use aws_lc_rs::signature;
use idp_core::audit::{AuditEvent, AuditFact};
use idp_core::enrolment::{AttestedDevice, KeyProtection};
use idp_jose::{EcPublicKey, SignatureError};
use idp_types::Timestamp;
use idp_vds::attestation::{
    AppleAttestation, AttestationError, AttestedKey, CHAIN_LIMIT, CertificateVerifier, Expected,
    KEY_ID_LENGTH, OBJECT_LIMIT, SecurityLevel, SignatureScheme,
};
use idp_vds::trust::CERTIFICATE_LIMIT;
use serde::Deserialize;

use super::enrol::Candidate;
use super::note;
use super::proof::Proven;
use crate::app::App;
use crate::config::{AttestationConfig, ConfigError};
use crate::crypto::AwsVerifier;
use crate::problem::{Code, Problem};

/// What vouches for a device's key and app. Binary members are base64 or base64url, with or without padding.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(tag = "type")]
pub(crate) enum Attestation {
    /// Android Key Attestation of the enrolled key, whose `attestationChallenge` is the challenge's 32 bytes.
    #[serde(rename = "android-key")]
    AndroidKey {
        /// DER certificates, the key's own first.
        chain: Vec<String>,
    },
    /// Apple App Attest over a `clientDataHash` of SHA-256(the enrolled key's SubjectPublicKeyInfo, the challenge's 32 bytes).
    #[serde(rename = "apple-appattest")]
    AppleAppAttest {
        /// App Attest's name for its key.
        #[serde(rename = "keyId")]
        key_id: String,
        /// The attestation object, CBOR.
        object: String,
    },
}

/// Why an attestation does not count.
#[derive(Debug, thiserror::Error)]
pub(super) enum AttestationRefusal {
    /// Without a proof there is no challenge that it could answer.
    #[error("an attestation needs a proof, whose challenge it answers")]
    NoProof,
    /// No app of this kind may vouch here.
    #[error("this server accepts no attestation of this kind")]
    NotAccepted,
    /// It is not valid.
    #[error(transparent)]
    Invalid(#[from] AttestationError),
    /// A file that the configuration names cannot be used.
    #[error(transparent)]
    Configuration(#[from] ConfigError),
    /// The check did not end.
    #[error("the check did not end")]
    Interrupted,
}

/// An attestation that holds.
pub(super) struct Attested {
    kind: &'static str,
    key: AttestedKey,
}

impl Attested {
    /// What the engine is told.
    pub(super) fn device(&self) -> AttestedDevice {
        AttestedDevice {
            key_protection: match self.key.level {
                SecurityLevel::Software => KeyProtection::Software,
                SecurityLevel::TrustedEnvironment | SecurityLevel::SecureElement => KeyProtection::Hardware,
            },
            face_vouched: self.key.face_vouched,
        }
    }

    /// The fact with what vouched for the key.
    pub(super) fn describe(&self, fact: AuditFact) -> AuditFact {
        fact.with("attestation", self.kind)
            .with("attested_app", self.key.app.as_str())
            .with("attested_level", self.key.level.name())
    }
}

impl Attestation {
    /// Verifies it for this key and the challenge that the proof took.
    pub(super) async fn verify(
        &self,
        app: &App,
        key: &EcPublicKey,
        proven: Option<&Proven>,
    ) -> Result<Attested, AttestationRefusal> {
        let challenge = proven.ok_or(AttestationRefusal::NoProof)?.challenge();
        let config = app.config.enrolment.attestation.clone();
        let (evidence, key, now) = (self.decode()?, key.clone(), app.now());
        // Files are read and RSA is checked: not on a thread that others wait for.
        let check = move || {
            let expected = Expected {
                key: &key,
                challenge: &challenge,
            };
            evidence.verify(&config, expected, now)
        };
        tokio::task::spawn_blocking(check)
            .await
            .map_err(|_| AttestationRefusal::Interrupted)?
    }

    fn decode(&self) -> Result<Evidence, AttestationError> {
        let evidence = match self {
            Self::AndroidKey { chain } => chain
                .iter()
                .take(CHAIN_LIMIT + 1)
                .map(|certificate| decode(certificate, CERTIFICATE_LIMIT))
                .collect::<Option<_>>()
                .map(Evidence::Android),
            Self::AppleAppAttest { key_id, object } => decode(key_id, KEY_ID_LENGTH)
                .zip(decode(object, OBJECT_LIMIT))
                .map(|(key_id, object)| Evidence::Apple { key_id, object }),
        };
        evidence.ok_or(AttestationError::Malformed)
    }
}

/// An attestation as octets.
#[derive(Debug)]
enum Evidence {
    Android(Vec<Vec<u8>>),
    Apple { key_id: Vec<u8>, object: Vec<u8> },
}

impl Evidence {
    fn verify(
        &self,
        config: &AttestationConfig,
        expected: Expected<'_>,
        now: Timestamp,
    ) -> Result<Attested, AttestationRefusal> {
        let (kind, key) = match self {
            Self::Android(chain) => {
                let accepted = config.android.as_ref();
                let policy = accepted.ok_or(AttestationRefusal::NotAccepted)?.read()?;
                let key = policy.verify(chain, expected, &AwsVerifier, now)?;
                ("android-key", key)
            }
            Self::Apple { key_id, object } => {
                let accepted = config.apple.as_ref();
                let policy = accepted.ok_or(AttestationRefusal::NotAccepted)?.read()?;
                let attestation = AppleAttestation { key_id, object };
                let key = policy.verify(attestation, expected, &AwsVerifier, now)?;
                ("apple-appattest", key)
            }
        };
        Ok(Attested { kind, key })
    }
}

impl CertificateVerifier for AwsVerifier {
    fn verify(
        &self,
        scheme: SignatureScheme,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        let algorithm: &dyn signature::VerificationAlgorithm = match scheme {
            SignatureScheme::EcdsaP256Sha256 => &signature::ECDSA_P256_SHA256_ASN1,
            SignatureScheme::EcdsaP384Sha256 => &signature::ECDSA_P384_SHA256_ASN1,
            SignatureScheme::EcdsaP384Sha384 => &signature::ECDSA_P384_SHA384_ASN1,
            SignatureScheme::RsaPkcs1Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        };
        signature::UnparsedPublicKey::new(algorithm, key)
            .verify(message, signature)
            .map_err(|_| SignatureError::Invalid)
    }
}

/// The attestation, or the refusal on the wire with a record of it.
pub(super) async fn accept(
    app: &App,
    candidate: &Candidate,
    verified: Result<Attested, AttestationRefusal>,
) -> Result<Attested, Problem> {
    let refusal = match verified {
        Ok(attested) => return Ok(attested),
        Err(refusal) => refusal,
    };
    let reason = match &refusal {
        AttestationRefusal::NoProof => {
            return Err(Problem::new(Code::InvalidProof).detail(refusal.to_string()));
        }
        AttestationRefusal::NotAccepted => "not_accepted",
        AttestationRefusal::Invalid(error) => error.reason(),
        AttestationRefusal::Configuration(_) | AttestationRefusal::Interrupted => {
            tracing::error!(error = %refusal, "an attestation could not be checked");
            return Err(Problem::new(Code::Unavailable).retry_after(60));
        }
    };
    let fact = candidate
        .fact(AuditEvent::EnrollRefused)
        .with("reason", "invalid_attestation")
        .with("attestation", reason);
    note(app, fact).await?;
    Err(Problem::new(Code::InvalidAttestation).with("reason", reason))
}

/// At most `limit` octets, in any base64.
fn decode(text: &str, limit: usize) -> Option<Vec<u8>> {
    if text.len() > limit.div_ceil(3) * 4 {
        return None;
    }
    let standard = text.trim_end_matches('=').replace('-', "+").replace('_', "/");
    let bytes = data_encoding::BASE64_NOPAD.decode(standard.as_bytes()).ok()?;
    (bytes.len() <= limit).then_some(bytes)
}

pub(super) fn fuzz(data: &[u8]) {
    if let Ok(attestation) = serde_json::from_slice::<Attestation>(data) {
        let _ = attestation.decode();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(value: serde_json::Value) -> Option<Result<Evidence, AttestationError>> {
        let attestation: Attestation = serde_json::from_value(value).ok()?;
        Some(attestation.decode())
    }

    #[test]
    fn both_kinds_are_read_in_any_base64_within_their_limits() {
        let chain = read(json!({"type": "android-key", "chain": ["+/8=", "-_8"]})).unwrap();
        assert!(matches!(chain, Ok(Evidence::Android(chain)) if chain == [[0xFB, 0xFF], [0xFB, 0xFF]]));
        let object = read(json!({"type": "apple-appattest", "keyId": "AA==", "object": "oA"})).unwrap();
        assert!(
            matches!(object, Ok(Evidence::Apple { key_id, object }) if key_id == [0] && object == [0xA0])
        );
        let long = data_encoding::BASE64.encode(&[0; CERTIFICATE_LIMIT + 1]);
        for wrong in [
            json!({"type": "android-key", "chain": ["?"]}),
            json!({"type": "android-key", "chain": [long]}),
            json!({"type": "apple-appattest", "keyId": "AA==", "object": "A".repeat(OBJECT_LIMIT * 2)}),
            json!({"type": "apple-appattest", "keyId": "A".repeat(64), "object": "oA"}),
        ] {
            assert!(matches!(read(wrong), Some(Err(AttestationError::Malformed))));
        }
        for unknown in [
            json!({"type": "tpm"}),
            json!({"chain": []}),
            json!({"type": "android-key"}),
        ] {
            assert!(read(unknown).is_none());
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,200}") {
            fuzz(text.as_bytes());
            fuzz(json!({"type": "android-key", "chain": [text]}).to_string().as_bytes());
        }
    }
}
