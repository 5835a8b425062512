//! The protected header of a JWE (RFC 7516 section 4, RFC 7518 section 4.6.1).

use crate::base64::BASE64URL_NOPAD;
use serde_json::Value;

use super::JweError;
use crate::json::{self, Map};
use crate::key::{EcPublicKey, Jwk, KeyError, PublicKey};

const KEY_AGREEMENT: &str = "ECDH-ES";
const HEADER_LIMIT: usize = 4096;

/// A content encryption algorithm (RFC 7518 section 5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContentEncryption {
    /// AES-128 in Galois/Counter Mode.
    A128Gcm,
    /// AES-256 in Galois/Counter Mode.
    A256Gcm,
}

impl ContentEncryption {
    /// The registered name, the value of `enc`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A128Gcm => "A128GCM",
            Self::A256Gcm => "A256GCM",
        }
    }

    pub(super) const fn key_length(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::A256Gcm => 32,
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::A128Gcm, Self::A256Gcm]
            .into_iter()
            .find(|encryption| encryption.name() == name)
    }
}

/// What the header says besides `alg` and `epk`, which this module sets itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JweHeader {
    /// The content encryption algorithm.
    pub enc: ContentEncryption,
    /// The name of the recipient's key.
    pub kid: Option<String>,
    /// The media type of the whole.
    pub typ: Option<String>,
    /// The media type of the content; `JWT` for a nested token (RFC 7519 section 5.2).
    pub cty: Option<String>,
    /// Agreement `PartyUInfo`, bytes.
    pub apu: Vec<u8>,
    /// Agreement `PartyVInfo`, bytes.
    pub apv: Vec<u8>,
}

impl JweHeader {
    /// A header with the content encryption only.
    pub const fn new(enc: ContentEncryption) -> Self {
        Self {
            enc,
            kid: None,
            typ: None,
            cty: None,
            apu: Vec::new(),
            apv: Vec::new(),
        }
    }

    pub(super) fn to_value(&self, ephemeral: &EcPublicKey) -> Value {
        let mut members = Map::new();
        let mut insert = |name: &str, value: Value| members.insert(name.to_owned(), value);
        insert("alg", KEY_AGREEMENT.into());
        insert("enc", self.enc.name().into());
        insert("epk", Jwk::new(ephemeral.clone()).to_value());
        for (name, text) in [("kid", &self.kid), ("typ", &self.typ), ("cty", &self.cty)] {
            if let Some(text) = text {
                insert(name, text.as_str().into());
            }
        }
        for (name, bytes) in [("apu", &self.apu), ("apv", &self.apv)] {
            if !bytes.is_empty() {
                insert(name, BASE64URL_NOPAD.encode(bytes).into());
            }
        }
        Value::Object(members)
    }

    /// The header and the sender's ephemeral key, which is checked to be on the curve (RFC 8725 section 3.4).
    pub(super) fn parse(bytes: &[u8]) -> Result<(Self, EcPublicKey), JweError> {
        let members = json::parse_object(bytes, HEADER_LIMIT).map_err(JweError::HeaderJson)?;
        if members.contains_key("crit") {
            return Err(JweError::Critical);
        }
        if members.contains_key("zip") {
            return Err(JweError::Compressed);
        }
        if text(&members, "alg")?.as_deref() != Some(KEY_AGREEMENT) {
            return Err(JweError::Algorithm);
        }
        let enc = text(&members, "enc")?.ok_or(JweError::HeaderMember("enc"))?;
        let header = Self {
            enc: ContentEncryption::from_name(&enc).ok_or(JweError::Algorithm)?,
            kid: text(&members, "kid")?,
            typ: text(&members, "typ")?,
            cty: text(&members, "cty")?,
            apu: binary(&members, "apu")?,
            apv: binary(&members, "apv")?,
        };
        let ephemeral = members.get("epk").ok_or(JweError::HeaderMember("epk"))?;
        Ok((header, ephemeral_key(ephemeral).map_err(JweError::EphemeralKey)?))
    }
}

fn ephemeral_key(value: &Value) -> Result<EcPublicKey, KeyError> {
    match Jwk::from_value(value)?.key {
        PublicKey::P256(key) => Ok(key),
        PublicKey::Rsa(_) | PublicKey::Ed25519(_) => Err(KeyError::Unsupported),
    }
}

fn text(members: &Map, name: &'static str) -> Result<Option<String>, JweError> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(JweError::HeaderMember(name)),
    }
}

fn binary(members: &Map, name: &'static str) -> Result<Vec<u8>, JweError> {
    let text = text(members, name)?.unwrap_or_default();
    BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|_| JweError::HeaderMember(name))
}
