//! The JWT formats: VCDM 2.0, VCDM 1.1 in a `vc` claim, and the seed's document.

use idp_jose::jws::{self, Expectation, Header};
use idp_jose::{Algorithm, Jwk, PublicKey, Verifier};
use idp_types::Timestamp;
use idp_types::encoding::from_base64url;
use serde_json::{Map, Value};

use super::{LIMIT, ReadError, Seen, object, seconds, text};
use crate::format::Format;

/// The context that decides for a reader of VCDM 1.1.
const FIRST_CONTEXT: &str = "https://www.w3.org/2018/credentials/v1";

pub(super) fn parts(compact: &str) -> Result<(Header, Map<String, Value>), ReadError> {
    let parsed = jws::parse(compact, LIMIT).map_err(|_| ReadError::Malformed)?;
    let claims = parsed
        .peek_unverified_claims()
        .map_err(|_| ReadError::Malformed)?;
    Ok((parsed.header().clone(), claims))
}

pub(super) fn read(compact: &str) -> Result<Seen, ReadError> {
    let (header, claims) = parts(compact)?;
    match (
        claims.contains_key("vc"),
        claims.contains_key("credentialSubject"),
    ) {
        (true, true) => Err(ReadError::Hybrid),
        (true, false) => enveloped(&header, &claims),
        (false, true) => vcdm2(Format::VcJwt, &header, &claims),
        (false, false) => Err(ReadError::Malformed),
    }
}

/// A payload that is the credential.
pub(super) fn vcdm2(format: Format, header: &Header, claims: &Map<String, Value>) -> Result<Seen, ReadError> {
    let issuer = text(claims, "issuer")?;
    if claims
        .get("iss")
        .is_some_and(|iss| iss.as_str() != Some(issuer.as_str()))
    {
        return Err(ReadError::Member("iss"));
    }
    let mut attributes = object(claims, "credentialSubject")?.clone();
    attributes.remove("id");
    Ok(Seen {
        format,
        issuer: Some(issuer),
        credential_type: last_type(claims)?,
        kid: header.kid.clone(),
        attributes,
        from: moment(claims, "validFrom")?,
        until: moment(claims, "validUntil")?,
        holder: confirmation(claims)?,
        status: status(claims)?,
    })
}

/// A credential in a `vc` claim: VCDM 1.1 by its first context, else the seed's.
fn enveloped(header: &Header, claims: &Map<String, Value>) -> Result<Seen, ReadError> {
    let vc = object(claims, "vc")?;
    let first = vc.get("@context").and_then(|contexts| contexts.get(0));
    let format = match first.and_then(Value::as_str) {
        Some(FIRST_CONTEXT) => Format::JwtVcJson,
        Some(_) => Format::Seed,
        None => return Err(ReadError::Member("@context")),
    };
    let mut attributes = object(vc, "credentialSubject")?.clone();
    let subject = attributes.remove("id");
    let sub = claims.get("sub");
    if sub.is_some() && sub != subject.as_ref() {
        return Err(ReadError::Member("sub"));
    }
    Ok(Seen {
        format,
        issuer: Some(text(claims, "iss")?),
        credential_type: last_type(vc)?,
        kid: header.kid.clone(),
        attributes,
        from: seconds(claims, "nbf")?,
        until: seconds(claims, "exp")?,
        holder: subject.as_ref().and_then(Value::as_str).and_then(did_jwk),
        status: status(vc)?,
    })
}

fn last_type(members: &Map<String, Value>) -> Result<String, ReadError> {
    let types = members.get("type").and_then(Value::as_array).map(Vec::as_slice);
    match types {
        Some([Value::String(first), .., Value::String(last)]) if first == "VerifiableCredential" => {
            Ok(last.clone())
        }
        _ => Err(ReadError::Member("type")),
    }
}

fn moment(members: &Map<String, Value>, name: &'static str) -> Result<i64, ReadError> {
    Timestamp::parse_rfc3339(&text(members, name)?)
        .map(Timestamp::unix_seconds)
        .ok_or(ReadError::Member(name))
}

/// `cnf.jwk`, where it is there.
pub(super) fn confirmation(claims: &Map<String, Value>) -> Result<Option<[u8; 32]>, ReadError> {
    let Some(cnf) = claims.get("cnf") else {
        return Ok(None);
    };
    let key = cnf.get("jwk").and_then(|jwk| Jwk::from_value(jwk).ok());
    key.map(|key| Some(key.thumbprint()))
        .ok_or(ReadError::Member("cnf"))
}

fn did_jwk(id: &str) -> Option<[u8; 32]> {
    let jwk = from_base64url(id.strip_prefix("did:jwk:")?)?;
    Some(Jwk::parse(&jwk).ok()?.thumbprint())
}

fn status(members: &Map<String, Value>) -> Result<Option<(String, u64)>, ReadError> {
    let Some(status) = members.get("credentialStatus") else {
        return Ok(None);
    };
    let wrong = ReadError::Member("credentialStatus");
    let status = status.as_object().ok_or(wrong)?;
    let index = text(status, "statusListIndex")?.parse().map_err(|_| wrong)?;
    Ok(Some((text(status, "statusListCredential")?, index)))
}

/// Whether `key` signed it, whatever its type says: the format was recognised by then.
pub(super) fn verify(compact: &str, verifier: &dyn Verifier, key: &PublicKey) -> Result<bool, ReadError> {
    let parsed = jws::parse(compact, LIMIT).map_err(|_| ReadError::Malformed)?;
    let typ = parsed.header().typ.clone().unwrap_or_default();
    let expectation = Expectation {
        algorithms: &[Algorithm::Es256],
        typ: &typ,
    };
    Ok(parsed.verify(verifier, key, &expectation).is_ok())
}
