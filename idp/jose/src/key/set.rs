//! Sets of keys (RFC 7517 section 5): what a peer publishes, what we publish.

use serde_json::Value;

use super::{Jwk, KeyError};
use crate::alg::Algorithm;
use crate::json::{self, Map};

const KEYS_LIMIT: usize = 100;

/// A set of public keys (RFC 7517 section 5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JwkSet {
    keys: Vec<Jwk>,
}

impl JwkSet {
    /// Bytes of text that are enough for a hundred RSA keys with their certificates; a sensible limit for [`Self::parse`].
    pub const LIMIT: usize = 256 * 1024;

    /// A set of these keys.
    pub const fn new(keys: Vec<Jwk>) -> Self {
        Self { keys }
    }

    /// Reads a set of at most `limit` bytes and 100 keys.
    ///
    /// # Errors
    /// As [`Self::from_value`], or for text that is not acceptable JSON.
    pub fn parse(bytes: &[u8], limit: usize) -> Result<Self, KeyError> {
        Self::from_members(&json::parse_object(bytes, limit)?)
    }

    /// Reads a set. Keys of other kinds, for other uses and out of range are left out, as RFC 7517 section 5 asks; a private
    /// key refuses the whole set, because whoever published it must learn of it.
    ///
    /// # Errors
    /// [`KeyError::Member`] without an array `keys` of at most 100; [`KeyError::PrivateMember`] for a private key.
    pub fn from_value(value: &Value) -> Result<Self, KeyError> {
        Self::from_members(value.as_object().ok_or(json::JsonError::NotAnObject)?)
    }

    fn from_members(members: &Map) -> Result<Self, KeyError> {
        let listed = members
            .get("keys")
            .and_then(Value::as_array)
            .ok_or(KeyError::Member("keys"))?;
        if listed.len() > KEYS_LIMIT {
            return Err(KeyError::Member("keys"));
        }
        let mut keys = Vec::with_capacity(listed.len());
        for value in listed {
            match Jwk::from_value(value) {
                Ok(key) if has_known_use(&key) => keys.push(key),
                Err(KeyError::PrivateMember) => return Err(KeyError::PrivateMember),
                Ok(_) | Err(_) => {}
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

    /// The key that checks a signature of `algorithm`. Without a `kid` it must be the only one that fits: where there are
    /// more, a signer has to name the one (OpenID Connect Core 10.1).
    pub fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Option<&Jwk> {
        let mut fitting = self.keys.iter().filter(|key| is_candidate(key, algorithm, kid));
        let first = fitting.next()?;
        (kid.is_some() || fitting.next().is_none()).then_some(first)
    }

    /// The keys that may have made a signature of `algorithm`: with a `kid` only those of that name, else all that fit.
    pub fn candidates<'a>(
        &'a self,
        algorithm: Algorithm,
        kid: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Jwk> + 'a {
        self.keys
            .iter()
            .filter(move |key| is_candidate(key, algorithm, kid))
    }
}

fn is_candidate(key: &Jwk, algorithm: Algorithm, kid: Option<&str>) -> bool {
    key.may_verify(algorithm) && (kid.is_none() || key.kid.as_deref() == kid)
}

/// RFC 7517 section 4.2 names two uses; a key for another is not for us.
fn has_known_use(key: &Jwk) -> bool {
    matches!(key.use_.as_deref(), None | Some("sig" | "enc"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::key::EcPublicKey;

    fn jwk() -> Jwk {
        named(9)
    }

    fn named(seed: u8) -> Jwk {
        let secret = p256::SecretKey::from_slice(&[seed; 32]).unwrap();
        Jwk::new(EcPublicKey::from_point(&secret.public_key()).unwrap()).named_by_thumbprint()
    }

    #[test]
    fn a_set_round_trips_within_its_limit() {
        let set = JwkSet::new(vec![jwk()]);
        let text = set.to_value().to_string();
        assert_eq!(JwkSet::parse(text.as_bytes(), text.len()), Ok(set));
        assert!(matches!(
            JwkSet::parse(text.as_bytes(), text.len() - 1),
            Err(KeyError::Json(_))
        ));
    }

    #[test]
    fn a_set_leaves_out_what_is_not_for_us() {
        let okp = json!({"kty": "OKP", "crv": "Ed25519", "x": "AA"});
        let mut other_use = jwk().to_value();
        other_use["use"] = json!("tls");
        let set = JwkSet::from_value(&json!({"keys": [okp, other_use, jwk().to_value(), 7]})).unwrap();
        assert_eq!(set.keys(), [jwk()]);
    }

    #[test]
    fn private_and_symmetric_keys_refuse_the_set() {
        for key in [
            json!({"kty": "oct", "k": "AA"}),
            json!({"kty": "OKP", "crv": "Ed448", "d": "AA"}),
        ] {
            let set = json!({"keys": [jwk().to_value(), key]});
            assert_eq!(JwkSet::from_value(&set), Err(KeyError::PrivateMember));
        }
    }

    #[test]
    fn a_hundred_keys_are_read_and_no_more() {
        let set = |count: usize| json!({"keys": vec![jwk().to_value(); count]});
        assert_eq!(JwkSet::from_value(&set(100)).unwrap().keys().len(), 100);
        assert_eq!(JwkSet::from_value(&set(101)), Err(KeyError::Member("keys")));
    }

    #[test]
    fn candidates_follow_the_name() {
        let set = JwkSet::new(vec![jwk()]);
        let kid = jwk().kid;
        assert_eq!(set.candidates(Algorithm::Es256, kid.as_deref()).count(), 1);
        assert_eq!(set.candidates(Algorithm::Es256, None).count(), 1);
        assert_eq!(set.candidates(Algorithm::Es256, Some("other")).count(), 0);
    }

    #[test]
    fn without_a_name_only_the_one_that_fits_is_found() {
        let (one, two) = (jwk(), named(8));
        let alone = JwkSet::new(vec![one.clone()]);
        assert_eq!(alone.find(None, Algorithm::Es256), Some(&one));
        assert_eq!(alone.find(None, Algorithm::EdDsa), None);
        let both = JwkSet::new(vec![one, two.clone()]);
        assert_eq!(both.find(None, Algorithm::Es256), None);
        assert_eq!(both.find(two.kid.as_deref(), Algorithm::Es256), Some(&two));
        assert_eq!(both.find(two.kid.as_deref(), Algorithm::Rs256), None);
        assert_eq!(both.find(Some("other"), Algorithm::Es256), None);
    }
}
