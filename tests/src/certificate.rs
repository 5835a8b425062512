//! A client certificate (RFC 8705), self-signed, and how a proxy that ended TLS hands it over (RFC 9440).

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use idp_authenticator::{DeviceKey, DeviceSigner as _};

use crate::http::Call;
use crate::random;

/// The header of the proxy in these tests.
pub const HEADER: &str = "client-cert";

/// RFC 5758 3.2.
const ECDSA_SHA256: &[u8] = b"\x30\x0A\x06\x08\x2A\x86\x48\xCE\x3D\x04\x03\x02";
/// RFC 5280 4.1.2.5, 4.1.2.6.
const VALID: [&[u8]; 2] = [b"200101000000Z", b"400101000000Z"];
const COMMON_NAME: &[u8] = b"\x55\x04\x03";

/// A certificate of somebody.
#[derive(Debug, Clone)]
pub struct Certificate {
    der: Vec<u8>,
}

impl Certificate {
    /// A new one, of a new P-256 key, about `CN=name`.
    pub fn of(name: &str) -> Self {
        let key = DeviceKey::from_random(&random()).expect("a scalar");
        let subject = element(0x0C, name.as_bytes());
        let subject = element(0x30, &[element(0x06, COMMON_NAME), subject].concat());
        let subject = element(0x30, &element(0x31, &subject));
        let content = [
            element(0xA0, &element(0x02, &[2])),
            element(0x02, &[1]),
            ECDSA_SHA256.to_vec(),
            subject.clone(),
            element(0x30, &VALID.map(|time| element(0x17, time)).concat()),
            subject,
            key.public_key().to_spki_der(),
        ];
        let content = element(0x30, &content.concat());
        let signature = key.sign(&content);
        let (r, s) = signature.split_at(32);
        let signature = element(0x30, &[unsigned(r), unsigned(s)].concat());
        let signature = element(0x03, &[vec![0], signature].concat());
        let der = element(0x30, &[content, ECDSA_SHA256.to_vec(), signature].concat());
        Self { der }
    }

    /// SHA-256 over it, as `x5t#S256` says it (RFC 8705 3.1).
    pub fn thumbprint(&self) -> String {
        BASE64URL_NOPAD.encode(digest(&SHA256, &self.der).as_ref())
    }

    /// The call as the proxy passes it on.
    #[must_use]
    pub fn shown(&self, call: Call) -> Call {
        call.header(HEADER, &format!(":{}:", BASE64.encode(&self.der)))
    }
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let [.., high, low] = content.len().to_be_bytes();
    let mut out = vec![tag];
    match content.len() {
        0..0x80 => out.push(low),
        0x80..0x100 => out.extend([0x81, low]),
        _ => out.extend([0x82, high, low]),
    }
    out.extend(content);
    out
}

/// The shortest `INTEGER` of a number that is not negative (X.690 8.3).
fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let (_, number) = bytes.split_at(start);
    let is_plain = number.first().is_some_and(|first| *first < 0x80);
    let lead: &[u8] = if is_plain { &[] } else { &[0] };
    element(0x02, &[lead, number].concat())
}
