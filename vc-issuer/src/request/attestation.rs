//! What others vouch for: a wallet provider for keys (OpenID4VCI appendix D) and for wallets (attestation-based client authentication).

use idp_jose::jws::{self, Expectation, Header};
use idp_jose::jwt::Claims;
use idp_jose::{Algorithm, Jwk, PublicKey, Verifier};
use serde_json::Value;

/// The largest attestation, octets: a certificate chain and a batch of keys fit.
pub const LIMIT: usize = 128 * 1024;

/// The most keys that one attestation is read for.
pub const KEYS_LIMIT: usize = 100;

/// Seconds of difference between clocks that are forgiven.
const LEEWAY: i64 = 60;

/// Seconds that a proof of possession is accepted after it was made.
const POP_SECONDS: i64 = 300;

/// Who may attest: the shell checks certificates and trust lists, and knows the key behind a header.
pub type Trust<'a> = &'a dyn Fn(&Header) -> Option<PublicKey>;

/// Why an attestation was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttestationError {
    /// Not a JWT of the type.
    #[error("the attestation is malformed or of another type")]
    Malformed,
    /// Nobody that is trusted here signed it.
    #[error("the attester is not trusted")]
    Untrusted,
    /// The signature does not hold.
    #[error("the signature was refused")]
    Signature,
    /// Over, or not begun.
    #[error("the attestation is not valid now")]
    NotNow,
    /// A member is missing or wrong.
    #[error("member `{0}` is missing or wrong")]
    Member(&'static str),
    /// The keys are kept less well, or the person is verified less well, than is asked for.
    #[error("the attested keys are not protected as required")]
    Protection,
}

/// How well attested keys must be protected; an empty list asks for nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Requirements<'a> {
    /// One of these ways to keep the key (`key_storage`).
    pub key_storage: &'a [&'a str],
    /// One of these ways to verify the person before its use (`user_authentication`).
    pub user_authentication: &'a [&'a str],
}

/// A key attestation that holds.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyAttestation {
    /// The keys, in the attester's order, at least one, none twice.
    pub keys: Vec<Jwk>,
    /// `nonce`.
    pub nonce: Option<String>,
    /// `status`, where the attester can revoke it.
    pub status: Option<Value>,
}

impl KeyAttestation {
    /// Checks a `key-attestation+jwt` at `now`, Unix seconds.
    ///
    /// # Errors
    /// [`AttestationError`].
    pub fn check(
        compact: &str,
        trust: Trust<'_>,
        verifier: &dyn Verifier,
        requirements: Requirements<'_>,
        now: i64,
    ) -> Result<Self, AttestationError> {
        // The name in use before 1.0 has no second hyphen.
        let types = ["key-attestation+jwt", "keyattestation+jwt"];
        let claims = claims(compact, &types, trust, verifier)?;
        valid(&claims, now)?;
        claims
            .required_time("iat")
            .map_err(|_| AttestationError::Member("iat"))?;
        protected(&claims, "key_storage", requirements.key_storage)?;
        protected(&claims, "user_authentication", requirements.user_authentication)?;
        let nonce = claims
            .text("nonce")
            .map_err(|_| AttestationError::Member("nonce"))?;
        Ok(Self {
            keys: keys(&claims)?,
            nonce: nonce.map(str::to_owned),
            status: claims.as_map().get("status").cloned(),
        })
    }
}

fn keys(claims: &Claims) -> Result<Vec<Jwk>, AttestationError> {
    let wrong = AttestationError::Member("attested_keys");
    let listed = claims
        .as_map()
        .get("attested_keys")
        .and_then(Value::as_array)
        .ok_or(wrong)?;
    if listed.is_empty() || listed.len() > KEYS_LIMIT {
        return Err(wrong);
    }
    let mut keys: Vec<Jwk> = Vec::with_capacity(listed.len());
    for value in listed {
        let key = Jwk::from_value(value).map_err(|_| wrong)?;
        if keys.iter().any(|known| known.key == key.key) {
            return Err(wrong);
        }
        keys.push(key);
    }
    Ok(keys)
}

fn protected(claims: &Claims, name: &'static str, required: &[&str]) -> Result<(), AttestationError> {
    let given = claims.as_map().get(name).and_then(Value::as_array);
    let is_met = given.is_some_and(|given| {
        given
            .iter()
            .filter_map(Value::as_str)
            .any(|value| required.contains(&value))
    });
    if required.is_empty() || is_met {
        Ok(())
    } else {
        Err(AttestationError::Protection)
    }
}

/// A wallet that its provider vouches for and that proved to be it.
#[derive(Debug, Clone, PartialEq)]
pub struct AttestedWallet {
    /// `sub`: the client.
    pub client_id: String,
    /// The wallet instance's key.
    pub key: Jwk,
    /// `jti` of the proof, to be remembered.
    pub replay_key: Option<String>,
    /// `challenge` of the proof (`nonce` in older drafts), to be looked up.
    pub challenge: Option<String>,
    /// `status`, where the provider can revoke it.
    pub status: Option<Value>,
}

/// Checks `OAuth-Client-Attestation` (draft-ietf-oauth-attestation-based-client-auth section 5.1).
///
/// # Errors
/// [`AttestationError`].
pub fn wallet_attestation(
    compact: &str,
    trust: Trust<'_>,
    verifier: &dyn Verifier,
    now: i64,
) -> Result<AttestedWallet, AttestationError> {
    let claims = claims(compact, &["oauth-client-attestation+jwt"], trust, verifier)?;
    claims
        .required_time("exp")
        .map_err(|_| AttestationError::Member("exp"))?;
    valid(&claims, now)?;
    let client_id = claims
        .required_text("sub")
        .map_err(|_| AttestationError::Member("sub"))?;
    let key = claims.as_map().get("cnf").and_then(|cnf| cnf.get("jwk"));
    let key = key
        .and_then(|jwk| Jwk::from_value(jwk).ok())
        .ok_or(AttestationError::Member("cnf"))?;
    Ok(AttestedWallet {
        client_id: client_id.to_owned(),
        key,
        replay_key: None,
        challenge: None,
        status: claims.as_map().get("status").cloned(),
    })
}

impl AttestedWallet {
    /// Checks `OAuth-Client-Attestation-PoP`, made for the authorization server `audience`.
    ///
    /// # Errors
    /// [`AttestationError`].
    pub fn prove(
        mut self,
        compact: &str,
        verifier: &dyn Verifier,
        audience: &str,
        now: i64,
    ) -> Result<Self, AttestationError> {
        let key = self.key.key.clone();
        let claims = claims(
            compact,
            &["oauth-client-attestation-pop+jwt"],
            &|_| Some(key.clone()),
            verifier,
        )?;
        valid(&claims, now)?;
        claims
            .require_recent(now, POP_SECONDS, LEEWAY)
            .map_err(|_| AttestationError::NotNow)?;
        claims
            .require_audience(&[audience])
            .map_err(|_| AttestationError::Member("aud"))?;
        let text = |name| claims.text(name).map_err(|_| AttestationError::Member(name));
        // Drafts before -08 ask for `iss`, the client.
        if text("iss")?.is_some_and(|named| named != self.client_id) {
            return Err(AttestationError::Member("iss"));
        }
        let replay_key = text("jti")?
            .filter(|id| !id.is_empty())
            .ok_or(AttestationError::Member("jti"))?;
        self.replay_key = Some(replay_key.to_owned());
        self.challenge = text("challenge")?.or(text("nonce")?).map(str::to_owned);
        Ok(self)
    }

    /// Whether a DPoP proof by the key with thumbprint `jkt` proves the wallet (draft -09: no second proof is then needed).
    pub fn is_proved_by(&self, jkt: &str) -> bool {
        self.key.thumbprint_base64url() == jkt
    }
}

fn claims(
    compact: &str,
    types: &[&str],
    trust: Trust<'_>,
    verifier: &dyn Verifier,
) -> Result<Claims, AttestationError> {
    let parsed = jws::parse(compact, LIMIT).map_err(|_| AttestationError::Malformed)?;
    let named = parsed.header().typ.clone().unwrap_or_default();
    let typ = types
        .iter()
        .find(|typ| named.eq_ignore_ascii_case(typ))
        .ok_or(AttestationError::Malformed)?;
    let key = trust(parsed.header()).ok_or(AttestationError::Untrusted)?;
    let expectation = Expectation {
        algorithms: &[Algorithm::Es256, Algorithm::EdDsa, Algorithm::Ps256],
        typ,
    };
    let signed = parsed
        .verify(verifier, &key, &expectation)
        .map_err(|_| AttestationError::Signature)?;
    Claims::from_verified(&signed).map_err(|_| AttestationError::Malformed)
}

fn valid(claims: &Claims, now: i64) -> Result<(), AttestationError> {
    claims
        .require_started(now, LEEWAY)
        .and_then(|()| claims.require_unexpired_if_present(now, LEEWAY))
        .map_err(|_| AttestationError::NotNow)
}

#[cfg(test)]
mod tests {
    use idp_jose::P256Verifier;
    use idp_jose::jws::Prepared;
    use serde_json::json;

    use super::*;
    use crate::format::tests::{NOW, public, sign};

    fn token(seed: u8, typ: &str, claims: &Value) -> String {
        let header = Header::new(Algorithm::Es256).with_typ(typ);
        let prepared = Prepared::new(&header, claims.to_string().as_bytes());
        let signature = sign(seed, prepared.signing_input());
        prepared.complete(&signature)
    }

    fn wallet(claims: &Value) -> Result<AttestedWallet, AttestationError> {
        let trust = |_: &Header| Some(PublicKey::P256(public(5)));
        let text = token(5, "oauth-client-attestation+jwt", claims);
        wallet_attestation(&text, &trust, &P256Verifier, NOW)
    }

    fn good() -> Value {
        json!({"iss": "https://wallet.example", "sub": "wallet", "exp": NOW + 600, "cnf": {"jwk": Jwk::new(public(6)).to_value()}})
    }

    fn pop(seed: u8, change: impl Fn(&mut Value)) -> Result<AttestedWallet, AttestationError> {
        let mut claims = json!({"aud": "https://seal.example", "jti": "j", "iat": NOW, "challenge": "c"});
        change(&mut claims);
        let text = token(seed, "oauth-client-attestation-pop+jwt", &claims);
        wallet(&good())?.prove(&text, &P256Verifier, "https://seal.example", NOW)
    }

    #[test]
    fn an_attested_wallet_proves_its_key() {
        let proved = pop(6, |_| {}).unwrap();
        assert_eq!(
            (proved.client_id.as_str(), proved.challenge.as_deref()),
            ("wallet", Some("c"))
        );
        assert!(proved.is_proved_by(&Jwk::new(public(6)).thumbprint_base64url()));
        assert_eq!(pop(7, |_| {}), Err(AttestationError::Signature));
        let foreign = pop(6, |claims| claims["aud"] = "https://other.example".into());
        assert_eq!(foreign, Err(AttestationError::Member("aud")));
        let old = pop(6, |claims| claims["iat"] = (NOW - 3600).into());
        assert_eq!(old, Err(AttestationError::NotNow));
        let nameless = pop(6, |claims| claims["jti"] = Value::from(""));
        assert_eq!(nameless, Err(AttestationError::Member("jti")));
    }

    #[test]
    fn attestations_that_are_over_or_name_nobody_are_refused() {
        for (name, expected) in [
            ("exp", AttestationError::Member("exp")),
            ("sub", AttestationError::Member("sub")),
            ("cnf", AttestationError::Member("cnf")),
        ] {
            let mut claims = good();
            claims.as_object_mut().unwrap().remove(name);
            assert_eq!(wallet(&claims), Err(expected), "{name}");
        }
        let mut over = good();
        over["exp"] = (NOW - 3600).into();
        assert_eq!(wallet(&over), Err(AttestationError::NotNow));
        let text = token(5, "oauth-client-attestation+jwt", &good());
        let nobody = wallet_attestation(&text, &|_| None, &P256Verifier, NOW);
        assert_eq!(nobody, Err(AttestationError::Untrusted));
    }
}
