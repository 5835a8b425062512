//! A service that checks what it gets (profile 5).

use idp_jose::jws::{self, Expectation};
use idp_jose::{Algorithm, JwkSet};
use idp_server::crypto::AwsVerifier;
use serde_json::Value;

use crate::browser::Approved;
use crate::clock;
use crate::error::{Failure, Stage};
use crate::http::{Call, Connection};

/// The largest token that is read.
const TOKEN_LIMIT: usize = 16 * 1024;

/// The server's published keys and what a token must say.
pub(crate) struct RelyingParty {
    issuer: String,
    audience: String,
    keys: JwkSet,
}

impl RelyingParty {
    /// Fetches the keys.
    ///
    /// # Errors
    /// A [`Failure`] when there are none.
    pub(crate) async fn new(issuer: &str, audience: &str, server: &mut Connection) -> Result<Self, Failure> {
        let set = server
            .send(Call::read(Stage::Token, "/.well-known/jwks.json"))
            .await?;
        let keys = JwkSet::parse(&set, JwkSet::LIMIT).map_err(Failure::at(Stage::Token))?;
        Ok(Self {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            keys,
        })
    }

    /// Verifies type, signature, issuer, audience, session, nonce, life and the granted claims of one login's token.
    ///
    /// # Errors
    /// A [`Failure`] with the first check that failed.
    pub(crate) fn verify(&self, approved: &Approved, session_id: &str, random: &str) -> Result<(), Failure> {
        let parsed = jws::parse(&approved.jwt, TOKEN_LIMIT).map_err(Failure::at(Stage::Token))?;
        let kid = parsed.header().kid.as_deref();
        let named = self.keys.keys().iter().find(|jwk| jwk.kid.as_deref() == kid);
        let key = &named
            .ok_or_else(|| Failure::new(Stage::Token, "an unpublished key"))?
            .key;
        let expectation = Expectation {
            algorithms: &[Algorithm::Es256],
            typ: "idtoken+jwt",
        };
        let verified = parsed
            .verify(&AwsVerifier, key, &expectation)
            .map_err(Failure::at(Stage::Token))?;
        let claims = verified.claims().map_err(Failure::at(Stage::Token))?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let live = claims
            .get("exp")
            .and_then(Value::as_i64)
            .is_some_and(|exp| exp > clock::now().unix_seconds());
        for (right, what) in [
            (text("iss") == Some(&self.issuer), "iss"),
            (text("aud") == Some(&self.audience), "aud"),
            (text("sid") == Some(session_id), "sid"),
            (
                text("nonce") == Some(random) && approved.random == random,
                "nonce",
            ),
            (live, "exp"),
            (
                text("given_name").is_some() && text("family_name").is_some(),
                "the granted claims",
            ),
            (!claims.contains_key("birthdate"), "a claim that was not granted"),
        ] {
            if !right {
                return Err(Failure::new(Stage::Token, format!("wrong: {what}")));
            }
        }
        Ok(())
    }
}
