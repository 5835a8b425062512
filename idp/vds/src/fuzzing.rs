//! One entry for each parser, for the fuzz crate.

use idp_jose::P256Verifier;

use crate::attestation::{RevokedSerials, TrustAnchors, read_key_description, read_object};
use crate::header::HeaderCodec as _;
use crate::manifest::{BirthDate, ManifestId};
use crate::trust::{
    AuthorityCertificate, CertificateRevocationList, GovernanceList, SchemeList, SealRevocationList,
    SignedList, TrustServiceList,
};
use crate::{Content, HeaderV2, Seal, carrier, payload, trust};

/// The header codec.
pub fn header(data: &[u8]) {
    let _ = HeaderV2.read(data);
}

/// A whole seal, and its values by position.
pub fn seal(data: &[u8]) {
    if let Ok(seal) = Seal::parse(data) {
        let _ = seal.values();
    }
}

/// MessagePack values.
pub fn values(data: &[u8]) {
    let _ = payload::read_values(data);
}

/// The payload of a person's seal.
pub fn person(data: &[u8]) {
    let _ = Content::read(ManifestId::PERSON, data);
}

/// The payload of a service's seal.
pub fn service(data: &[u8]) {
    let _ = Content::read(ManifestId::SERVICE, data);
}

/// Text forms.
pub fn carrier(data: &[u8]) {
    if let Ok(text) = str::from_utf8(data) {
        let _ = carrier::decode_text_with_prefixes(text, &["VDSEU6"]);
        let _ = BirthDate::parse(text);
    }
}

/// PEM and DER of certificates, and a certificate revocation list of whatever parses.
pub fn certificate(data: &[u8]) {
    if let Ok(text) = str::from_utf8(data) {
        let _ = trust::from_pem(text);
    }
    let Ok(code) = "XX01".parse() else { return };
    if let Ok(authority) = AuthorityCertificate::read(data, &code) {
        let _ = trust::SigningCertificate::read(data, &authority, &P256Verifier);
        let _ = CertificateRevocationList::read(data, &authority, &P256Verifier);
    }
}

/// The claims of the four lists, as they are read once the signature is verified.
pub fn lists(data: &[u8]) {
    let _ = serde_json::from_slice::<GovernanceList>(data);
    let _ = serde_json::from_slice::<SchemeList>(data);
    let _ = serde_json::from_slice::<TrustServiceList>(data);
    let _ = serde_json::from_slice::<SealRevocationList>(data);
}

/// A list as a compact JWS, under a key that signed none.
pub fn signed_list(data: &[u8]) {
    let generator = p256_generator();
    if let (Ok(text), Some(key)) = (str::from_utf8(data), generator) {
        let _ = GovernanceList::read(text, &P256Verifier, &key);
    }
}

/// The extension of an Android Key Attestation.
pub fn android_attestation(data: &[u8]) {
    read_key_description(data);
}

/// An Apple App Attest object, with the certificates in it.
pub fn apple_attestation(data: &[u8]) {
    read_object(data);
}

/// The files that an operator names: root certificates, and a list of revoked ones.
pub fn attestation_files(data: &[u8]) {
    if let Ok(text) = str::from_utf8(data) {
        let _ = TrustAnchors::from_pem(text);
        let _ = RevokedSerials::from_status_list(text);
    }
}

/// The base point of P-256: a public key whose private key is one.
fn p256_generator() -> Option<idp_jose::EcPublicKey> {
    const BASE_POINT: &[u8] = b"036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";
    let point = data_encoding::HEXLOWER.decode(BASE_POINT).ok()?;
    idp_jose::EcPublicKey::from_sec1(&point).ok()
}
