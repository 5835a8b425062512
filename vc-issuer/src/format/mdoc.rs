//! `mso_mdoc`: the `IssuerSigned` of ISO/IEC 18013-5 section 8.3, signed with COSE (RFC 9052).

use idp_jose::PublicKey;
use idp_types::Timestamp;
use idp_types::encoding::base64url;
use sha2::{Digest, Sha256};

use super::cbor::Writer;
use super::{FormatError, Issuance, countries};
use crate::credential::{AttributeValue, ConsentReceipt, Vocabulary};

const ENCODED_CBOR: u64 = 24;
const DATE_TIME: u64 = 0;
const FULL_DATE: u64 = 1004;
/// COSE header parameter `x5chain` (RFC 9360).
const X5CHAIN: u64 = 33;
/// COSE `alg` ES256 as a protected header: `{1: -7}`.
const PROTECTED: [u8; 3] = [0xa1, 0x01, 0x26];
/// The name of the element that holds the consent receipt.
const RECEIPT: &str = "consent_receipt";

/// An mdoc that waits for the issuer's signature.
pub struct PreparedMdoc {
    signing_input: Vec<u8>,
    name_spaces: Vec<u8>,
    x5chain: Vec<u8>,
    security_object: Vec<u8>,
}

impl std::fmt::Debug for PreparedMdoc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PreparedMdoc({} bytes)", self.name_spaces.len())
    }
}

impl PreparedMdoc {
    /// `Sig_structure` (RFC 9052 section 4.4).
    pub fn signing_input(&self) -> &[u8] {
        &self.signing_input
    }

    /// `IssuerSigned`, base64url without padding (OpenID4VCI appendix A.2.4).
    pub fn complete(self, signature: &[u8]) -> String {
        let mut out = Writer::default();
        out.map(2).text("nameSpaces").raw(&self.name_spaces);
        out.text("issuerAuth").array(4).bytes(&PROTECTED);
        out.raw(&self.x5chain)
            .bytes(&self.security_object)
            .bytes(signature);
        base64url(&out.into_bytes())
    }
}

/// Every attribute becomes an element with a random value and a digest of its own.
pub(super) fn prepare(issuance: &Issuance<'_>) -> Result<PreparedMdoc, FormatError> {
    let kind = issuance.subject.credential_type();
    let doc_type = issuance.issuer.doc_type(kind);
    let items = items(issuance);
    let mut name_spaces = Writer::default();
    name_spaces.map(1).text(&doc_type).array(items.len());
    for item in &items {
        name_spaces.raw(item);
    }
    let security_object = tagged(&security_object(issuance, &doc_type, &items)?);
    let mut signing_input = Writer::default();
    signing_input.array(4).text("Signature1").bytes(&PROTECTED);
    signing_input.bytes(&[]).bytes(&security_object);
    Ok(PreparedMdoc {
        signing_input: signing_input.into_bytes(),
        name_spaces: name_spaces.into_bytes(),
        x5chain: x5chain(&issuance.key.x5c),
        security_object,
    })
}

/// `#6.24(bstr .cbor item)`.
fn tagged(encoded: &[u8]) -> Vec<u8> {
    let mut out = Writer::default();
    out.tag(ENCODED_CBOR).bytes(encoded);
    out.into_bytes()
}

/// `IssuerSignedItemBytes`, in the order of their digests' identifiers.
fn items(issuance: &Issuance<'_>) -> Vec<Vec<u8>> {
    let elements = issuance.subject.iter().map(|(attribute, value)| {
        let mut encoded = Writer::default();
        write_value(&mut encoded, value);
        (attribute.name(Vocabulary::Mdoc), encoded)
    });
    let receipt = issuance.receipt.map(|receipt: &ConsentReceipt| {
        let mut encoded = Writer::default();
        encoded.text(receipt.as_str());
        (RECEIPT, encoded)
    });
    elements
        .chain(receipt)
        .enumerate()
        .map(|(position, (name, value))| {
            let random: [u8; 32] = issuance.copy.randomness.bytes(&format!("element {position}"));
            let mut item = Writer::default();
            item.map(4).text("digestID").unsigned(identifier(position));
            item.text("random").bytes(&random);
            item.text("elementIdentifier").text(name);
            item.text("elementValue").raw(&value.into_bytes());
            tagged(&item.into_bytes())
        })
        .collect()
}

fn identifier(position: usize) -> u64 {
    u64::try_from(position).unwrap_or_default()
}

fn write_value(out: &mut Writer, value: &AttributeValue) {
    match value {
        AttributeValue::Text(text) => out.text(text),
        AttributeValue::Date(date) => out.tag(FULL_DATE).text(&date.to_string()),
        AttributeValue::Number(number) => out.unsigned(u64::from(*number)),
        AttributeValue::Holds(holds) => out.boolean(*holds),
        AttributeValue::Country(_) => {
            let codes = countries(value).unwrap_or_default();
            out.array(codes.len());
            codes.iter().fold(out, |out, code| out.text(code))
        }
    };
}

/// `MobileSecurityObject` (section 9.1.2.4).
fn security_object(
    issuance: &Issuance<'_>,
    doc_type: &str,
    items: &[Vec<u8>],
) -> Result<Vec<u8>, FormatError> {
    let mut out = Writer::default();
    let status = issuance.copy.status;
    out.map(6 + usize::from(status.is_some()));
    out.text("version").text("1.0");
    out.text("digestAlgorithm").text("SHA-256");
    out.text("valueDigests").map(1).text(doc_type).map(items.len());
    for (position, item) in items.iter().enumerate() {
        out.unsigned(identifier(position)).bytes(&Sha256::digest(item));
    }
    out.text("deviceKeyInfo").map(1).text("deviceKey");
    write_device_key(&mut out, issuance)?;
    out.text("docType").text(doc_type);
    let (from, until) = (issuance.validity.from(), issuance.validity.until());
    out.text("validityInfo").map(3);
    for (name, moment) in [("signed", from), ("validFrom", from), ("validUntil", until)] {
        write_time(out.text(name), moment);
    }
    if let Some(entry) = status {
        let list = issuance.issuer.token_list(entry.list);
        out.text("status").map(1).text("status_list").map(2);
        out.text("idx").unsigned(entry.index).text("uri").text(&list);
    }
    Ok(out.into_bytes())
}

/// `tdate` without a fraction of a second.
fn write_time(out: &mut Writer, moment: Timestamp) {
    out.tag(DATE_TIME).text(&moment.to_rfc3339());
}

/// `COSE_Key` of the holder (RFC 9053 section 7.1.1). An mdoc without one does not exist.
fn write_device_key(out: &mut Writer, issuance: &Issuance<'_>) -> Result<(), FormatError> {
    match issuance.copy.holder.key().map(|key| &key.key) {
        Some(PublicKey::P256(key)) => {
            out.map(4).unsigned(1).unsigned(2).negative(0).unsigned(1);
            out.negative(1).bytes(key.x()).negative(2).bytes(key.y());
            Ok(())
        }
        Some(PublicKey::Ed25519(key)) => {
            out.map(3).unsigned(1).unsigned(1).negative(0).unsigned(6);
            out.negative(1).bytes(key.as_bytes());
            Ok(())
        }
        Some(PublicKey::Rsa(_)) | None => Err(FormatError::Holder),
    }
}

/// Unprotected headers: one certificate as octets, several as an array of them (RFC 9360 section 2).
fn x5chain(chain: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Writer::default();
    match chain {
        [] => {
            out.map(0);
        }
        [only] => {
            out.map(1).unsigned(X5CHAIN).bytes(only);
        }
        several => {
            out.map(1).unsigned(X5CHAIN).array(several.len());
            for certificate in several {
                out.bytes(certificate);
            }
        }
    }
    out.into_bytes()
}
