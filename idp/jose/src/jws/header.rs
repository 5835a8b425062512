//! The protected header (RFC 7515 section 4).

use serde_json::Value;

use super::JwsError;
use crate::alg::Algorithm;
use crate::json::{self, Map};

/// A protected header.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// The signature algorithm.
    pub alg: Algorithm,
    /// The name of the key, a hint.
    pub kid: Option<String>,
    /// The media type of the whole.
    pub typ: Option<String>,
    /// Every other member. On reading, members that would tell where the key comes from (`jku`, `x5u`) are left out,
    /// because nothing may ever follow them (RFC 8725 section 3.10); `jwk` and `x5c` stay for the formats that bind them
    /// by other means (RFC 9449, SD-JWT VC).
    pub extra: Map,
}

/// Members that have a field of their own or must not be set freely.
const RESERVED: [&str; 8] = ["alg", "kid", "typ", "crit", "b64", "jku", "x5u", "zip"];

impl Header {
    /// A header with the algorithm only.
    pub fn new(alg: Algorithm) -> Self {
        Self {
            alg,
            kid: None,
            typ: None,
            extra: Map::new(),
        }
    }

    /// The same with the name of the key.
    #[must_use]
    pub fn with_kid(mut self, kid: impl Into<String>) -> Self {
        self.kid = Some(kid.into());
        self
    }

    /// The same with the type.
    #[must_use]
    pub fn with_typ(mut self, typ: impl Into<String>) -> Self {
        self.typ = Some(typ.into());
        self
    }

    /// The same with one more member.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(name.into(), value.into());
        self
    }

    pub(super) fn parse(bytes: &[u8], limit: usize) -> Result<Self, JwsError> {
        let mut members = json::parse_object(bytes, limit).map_err(JwsError::HeaderJson)?;
        // RFC 7515 section 4.1.11: an extension that is not understood refuses the whole, and none is understood.
        if members.contains_key("crit") {
            return Err(JwsError::Critical);
        }
        // RFC 7797 section 3; `b64` without `crit` must not change the meaning, so that only `true` may stand.
        if members
            .get("b64")
            .is_some_and(|value| value != &Value::Bool(true))
        {
            return Err(JwsError::Unencoded);
        }
        let alg = take_text(&mut members, "alg")?.ok_or(JwsError::HeaderMember("alg"))?;
        let alg = alg.parse().map_err(|_| JwsError::Algorithm)?;
        let kid = take_text(&mut members, "kid")?;
        let typ = take_text(&mut members, "typ")?;
        members.retain(|name, _| !RESERVED.contains(&name.as_str()));
        Ok(Self {
            alg,
            kid,
            typ,
            extra: members,
        })
    }

    /// Appends the JSON text. Members go in a fixed order, so that equal headers have equal bytes.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"alg\":\"");
        out.extend_from_slice(self.alg.name().as_bytes());
        out.push(b'"');
        for (name, value) in [("typ", &self.typ), ("kid", &self.kid)] {
            if let Some(value) = value {
                write_member(out, name, value);
            }
        }
        for (name, value) in &self.extra {
            if !RESERVED.contains(&name.as_str()) {
                write_member(out, name, value);
            }
        }
        out.push(b'}');
    }
}

fn write_member<T: serde::Serialize>(out: &mut Vec<u8>, name: &str, value: &T) {
    out.push(b',');
    // Writing strings and JSON values into memory has no way to fail.
    let _ = serde_json::to_writer(&mut *out, name);
    out.push(b':');
    let _ = serde_json::to_writer(&mut *out, value);
}

fn take_text(members: &mut Map, name: &'static str) -> Result<Option<String>, JwsError> {
    match members.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(JwsError::HeaderMember(name)),
    }
}
