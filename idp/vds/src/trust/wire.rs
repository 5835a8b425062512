//! Spellings inside the lists: keys as JWKs, certificates as base64.

/// A P-256 key as a public JWK (RFC 7518 section 6.2.1).
pub(super) mod jwk {
    use idp_jose::{EcPublicKey, Jwk, PublicKey};
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// The P-256 key of a JWK, which may sign.
    pub(crate) fn signing_key(jwk: Jwk) -> Option<EcPublicKey> {
        match jwk.key {
            PublicKey::P256(key) if jwk.use_.as_deref().is_none_or(|usage| usage == "sig") => Some(key),
            _ => None,
        }
    }

    pub(crate) fn serialize<S: Serializer>(key: &EcPublicKey, serializer: S) -> Result<S::Ok, S::Error> {
        Jwk::new(PublicKey::P256(key.clone()))
            .to_value()
            .serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<EcPublicKey, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let jwk = Jwk::from_value(&value).map_err(D::Error::custom)?;
        signing_key(jwk).ok_or_else(|| D::Error::custom("not a P-256 key that signs"))
    }
}

/// Bytes as base64 with padding (RFC 4648 section 4), as certificates in JSON are (RFC 7515 section 4.1.6).
pub(super) mod base64 {
    use data_encoding::BASE64;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64
            .decode(text.as_bytes())
            .map_err(|_| D::Error::custom("not base64"))
    }
}
