//! JSON Web Keys (RFC 7517), their parameters (RFC 7518 section 6) and their thumbprint (RFC 7638).

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{EcPublicKey, KeyError, PublicKey, RsaPublicKey};
use crate::alg::Algorithm;
use crate::json::{self, Map};

/// Members that only a private or symmetric key has (RFC 7518 sections 6.2.2, 6.3.2, 6.4).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
/// An 8192-bit RSA key with a certificate chain stays far below.
const KEY_LIMIT: usize = 32 * 1024;
const SET_LIMIT: usize = 256 * 1024;
const SET_KEYS_LIMIT: usize = 64;

/// A public key with its description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    /// The key.
    pub key: PublicKey,
    /// `kid`, the name of the key among those of its owner (RFC 7517 section 4.5).
    pub kid: Option<String>,
    /// `alg`, the only algorithm that the key is meant for (RFC 7517 section 4.4).
    pub alg: Option<String>,
    /// `use`: `sig` or `enc` (RFC 7517 section 4.2).
    pub use_: Option<String>,
}

impl Jwk {
    /// A key without a description.
    pub fn new(key: impl Into<PublicKey>) -> Self {
        Self {
            key: key.into(),
            kid: None,
            alg: None,
            use_: None,
        }
    }

    /// The same key named by its own thumbprint, base64url.
    #[must_use]
    pub fn named_by_thumbprint(mut self) -> Self {
        self.kid = Some(self.thumbprint_base64url());
        self
    }

    /// Reads one key from JSON text of at most 32 KiB.
    ///
    /// # Errors
    /// [`KeyError`] as [`Self::from_value`], or for text that is not acceptable JSON.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        Self::from_members(&json::parse_object(bytes, KEY_LIMIT)?)
    }

    /// Reads one key. Members that it does not know are ignored (RFC 7517 section 4); `x5u` and `x5c` are among them.
    ///
    /// # Errors
    /// [`KeyError`] for a key that is private, of another kind, or invalid.
    pub fn from_value(value: &Value) -> Result<Self, KeyError> {
        Self::from_members(value.as_object().ok_or(json::JsonError::NotAnObject)?)
    }

    fn from_members(members: &Map) -> Result<Self, KeyError> {
        if PRIVATE_MEMBERS.iter().any(|name| members.contains_key(*name)) {
            return Err(KeyError::PrivateMember);
        }
        let key = match text(members, "kty")?.ok_or(KeyError::Member("kty"))? {
            "EC" => PublicKey::P256(ec_key(members)?),
            "RSA" => PublicKey::Rsa(RsaPublicKey::from_components(
                &binary(members, "n")?,
                &binary(members, "e")?,
            )?),
            _ => return Err(KeyError::Unsupported),
        };
        let owned = |name| text(members, name).map(|text| text.map(str::to_owned));
        Ok(Self {
            key,
            kid: owned("kid")?,
            alg: owned("alg")?,
            use_: owned("use")?,
        })
    }

    /// The JSON form, with the public members only.
    pub fn to_value(&self) -> Value {
        let mut members = required_members(&self.key);
        for (name, value) in [("kid", &self.kid), ("alg", &self.alg), ("use", &self.use_)] {
            if let Some(value) = value {
                members.insert(name.to_owned(), Value::String(value.clone()));
            }
        }
        Value::Object(members)
    }

    /// The RFC 7638 thumbprint with SHA-256.
    pub fn thumbprint(&self) -> [u8; 32] {
        self.key.thumbprint()
    }

    /// The thumbprint as base64url, the value of `jkt` (RFC 9449 section 6.1).
    pub fn thumbprint_base64url(&self) -> String {
        BASE64URL_NOPAD.encode(&self.thumbprint())
    }

    /// Whether the key may check signatures of `algorithm`: kind, `use` and `alg` all allow it (RFC 8725 section 3.1).
    pub fn may_verify(&self, algorithm: Algorithm) -> bool {
        self.key.fits(algorithm)
            && self.use_.as_deref().is_none_or(|purpose| purpose == "sig")
            && self.alg.as_deref().is_none_or(|name| name == algorithm.name())
    }
}

/// A set of public keys (RFC 7517 section 5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JwkSet {
    keys: Vec<Jwk>,
}

impl JwkSet {
    /// A set of these keys.
    pub const fn new(keys: Vec<Jwk>) -> Self {
        Self { keys }
    }

    /// Reads a set of at most 256 KiB and 64 keys.
    ///
    /// # Errors
    /// As [`Self::from_value`], or for text that is not acceptable JSON.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        Self::from_members(&json::parse_object(bytes, SET_LIMIT)?)
    }

    /// Reads a set. Keys of other kinds and keys out of range are left out, as RFC 7517 section 5 asks; a private key
    /// refuses the whole set, because whoever published it must learn of it.
    ///
    /// # Errors
    /// [`KeyError::Member`] without an array `keys` of at most 64; [`KeyError::PrivateMember`] for a private key.
    pub fn from_value(value: &Value) -> Result<Self, KeyError> {
        Self::from_members(value.as_object().ok_or(json::JsonError::NotAnObject)?)
    }

    fn from_members(members: &Map) -> Result<Self, KeyError> {
        let listed = members
            .get("keys")
            .and_then(Value::as_array)
            .ok_or(KeyError::Member("keys"))?;
        if listed.len() > SET_KEYS_LIMIT {
            return Err(KeyError::Member("keys"));
        }
        let mut keys = Vec::with_capacity(listed.len());
        for value in listed {
            match Jwk::from_value(value) {
                Ok(key) => keys.push(key),
                Err(KeyError::PrivateMember) => return Err(KeyError::PrivateMember),
                Err(_) => {}
            }
        }
        Ok(Self { keys })
    }

    /// The JSON form.
    pub fn to_value(&self) -> Value {
        let keys = self.keys.iter().map(Jwk::to_value).collect();
        Value::Object(Map::from_iter([("keys".to_owned(), Value::Array(keys))]))
    }

    /// The keys, in their order.
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }

    /// The keys that may have made a signature of `algorithm`: with a `kid` only those of that name, else all that fit.
    pub fn candidates<'a>(
        &'a self,
        algorithm: Algorithm,
        kid: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Jwk> + 'a {
        self.keys
            .iter()
            .filter(move |key| key.may_verify(algorithm) && (kid.is_none() || key.kid.as_deref() == kid))
    }
}

pub(super) fn thumbprint(key: &PublicKey) -> [u8; 32] {
    // RFC 7638 section 3.2: only the required members, lexicographic, no white space. Values are base64url or fixed
    // names, so nothing needs an escape.
    let encode = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    let text = match key {
        PublicKey::P256(key) => {
            format!(
                r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#,
                encode(key.x()),
                encode(key.y())
            )
        }
        PublicKey::Rsa(key) => {
            format!(
                r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#,
                encode(key.e()),
                encode(key.n())
            )
        }
    };
    Sha256::digest(text.as_bytes()).into()
}

fn required_members(key: &PublicKey) -> Map {
    let encoded = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    let members = match key {
        PublicKey::P256(key) => vec![
            ("kty", "EC".to_owned()),
            ("crv", "P-256".to_owned()),
            ("x", encoded(key.x())),
            ("y", encoded(key.y())),
        ],
        PublicKey::Rsa(key) => {
            vec![
                ("kty", "RSA".to_owned()),
                ("n", encoded(key.n())),
                ("e", encoded(key.e())),
            ]
        }
    };
    members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::String(value)))
        .collect()
}

fn ec_key(members: &Map) -> Result<EcPublicKey, KeyError> {
    if text(members, "crv")?.ok_or(KeyError::Member("crv"))? != "P-256" {
        return Err(KeyError::Unsupported);
    }
    // RFC 7518 section 6.2.1.2: the full size of a coordinate, leading zeros included.
    let coordinate = |name| -> Result<[u8; 32], KeyError> {
        binary(members, name)?.try_into().map_err(|_| KeyError::Invalid)
    };
    EcPublicKey::from_coordinates(&coordinate("x")?, &coordinate("y")?)
}

fn text<'a>(members: &'a Map, name: &'static str) -> Result<Option<&'a str>, KeyError> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(KeyError::Member(name)),
    }
}

fn binary(members: &Map, name: &'static str) -> Result<Vec<u8>, KeyError> {
    let text = text(members, name)?.ok_or(KeyError::Member(name))?;
    BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|_| KeyError::Member(name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn jwk() -> Jwk {
        let secret = p256::SecretKey::from_slice(&[9; 32]).unwrap();
        let mut jwk = Jwk::new(EcPublicKey::from_point(&secret.public_key()).unwrap()).named_by_thumbprint();
        jwk.use_ = Some("sig".to_owned());
        jwk
    }

    #[test]
    fn a_key_and_a_set_round_trip() {
        let key = jwk();
        assert_eq!(Jwk::from_value(&key.to_value()), Ok(key.clone()));
        let set = JwkSet::new(vec![key]);
        assert_eq!(JwkSet::parse(set.to_value().to_string().as_bytes()), Ok(set));
    }

    #[test]
    fn private_and_symmetric_keys_are_refused() {
        let mut private = jwk().to_value();
        private["d"] = json!("AA");
        assert_eq!(Jwk::from_value(&private), Err(KeyError::PrivateMember));
        let symmetric = json!({"kty": "oct", "k": "AA"});
        assert_eq!(
            JwkSet::from_value(&json!({"keys": [symmetric]})),
            Err(KeyError::PrivateMember)
        );
    }

    #[test]
    fn a_set_leaves_out_what_is_not_for_us() {
        let okp = json!({"kty": "OKP", "crv": "Ed25519", "x": "AA"});
        let set = JwkSet::from_value(&json!({"keys": [okp, jwk().to_value(), 7]})).unwrap();
        assert_eq!(set.keys(), [jwk()]);
    }

    #[test]
    fn coordinates_are_full_length_and_canonical() {
        for x in ["AA", "A===", "////////////////////////////////////////////"] {
            let mut value = jwk().to_value();
            value["x"] = json!(x);
            assert!(Jwk::from_value(&value).is_err(), "{x}");
        }
    }

    #[test]
    fn use_and_alg_restrict_a_key() {
        let mut key = jwk();
        assert!(key.may_verify(Algorithm::Es256));
        assert!(!key.may_verify(Algorithm::Rs256));
        key.use_ = Some("enc".to_owned());
        assert!(!key.may_verify(Algorithm::Es256));
        key.use_ = None;
        key.alg = Some("ECDH-ES".to_owned());
        assert!(!key.may_verify(Algorithm::Es256));
    }

    #[test]
    fn candidates_follow_the_name() {
        let set = JwkSet::new(vec![jwk()]);
        let kid = jwk().kid;
        assert_eq!(set.candidates(Algorithm::Es256, kid.as_deref()).count(), 1);
        assert_eq!(set.candidates(Algorithm::Es256, None).count(), 1);
        assert_eq!(set.candidates(Algorithm::Es256, Some("other")).count(), 0);
    }
}
