//! Apple App Attest: Apple vouches for an app on a phone of theirs, over a hash that the app chose.
//!
//! The attested key is App Attest's own and never the enrolled one. The app binds the enrolled key by attesting
//! [`apple_client_data_hash`] of it; that this key lives in the Secure Enclave is then the app's word, which is as good as its
//! code, and the code is what Apple vouches for: [`AppleApp::secure_enclave`].

use der::asn1::{AnyRef, OctetStringRef};
use der::oid::ObjectIdentifier;
use der::{Decode, Tag, TagNumber, Tagged};
use idp_types::Timestamp;
use sha2::{Digest, Sha256};

use super::certificate::Certificate;
use super::chain::ChainRules;
use super::{
    AttestationError, AttestedKey, CHAIN_LIMIT, CertificateVerifier, Expected, SecurityLevel, TrustAnchors,
    cbor,
};

/// The longest attestation object, in bytes; the receipt in it is most of one.
pub const OBJECT_LIMIT: usize = 16_384;

/// The length of a key identifier, in bytes.
pub const KEY_ID_LENGTH: usize = 32;

const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113635.100.8.2");
const FORMAT: cbor::Value<'_> = cbor::Value::Text("apple-appattest");

/// The flag of attested credential data (WebAuthn section 6.1).
const ATTESTED_CREDENTIAL: u8 = 0x40;

/// Where an app was signed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppleEnvironment {
    /// The App Store, TestFlight or an enterprise's own distribution.
    Production,
    /// A developer's machine.
    Development,
}

impl AppleEnvironment {
    const fn aaguid(self) -> &'static [u8; 16] {
        match self {
            Self::Production => b"appattest\0\0\0\0\0\0\0",
            Self::Development => b"appattestdevelop",
        }
    }
}

/// An app that may enrol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppleApp {
    /// Team identifier, dot, bundle identifier.
    pub id: String,
    /// Which of its builds may enrol.
    pub environment: AppleEnvironment,
    /// Whether it keeps the keys that it enrols in the Secure Enclave.
    pub secure_enclave: bool,
    /// Whether the app is vouched for to verify the face before each signature.
    pub face_vouched: bool,
}

/// What Apple attestations have to fulfil.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplePolicy {
    /// Apple's roots.
    pub roots: TrustAnchors,
    /// The apps that may enrol.
    pub apps: Vec<AppleApp>,
}

/// An attestation as an app sends it.
#[derive(Debug, Clone, Copy)]
pub struct AppleAttestation<'a> {
    /// App Attest's name for its key.
    pub key_id: &'a [u8],
    /// The attestation object, CBOR.
    pub object: &'a [u8],
}

/// What the app gives App Attest as `clientDataHash`: SHA-256 over the enrolled key's `SubjectPublicKeyInfo` (RFC 5480, uncompressed,
/// DER, 91 bytes) and the challenge's 32 bytes.
pub fn apple_client_data_hash(expected: Expected<'_>) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(expected.key.to_spki_der());
    digest.update(expected.challenge);
    digest.finalize().into()
}

impl ApplePolicy {
    /// Verifies an attestation, in the steps of Apple's "Validating apps that connect to your server".
    ///
    /// # Errors
    /// [`AttestationError`] with the rule that was not met.
    pub fn verify(
        &self,
        attestation: AppleAttestation<'_>,
        expected: Expected<'_>,
        verifier: &dyn CertificateVerifier,
        now: Timestamp,
    ) -> Result<AttestedKey, AttestationError> {
        let object = Object::read(attestation.object)?;
        let chain: Vec<Certificate<'_>> = object
            .chain
            .iter()
            .map(|bytes| Certificate::read(bytes))
            .collect::<Result<_, _>>()?;
        // Step 1.
        let rules = ChainRules {
            roots: &self.roots,
            verifier,
            now,
            leaf_expires: true,
            revoked: None,
        };
        rules.check(&chain)?;
        let leaf = chain.first().ok_or(AttestationError::UnknownRoot)?;
        check_nonce(leaf, object.authenticator_data, apple_client_data_hash(expected))?;
        let data = AuthenticatorData::read(object.authenticator_data).ok_or(AttestationError::Malformed)?;
        check_key_id(leaf, &data, attestation.key_id)?;
        // Step 7.
        if data.counter != 0 {
            return Err(AttestationError::Counter);
        }
        self.judge(&data)
    }

    /// Steps 6 and 8: the app, by its identifier's hash and its environment.
    fn judge(&self, data: &AuthenticatorData<'_>) -> Result<AttestedKey, AttestationError> {
        let mut named = self
            .apps
            .iter()
            .filter(|app| Sha256::digest(&app.id).as_slice() == data.relying_party)
            .peekable();
        named.peek().ok_or(AttestationError::UnknownApp)?;
        let app = named
            .find(|app| app.environment.aaguid() == data.aaguid)
            .ok_or(AttestationError::Environment)?;
        Ok(AttestedKey {
            app: app.id.clone(),
            level: if app.secure_enclave {
                SecurityLevel::SecureElement
            } else {
                SecurityLevel::Software
            },
            face_vouched: app.face_vouched,
        })
    }
}

/// Steps 2 to 4: Apple signed the hash of the authenticator data and of what the app was asked to attest.
fn check_nonce(
    leaf: &Certificate<'_>,
    authenticator_data: &[u8],
    client_data_hash: [u8; 32],
) -> Result<(), AttestationError> {
    let nonce = read_nonce(leaf.extension(NONCE).ok_or(AttestationError::NotAttested)?)?;
    let mut digest = Sha256::new();
    digest.update(authenticator_data);
    digest.update(client_data_hash);
    if digest.finalize().as_slice() == nonce {
        Ok(())
    } else {
        Err(AttestationError::Challenge)
    }
}

/// `SEQUENCE { [1] EXPLICIT OCTET STRING }`.
fn read_nonce(bytes: &[u8]) -> der::Result<&[u8]> {
    const NONCE_TAG: Tag = Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(1),
    };
    AnyRef::from_der(bytes)?.sequence(|fields| {
        let field = AnyRef::decode(fields)?;
        field.tag().assert_eq(NONCE_TAG)?;
        Ok(<&OctetStringRef>::from_der(field.value())?.as_bytes())
    })
}

/// Steps 5 and 9: the key identifier is the hash of the attested key, and the credential's name.
fn check_key_id(
    leaf: &Certificate<'_>,
    data: &AuthenticatorData<'_>,
    key_id: &[u8],
) -> Result<(), AttestationError> {
    let key = leaf.p256_key().ok_or(AttestationError::Key)?;
    let is_named = Sha256::digest(key.to_sec1()).as_slice() == key_id && data.credential_id == key_id;
    if is_named {
        Ok(())
    } else {
        Err(AttestationError::Key)
    }
}

/// An attestation object whose shape is right.
struct Object<'a> {
    chain: Vec<&'a [u8]>,
    authenticator_data: &'a [u8],
}

impl<'a> Object<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, AttestationError> {
        if bytes.len() > OBJECT_LIMIT {
            return Err(AttestationError::Malformed);
        }
        let object = cbor::read(bytes).ok_or(AttestationError::Malformed)?;
        Self::of(&object).ok_or(AttestationError::Malformed)
    }

    fn of(object: &cbor::Value<'a>) -> Option<Self> {
        if object.member("fmt")? != &FORMAT {
            return None;
        }
        let cbor::Value::List(certificates) = object.member("attStmt")?.member("x5c")? else {
            return None;
        };
        if certificates.len() > CHAIN_LIMIT {
            return None;
        }
        Some(Self {
            chain: certificates
                .iter()
                .map(cbor::Value::bytes)
                .collect::<Option<_>>()?,
            authenticator_data: object.member("authData")?.bytes()?,
        })
    }
}

/// Authenticator data (WebAuthn section 6.1) with attested credential data. What follows the credential's name, its key and
/// extensions, says nothing that the leaf certificate does not.
struct AuthenticatorData<'a> {
    relying_party: &'a [u8],
    counter: u32,
    aaguid: &'a [u8; 16],
    credential_id: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (relying_party, rest) = bytes.split_at_checked(32)?;
        let (flags, rest) = rest.split_first()?;
        let (counter, rest) = rest.split_first_chunk::<4>()?;
        let (aaguid, rest) = rest.split_first_chunk::<16>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let credential_id = rest.get(..usize::from(u16::from_be_bytes(*length)))?;
        (flags & ATTESTED_CREDENTIAL != 0).then_some(Self {
            relying_party,
            counter: u32::from_be_bytes(*counter),
            aaguid,
            credential_id,
        })
    }
}

/// For the fuzz target: an object without its chain.
pub(crate) fn read_object(bytes: &[u8]) {
    if let Ok(object) = Object::read(bytes) {
        let _ = AuthenticatorData::read(object.authenticator_data);
        for certificate in object.chain {
            if let Ok(certificate) = Certificate::read(certificate) {
                let _ = certificate.extension(NONCE).map(read_nonce);
            }
        }
    }
}
