//! The SD-JWT formats, with every disclosure that came along.

use idp_jose::sd_jwt::SdJwt;
use idp_jose::status_list::StatusReference;
use serde_json::{Map, Value};

use super::jwt::{confirmation, parts, vcdm2};
use super::{LIMIT, ReadError, Seen, seconds, text};
use crate::credential::{Attribute, Vocabulary};
use crate::format::Format;

pub(super) fn read(compact: &str) -> Result<Seen, ReadError> {
    let sd_jwt = SdJwt::parse(compact, LIMIT).map_err(|_| ReadError::Malformed)?;
    let (header, _) = parts(compact.split('~').next().unwrap_or_default())?;
    let clear = sd_jwt.peek_unverified_claims();
    match header.typ.as_deref() {
        Some("vc+sd-jwt") if clear.contains_key("credentialSubject") => {
            vcdm2(Format::VcSdJwt, &header, clear)
        }
        // The type of SD-JWT VC before its draft -08.
        Some("dc+sd-jwt" | "vc+sd-jwt") => Ok(Seen {
            format: Format::DcSdJwt,
            issuer: clear.get("iss").and_then(Value::as_str).map(str::to_owned),
            credential_type: text(clear, "vct")?,
            kid: header.kid,
            attributes: attributes(sd_jwt.peek_unverified_disclosed()),
            from: seconds(clear, "nbf")?,
            until: seconds(clear, "exp")?,
            holder: confirmation(clear)?,
            status: StatusReference::from_claims(clear)
                .map_err(|_| ReadError::Member("status"))?
                .map(|status| (status.uri, status.index)),
        }),
        _ => Err(ReadError::Malformed),
    }
}

/// What is disclosed about the subject; evidence and receipt are about the issuance.
fn attributes(disclosed: &Map<String, Value>) -> Map<String, Value> {
    disclosed
        .iter()
        .filter(|(name, _)| {
            Attribute::named(name, Vocabulary::SdJwtVc).is_some()
                || !["verification", "consent_receipt"].contains(&name.as_str())
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
