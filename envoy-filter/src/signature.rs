//! Signatures that the proxy checks with its own library, through its function `verify_signature`.

use idp_jose::{Algorithm, P256Verifier, PublicKey, SignatureError, Verifier};
use verdict::policy::VerifierChoice;

use crate::host::Host;

/// DER of the algorithm identifier of RSA keys (RFC 3279 section 2.3.1).
const RSA_ENCRYPTION: [u8; 15] = [
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];

/// What checks the signatures that tables do not decide.
#[derive(Clone, Copy)]
pub struct HostVerifier<'a, H> {
    /// The proxy.
    pub host: &'a H,
    /// What the policy wants.
    pub choice: VerifierChoice,
}

/// The algorithms that somebody here can check: the proxy's function knows no PSS padding and no Ed25519.
pub const OFFERED: [Algorithm; 2] = [Algorithm::Es256, Algorithm::Rs256];

impl<H: Host> Verifier for HostVerifier<'_, H> {
    fn verify(
        &self,
        algorithm: Algorithm,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        let (key_der, signature_der) = match (algorithm, key) {
            (Algorithm::Es256, PublicKey::P256(_)) if self.choice == VerifierChoice::Generic => {
                return P256Verifier.verify(algorithm, key, message, signature);
            }
            (Algorithm::Es256, PublicKey::P256(point)) => {
                let raw = signature.try_into().map_err(|_| SignatureError::Malformed)?;
                (point.to_spki_der(), ecdsa_der(raw))
            }
            (Algorithm::Rs256, PublicKey::Rsa(key)) => (rsa_spki(&key.to_pkcs1_der()), signature.to_vec()),
            _ => return Err(SignatureError::Unsupported),
        };
        let argument = message_of(&[(1, b"sha256"), (2, &key_der), (3, &signature_der), (4, message)]);
        match (self.host.foreign("verify_signature", &argument), algorithm) {
            // Field 1 is a truth value, and true.
            (Some(answer), _) if answer == [0x08, 0x01] => Ok(()),
            (Some(_), _) => Err(SignatureError::Invalid),
            (None, Algorithm::Es256) => P256Verifier.verify(algorithm, key, message, signature),
            (None, _) => Err(SignatureError::Unsupported),
        }
    }
}

/// A protobuf message of fields with bytes.
fn message_of(fields: &[(u8, &[u8])]) -> Vec<u8> {
    let mut message = Vec::with_capacity(1024);
    for (number, bytes) in fields {
        message.push(number << 3 | 2);
        let mut length = bytes.len();
        while length >= 0x80 {
            message.push(low_bits(length) | 0x80);
            length >>= 7;
        }
        message.push(low_bits(length));
        message.extend_from_slice(bytes);
    }
    message
}

fn low_bits(number: usize) -> u8 {
    u8::try_from(number & 0x7f).unwrap_or_default()
}

/// RFC 3279 section 2.2.3: a sequence of two integers.
fn ecdsa_der(raw: &[u8; 64]) -> Vec<u8> {
    let (r, s) = raw.split_at(32);
    element(0x30, &[unsigned(r), unsigned(s)].concat())
}

fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = bytes.get(zeros..).unwrap_or_default();
    let sign = digits.first().is_none_or(|first| *first >= 0x80);
    let content = if sign {
        [&[0], digits].concat()
    } else {
        digits.to_vec()
    };
    element(0x02, &content)
}

fn rsa_spki(pkcs1: &[u8]) -> Vec<u8> {
    let bits = element(0x03, &[&[0], pkcs1].concat());
    element(0x30, &[&RSA_ENCRYPTION, bits.as_slice()].concat())
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut der = vec![tag];
    let length = content.len().to_be_bytes();
    let digits: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    match digits.as_slice() {
        [] => der.push(0),
        [short] if *short < 0x80 => der.push(*short),
        long => {
            der.push(0x80 | low_bits(long.len()));
            der.extend_from_slice(long);
        }
    }
    der.extend_from_slice(content);
    der
}
