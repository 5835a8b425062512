//! The octets of device proofs (profile 2).

use idp_types::encoding::{lowerhex, push_length_prefixed};
use idp_types::{DeviceId, Fingerprint, TokenId};
use sha2::{Digest, Sha256};

use super::holder::DeviceKey;

/// `enroll|challenge|lowerhex(seal fingerprint)|deviceId`.
pub fn enrolment_proof_message(challenge: &str, fingerprint: Fingerprint, device_id: &DeviceId) -> Vec<u8> {
    format!("enroll|{challenge}|{}|{device_id}", fingerprint.to_lowerhex()).into_bytes()
}

/// `METHOD|issuer|path?query|ts|nonce|lowerhex(SHA-256(body))`: every phone request that is not enrolment.
pub fn request_message(
    method: &str,
    issuer: &str,
    path_and_query: &str,
    stamp: (i64, &str),
    body: &[u8],
) -> Vec<u8> {
    let (timestamp, nonce) = stamp;
    let digest = lowerhex(&Sha256::digest(body));
    format!("{method}|{issuer}|{path_and_query}|{timestamp}|{nonce}|{digest}").into_bytes()
}

/// What an existing device approves when it admits another: SHA-256 over tokenId, deviceId and key, lower-case hexadecimal.
pub fn device_binding(token_id: &TokenId, device_id: &DeviceId, key: &DeviceKey) -> String {
    let mut out = b"idt-enrol-device-v1".to_vec();
    push_length_prefixed(&mut out, token_id.as_str().as_bytes());
    push_length_prefixed(&mut out, device_id.as_str().as_bytes());
    push_length_prefixed(&mut out, &key.0);
    lowerhex(&Sha256::digest(&out))
}
