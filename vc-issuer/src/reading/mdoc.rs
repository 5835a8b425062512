//! `IssuerSigned` of an mdoc, read with `ciborium`; every digest is computed again over the octets that came.

use std::collections::BTreeMap;

use ciborium::Value as Cbor;
use idp_jose::{Algorithm, EcPublicKey, Ed25519PublicKey, Jwk, PublicKey, Verifier};
use idp_types::Timestamp;
use idp_types::encoding::from_base64url;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{ReadError, Seen};
use crate::format::Format;

const ENCODED_CBOR: u64 = 24;

/// The members of a map by name. A repeated name is malformed.
struct Members(BTreeMap<String, Cbor>);

impl Members {
    fn of(value: Cbor) -> Result<Self, ReadError> {
        let pairs = value.into_map().map_err(|_| ReadError::Malformed)?;
        let mut members = BTreeMap::new();
        for (name, value) in pairs {
            let name = name.into_text().map_err(|_| ReadError::Malformed)?;
            if members.insert(name, value).is_some() {
                return Err(ReadError::Malformed);
            }
        }
        Ok(Self(members))
    }

    fn take(&mut self, name: &'static str) -> Result<Cbor, ReadError> {
        self.0.remove(name).ok_or(ReadError::Member(name))
    }

    fn text(&mut self, name: &'static str) -> Result<String, ReadError> {
        self.take(name)?.into_text().map_err(|_| ReadError::Member(name))
    }

    fn map(&mut self, name: &'static str) -> Result<Self, ReadError> {
        Self::of(self.take(name)?)
    }
}

/// `COSE_Sign1`, with the mobile security object as it was signed.
struct Signed {
    protected: Vec<u8>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl Signed {
    fn of(value: Cbor) -> Result<Self, ReadError> {
        let wrong = ReadError::Member("issuerAuth");
        let parts: [Cbor; 4] = value
            .into_array()
            .map_err(|_| wrong)?
            .try_into()
            .map_err(|_| wrong)?;
        let [protected, _, payload, signature] = parts;
        let bytes = |part: Cbor| part.into_bytes().map_err(|_| wrong);
        Ok(Self {
            protected: bytes(protected)?,
            payload: bytes(payload)?,
            signature: bytes(signature)?,
        })
    }
}

fn decode(bytes: &[u8]) -> Result<Cbor, ReadError> {
    let mut rest = bytes;
    let value = ciborium::from_reader(&mut rest).map_err(|_| ReadError::Malformed)?;
    if rest.is_empty() {
        Ok(value)
    } else {
        Err(ReadError::Malformed)
    }
}

/// The octets inside `#6.24(bstr)`.
fn untag(value: Cbor) -> Result<Vec<u8>, ReadError> {
    match value {
        Cbor::Tag(ENCODED_CBOR, inner) => inner.into_bytes().map_err(|_| ReadError::Malformed),
        _ => Err(ReadError::Malformed),
    }
}

fn issuer_signed(text: &str) -> Result<(Members, Signed), ReadError> {
    let bytes = from_base64url(text).ok_or(ReadError::Malformed)?;
    let mut members = Members::of(decode(&bytes)?)?;
    let signed = Signed::of(members.take("issuerAuth")?)?;
    Ok((members.map("nameSpaces")?, signed))
}

pub(super) fn read(text: &str) -> Result<Seen, ReadError> {
    let (name_spaces, signed) = issuer_signed(text)?;
    let mut object = Members::of(decode(&untag(decode(&signed.payload)?)?)?)?;
    if object.text("version")? != "1.0" || object.text("digestAlgorithm")? != "SHA-256" {
        return Err(ReadError::Member("digestAlgorithm"));
    }
    let digests = object.map("valueDigests")?;
    let attributes = elements(name_spaces, digests)?;
    let mut validity = object.map("validityInfo")?;
    let device_key = object.map("deviceKeyInfo")?.take("deviceKey")?;
    let status = match object.0.remove("status") {
        Some(status) => Some(status_list(status)?),
        None => None,
    };
    Ok(Seen {
        format: Format::MsoMdoc,
        issuer: None,
        credential_type: object.text("docType")?,
        kid: None,
        attributes,
        from: moment(validity.take("validFrom")?)?,
        until: moment(validity.take("validUntil")?)?,
        holder: Some(Jwk::new(cose_key(device_key)?).thumbprint()),
        status,
    })
}

/// Section 9.3.1: each element's digest is that of the signed object, and the object has no digest without an element here.
fn elements(name_spaces: Members, mut digests: Members) -> Result<Map<String, Value>, ReadError> {
    let mut attributes = Map::new();
    for (name_space, items) in name_spaces.0 {
        let digests = digests.0.remove(&name_space).ok_or(ReadError::Digest)?;
        let mut digests: Vec<(Cbor, Cbor)> = digests.into_map().map_err(|_| ReadError::Digest)?;
        for item in items.into_array().map_err(|_| ReadError::Malformed)? {
            let (identifier, name, value) = element(item, &digests)?;
            digests.retain(|(own, _)| *own != identifier);
            if name != "consent_receipt" && attributes.insert(name, value).is_some() {
                return Err(ReadError::Malformed);
            }
        }
        if !digests.is_empty() {
            return Err(ReadError::Digest);
        }
    }
    if digests.0.is_empty() {
        Ok(attributes)
    } else {
        Err(ReadError::Digest)
    }
}

fn element(item: Cbor, digests: &[(Cbor, Cbor)]) -> Result<(Cbor, String, Value), ReadError> {
    let mut whole = Vec::new();
    ciborium::into_writer(&item, &mut whole).map_err(|_| ReadError::Malformed)?;
    let mut members = Members::of(decode(&untag(item)?)?)?;
    let identifier = members.take("digestID")?;
    let random = members
        .take("random")?
        .into_bytes()
        .map_err(|_| ReadError::Member("random"))?;
    if random.len() < 16 {
        return Err(ReadError::Member("random"));
    }
    let digest = digests
        .iter()
        .find(|(own, _)| *own == identifier)
        .map(|(_, digest)| digest);
    if digest.and_then(Cbor::as_bytes).map(Vec::as_slice) != Some(Sha256::digest(&whole).as_slice()) {
        return Err(ReadError::Digest);
    }
    let value = json(members.take("elementValue")?)?;
    Ok((identifier, members.text("elementIdentifier")?, value))
}

/// Values as JSON; tags for times and dates are their texts.
fn json(value: Cbor) -> Result<Value, ReadError> {
    Ok(match value {
        Cbor::Text(text) => text.into(),
        Cbor::Bool(value) => value.into(),
        Cbor::Integer(number) => i64::try_from(number).map_err(|_| ReadError::Malformed)?.into(),
        Cbor::Tag(0 | 1004, inner) if inner.is_text() => json(*inner)?,
        Cbor::Array(values) => values
            .into_iter()
            .map(json)
            .collect::<Result<Vec<_>, _>>()?
            .into(),
        _ => return Err(ReadError::Malformed),
    })
}

fn moment(value: Cbor) -> Result<i64, ReadError> {
    let text = match value {
        Cbor::Tag(0, inner) => inner.into_text().ok(),
        _ => None,
    };
    text.filter(|text| !text.contains('.'))
        .and_then(|text| Timestamp::parse_rfc3339(&text))
        .map(Timestamp::unix_seconds)
        .ok_or(ReadError::Member("validityInfo"))
}

fn status_list(status: Cbor) -> Result<(String, u64), ReadError> {
    let mut list = Members::of(status)?.map("status_list")?;
    let index = list
        .take("idx")?
        .into_integer()
        .ok()
        .and_then(|index| u64::try_from(index).ok());
    Ok((list.text("uri")?, index.ok_or(ReadError::Member("idx"))?))
}

/// `COSE_Key`: P-256 or Ed25519 (RFC 9053 section 7).
fn cose_key(value: Cbor) -> Result<PublicKey, ReadError> {
    let wrong = ReadError::Member("deviceKey");
    let members = value.into_map().map_err(|_| wrong)?;
    let find = |label: i64| {
        let label = Cbor::from(label);
        members
            .iter()
            .find(|(name, _)| *name == label)
            .map(|(_, value)| value)
    };
    let number = |label| {
        find(label)
            .and_then(Cbor::as_integer)
            .and_then(|n| i64::try_from(n).ok())
    };
    let bytes = |label| -> Option<[u8; 32]> { find(label)?.as_bytes()?.as_slice().try_into().ok() };
    match (number(1), number(-1)) {
        (Some(2), Some(1)) => {
            let (x, y) = (bytes(-2).ok_or(wrong)?, bytes(-3).ok_or(wrong)?);
            EcPublicKey::from_coordinates(&x, &y)
                .map(PublicKey::P256)
                .map_err(|_| wrong)
        }
        (Some(1), Some(6)) => {
            let key = Ed25519PublicKey::from_bytes(&bytes(-2).ok_or(wrong)?);
            key.map(PublicKey::Ed25519).map_err(|_| wrong)
        }
        _ => Err(wrong),
    }
}

/// Whether `key` made the signature (RFC 9052 section 4.4); ES256 alone.
pub(super) fn verify(text: &str, verifier: &dyn Verifier, key: &PublicKey) -> Result<bool, ReadError> {
    let (_, signed) = issuer_signed(text)?;
    if decode(&signed.protected)? != Cbor::Map(vec![(Cbor::from(1), Cbor::from(-7))]) {
        return Ok(false);
    }
    let structure = Cbor::Array(vec![
        Cbor::from("Signature1"),
        Cbor::Bytes(signed.protected),
        Cbor::Bytes(Vec::new()),
        Cbor::Bytes(signed.payload),
    ]);
    let mut message = Vec::new();
    ciborium::into_writer(&structure, &mut message).map_err(|_| ReadError::Malformed)?;
    Ok(verifier
        .verify(Algorithm::Es256, key, &message, &signed.signature)
        .is_ok())
}
