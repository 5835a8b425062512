//! Decisions, through the public face, with signatures of a native library.

#![cfg(test)]

#[path = "gate/cache.rs"]
mod cache;
#[path = "gate/policy.rs"]
mod policy;
#[path = "gate/properties.rs"]
mod properties;
#[path = "gate/revocation.rs"]
mod revocation;
#[path = "gate/senders.rs"]
mod senders;

use idp_jose::jws::{Header, Prepared};
use idp_jose::{Algorithm, EcPublicKey, Jwk, P256Verifier};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use verdict::{Context, Gate, Policy, Request, Verdict};

const NOW: i64 = 1_800_000_000;
const ISSUER: &str = "https://idp.example";

/// An issuer's key.
struct Key(SigningKey);

impl Key {
    fn new(seed: u8) -> Self {
        Self(SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    fn jwk(&self) -> Jwk {
        let point = self.0.verifying_key().to_sec1_point(false);
        Jwk::new(EcPublicKey::from_sec1(point.as_bytes()).unwrap()).named_by_thumbprint()
    }

    fn sign(&self, typ: &str, claims: &Value) -> String {
        let header = Header::new(Algorithm::Es256)
            .with_typ(typ)
            .with_kid(self.jwk().kid.unwrap());
        self.sign_with(&header, claims)
    }

    fn sign_with(&self, header: &Header, claims: &Value) -> String {
        let prepared = Prepared::new(header, claims.to_string().as_bytes());
        let signature: Signature = self.0.sign(prepared.signing_input());
        prepared.complete(&signature.to_bytes())
    }

    /// An access token with these claims beside the usual ones.
    fn token(&self, more: Value) -> String {
        let mut claims = json!({"iss": ISSUER, "aud": "api", "sub": "somebody", "iat": NOW, "exp": NOW + 100, "scope": "a b"});
        if let (Some(claims), Value::Object(more)) = (claims.as_object_mut(), more) {
            claims.extend(more);
        }
        self.sign("at+jwt", &claims)
    }
}

/// A policy with this key, with more members of the issuer and of the policy.
fn gate(key: &Key, of_issuer: Value, more: Value) -> Gate {
    let mut issuer = json!({"issuer": ISSUER, "audiences": ["api"], "leeway_seconds": 0, "keys": {"keys": [key.jwk().to_value()]}});
    if let (Some(issuer), Value::Object(members)) = (issuer.as_object_mut(), of_issuer) {
        issuer.extend(members);
    }
    let mut policy = json!({"issuers": {"idp": issuer}, "rules": [{"match": {"path": "/**"}}]});
    if let (Some(policy), Value::Object(members)) = (policy.as_object_mut(), more) {
        policy.extend(members);
    }
    Gate::new(Policy::parse(policy.to_string().as_bytes()).unwrap()).unwrap()
}

/// The code of what is decided on a request with these headers.
fn decide(gate: &mut Gate, headers: &[(&str, &str)], now: i64) -> &'static str {
    decide_with(gate, headers, None, now)
}

fn decide_with(
    gate: &mut Gate,
    headers: &[(&str, &str)],
    certificate: Option<&str>,
    now: i64,
) -> &'static str {
    let headers: Vec<(&str, &[u8])> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_bytes()))
        .collect();
    let request = Request {
        method: "GET",
        scheme: "https",
        authority: "api.example",
        target: "/orders",
        headers: &headers,
        certificate,
        ..Request::default()
    };
    match gate.decide(&request, at(now)) {
        Verdict::Pass(pass) => pass.reason.code(),
        Verdict::Refuse(refusal) => refusal.reason.code(),
        Verdict::Wait(_) => "waits",
    }
}

/// At this time, by portable code.
fn at(now: i64) -> Context<'static> {
    Context {
        now,
        verifier: &P256Verifier,
    }
}

fn ask(gate: &mut Gate, token: &str, now: i64) -> &'static str {
    decide(gate, &[("authorization", &format!("Bearer {token}"))], now)
}
