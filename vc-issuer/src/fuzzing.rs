//! Entries for the fuzz targets: each takes octets of a stranger and checks what must hold of whatever was accepted.

use idp_jose::{Algorithm, PublicKey, SignatureError, Verifier};

use crate::configuration::Profile;
use crate::issuer::Issuer;
use crate::reading;
use crate::request::credential::{Arrival, CredentialRequest, Dialect, Proofs, Wanted};
use crate::request::deferred::DeferredRequest;
use crate::request::notification::Notification;
use crate::request::{attestation, holder_key, proof};

const NOW: i64 = 1_768_473_727;
const BATCH: usize = 3;

/// Takes every signature for good: what lies behind one is to be reached.
struct Credulous;

impl Verifier for Credulous {
    fn verify(&self, _: Algorithm, _: &PublicKey, _: &[u8], _: &[u8]) -> Result<(), SignatureError> {
        Ok(())
    }
}

/// A credential of any format; one that was read has times and attributes.
pub fn credential(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(seen) = reading::read(&text) {
        assert!(!seen.credential_type.is_empty() || seen.attributes.len() < reading::LIMIT);
    }
}

/// An mdoc in its octets.
pub fn mdoc(data: &[u8]) {
    let text = idp_types::encoding::base64url(data);
    let _ = reading::read(&text);
}

/// The body of a request at each identifier; what was accepted exists there, and asks for no more than a batch.
pub fn request(data: &[u8]) {
    let Ok(issuer) = Issuer::new("https://seal.example") else {
        return;
    };
    let _ = (DeferredRequest::parse(data, true), Notification::parse(data));
    for profile in Profile::ALL {
        let arrival = Arrival {
            issuer: &issuer,
            profile,
            was_encrypted: true,
            batch_size: BATCH,
        };
        let Ok(request) = CredentialRequest::parse(data, &arrival) else {
            continue;
        };
        assert!(profile.reads_drafts() || request.dialect == Dialect::Final);
        if let Wanted::Configuration(found) = request.wanted {
            assert_eq!(profile.find(&found.to_string()), Some(found));
        }
        if let Proofs::Jwt(proofs) = request.proofs {
            assert!((1..=BATCH).contains(&proofs.len()));
        }
    }
}

/// A proof, past its signature: keys that were accepted are few and different.
pub fn holder_proof(data: &[u8]) {
    let text = String::from_utf8_lossy(data).into_owned();
    let _ = holder_key::resolve(&text);
    let trusted = |_: &idp_jose::jws::Header| holder_key::resolve(EXAMPLE).map(|jwk| jwk.key);
    let _ = attestation::wallet_attestation(&text, &trusted, &Credulous, NOW);
    let expected = proof::Expected {
        identifier: "https://seal.example",
        client_id: None,
        verifier: &Credulous,
        trust: &trusted,
        attestation: None,
        batch_size: BATCH,
        now: NOW,
    };
    for proofs in [Proofs::Jwt(vec![text.clone()]), Proofs::Attestation(text)] {
        if let Ok(checked) = proof::check(&proofs, &expected) {
            assert!((1..=BATCH).contains(&checked.keys.len()));
        }
    }
}

/// A key of the did:key specification.
const EXAMPLE: &str = "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169";

/// An `encodedList`; one that was read stays within its limit.
pub fn bitstring(data: &[u8]) {
    const LIMIT: usize = 1 << 12;
    if let Some(bits) = crate::status::bitstring::decode(&String::from_utf8_lossy(data), LIMIT) {
        assert!(bits.len() <= LIMIT);
    }
}
