//! JSON Web Keys (RFC 7517), their parameters (RFC 7518 section 6, RFC 8037 section 2) and their thumbprint (RFC 7638).

use crate::base64::{BASE64, BASE64URL_NOPAD};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{EcPublicKey, Ed25519PublicKey, KeyError, PublicKey, RsaPublicKey};
use crate::alg::Algorithm;
use crate::json::{self, Map};

/// Members that only a private or symmetric key has (RFC 7518 sections 6.2.2, 6.3.2, 6.4, RFC 8037 section 2).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
/// An 8192-bit RSA key with a certificate chain stays far below.
const KEY_LIMIT: usize = 32 * 1024;

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
    /// `x5c`: certificates in DER, that of the key first (RFC 7517 section 4.7). Never a reason to trust the key, and never
    /// compared with it here.
    pub x5c: Option<Vec<Vec<u8>>>,
}

impl Jwk {
    /// A key without a description.
    pub fn new(key: impl Into<PublicKey>) -> Self {
        Self {
            key: key.into(),
            kid: None,
            alg: None,
            use_: None,
            x5c: None,
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

    /// Reads one key. Members that it does not know are ignored (RFC 7517 section 4); `x5u` is among them. An `x5c` that is
    /// not what it should be counts as absent, because nothing depends on it.
    ///
    /// # Errors
    /// [`KeyError`] for a key that is private, of another kind, or invalid.
    pub fn from_value(value: &Value) -> Result<Self, KeyError> {
        Self::from_members(value.as_object().ok_or(json::JsonError::NotAnObject)?)
    }

    pub(super) fn from_members(members: &Map) -> Result<Self, KeyError> {
        if PRIVATE_MEMBERS.iter().any(|name| members.contains_key(*name)) {
            return Err(KeyError::PrivateMember);
        }
        let key = match text(members, "kty")?.ok_or(KeyError::Member("kty"))? {
            "EC" => PublicKey::P256(ec_key(members)?),
            "RSA" => PublicKey::Rsa(RsaPublicKey::from_components(
                &binary(members, "n")?,
                &binary(members, "e")?,
            )?),
            "OKP" => PublicKey::Ed25519(octet_key(members)?),
            _ => return Err(KeyError::Unsupported),
        };
        let owned = |name| text(members, name).map(|text| text.map(str::to_owned));
        Ok(Self {
            key,
            kid: owned("kid")?,
            alg: owned("alg")?,
            use_: owned("use")?,
            x5c: certificates(members),
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
        if let Some(chain) = &self.x5c {
            // RFC 7517 section 4.7: base64 with padding, not base64url.
            let chain = chain.iter().map(|der| Value::String(BASE64.encode(der)));
            members.insert("x5c".to_owned(), Value::Array(chain.collect()));
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
        PublicKey::Ed25519(key) => {
            format!(
                r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#,
                encode(key.as_bytes())
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
        PublicKey::Ed25519(key) => vec![
            ("kty", "OKP".to_owned()),
            ("crv", "Ed25519".to_owned()),
            ("x", encoded(key.as_bytes())),
        ],
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

/// RFC 8037 section 2. Ed448 and the X curves are of no use here.
fn octet_key(members: &Map) -> Result<Ed25519PublicKey, KeyError> {
    if text(members, "crv")?.ok_or(KeyError::Member("crv"))? != "Ed25519" {
        return Err(KeyError::Unsupported);
    }
    Ed25519PublicKey::from_bytes(&binary(members, "x")?)
}

/// `x5c` where it is a non-empty array of base64 texts. Line ends inside are let pass: some sets wrap the texts.
fn certificates(members: &Map) -> Option<Vec<Vec<u8>>> {
    let certificate = |value: &Value| {
        let text: Vec<u8> = value
            .as_str()?
            .bytes()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        BASE64.decode(&text).ok().filter(|der| !der.is_empty())
    };
    let chain: Vec<Vec<u8>> = members
        .get("x5c")?
        .as_array()?
        .iter()
        .map(certificate)
        .collect::<Option<_>>()?;
    (!chain.is_empty()).then_some(chain)
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
    fn a_key_round_trips() {
        let key = jwk();
        assert_eq!(Jwk::from_value(&key.to_value()), Ok(key));
        let octets = BASE64URL_NOPAD
            .decode(b"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
            .unwrap();
        let mut key = Jwk::new(Ed25519PublicKey::from_bytes(&octets).unwrap()).named_by_thumbprint();
        key.x5c = Some(vec![vec![0x30, 0], vec![0x30, 1, 0]]);
        let value = key.to_value();
        assert_eq!(value["x5c"], json!(["MAA=", "MAEA"]));
        assert_eq!(Jwk::from_value(&value), Ok(key));
    }

    #[test]
    fn certificates_that_are_none_count_as_absent() {
        let read = |x5c: Value| {
            let mut value = jwk().to_value();
            value["x5c"] = x5c;
            Jwk::from_value(&value).unwrap().x5c
        };
        assert_eq!(
            read(json!(["MA\r\n EA", "MAA="])),
            Some(vec![vec![0x30, 1, 0], vec![0x30, 0]])
        );
        for x5c in [
            json!([]),
            json!("MAA="),
            json!([7]),
            json!([""]),
            json!(["MAA=", "MAA"]),
            json!(["MA-_"]),
        ] {
            assert_eq!(read(x5c.clone()), None, "{x5c}");
        }
    }

    #[test]
    fn private_and_symmetric_keys_are_refused() {
        let mut private = jwk().to_value();
        private["d"] = json!("AA");
        assert_eq!(Jwk::from_value(&private), Err(KeyError::PrivateMember));
        let symmetric = json!({"kty": "oct", "k": "AA"});
        assert_eq!(Jwk::from_value(&symmetric), Err(KeyError::PrivateMember));
        let octets = json!({"kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "AA"});
        assert_eq!(Jwk::from_value(&octets), Err(KeyError::PrivateMember));
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
    fn of_the_octet_keys_only_ed25519_is_used() {
        for curve in ["Ed448", "X25519", "P-256"] {
            let key = json!({"kty": "OKP", "crv": curve, "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
            assert_eq!(Jwk::from_value(&key), Err(KeyError::Unsupported), "{curve}");
        }
        let short = json!({"kty": "OKP", "crv": "Ed25519", "x": "AA"});
        assert_eq!(Jwk::from_value(&short), Err(KeyError::Invalid));
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
}
