//! Entries for fuzzers: each reads bytes from anywhere and must not panic.

use std::cell::RefCell;

use idp_jose::{EcPublicKey, P256Verifier, PublicKey, Verifier as _};
use p256::ecdsa::VerifyingKey;
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use p256_tables::{Outcome, Tables};

use crate::policy::DenyLists;
use crate::{Context, Gate, Policy, Request, answer};

const POLICY: &[u8] = br#"{
    "issuers": {"idp": {"issuer": "https://idp.example", "keys": {"keys": [{"kty": "EC", "crv": "P-256", "kid": "a",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}}},
    "token": {"sources": [{"header": "authorization"}, {"cookie": "c"}, {"query": "q"}], "forward": "remove"},
    "rules": [{"match": {"path": "/a/{id}/**", "hosts": ["*.example"]}}, {"match": {"path": "/**"}, "access": "optional"}],
    "verifier": "generic"
}"#;

thread_local! {
    static GATE: RefCell<Option<Gate>> = RefCell::new(Policy::parse(POLICY).ok().and_then(|policy| Gate::new(policy).ok()));
    static TABLES: Option<Tables> = Tables::new();
}

/// A policy, and deny lists.
pub fn policy(data: &[u8]) {
    let _ = Policy::parse(data);
    let _ = DenyLists::parse(data);
}

/// A request: a line with method, authority and path, then lines of headers.
pub fn request(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let first = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let mut words = first.splitn(3, ' ');
    let texts: Vec<(String, &[u8])> = lines
        .filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let (name, value) = line.split_at_checked(colon)?;
            Some((String::from_utf8_lossy(name).into_owned(), value.get(1..)?))
        })
        .collect();
    let headers: Vec<(&str, &[u8])> = texts
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect();
    let request = Request {
        method: words.next().unwrap_or_default(),
        scheme: "https",
        authority: words.next().unwrap_or_default(),
        target: words.next().unwrap_or_default(),
        headers: &headers,
        ..Request::default()
    };
    let context = Context {
        now: 1_800_000_000,
        verifier: &P256Verifier,
    };
    GATE.with_borrow_mut(|gate| {
        let Some(gate) = gate else { return };
        if let crate::Verdict::Refuse(refusal) = gate.decide(&request, context) {
            let _ = answer(&refusal, &gate.policy().answers, request.is_grpc());
        }
    });
}

/// A digest, a signature and a public key (32, 64 and 64 bytes): the tables never differ from the complete implementation.
///
/// # Panics
/// When they do.
pub fn p256_tables(data: &[u8]) {
    let Some((digest, rest)) = data.split_first_chunk::<32>() else {
        return;
    };
    let Some((signature, rest)) = rest.split_first_chunk::<64>() else {
        return;
    };
    let Some((x, rest)) = rest.split_first_chunk::<32>() else {
        return;
    };
    let Some((y, _)) = rest.split_first_chunk::<32>() else {
        return;
    };
    let Ok(key) = EcPublicKey::from_coordinates(x, y) else {
        return;
    };
    let Some(outcome) = TABLES.with(|tables| Some(tables.as_ref()?.for_key(&key)?.verify(digest, signature)))
    else {
        return;
    };
    let complete = VerifyingKey::from_sec1_bytes(key.to_sec1()).is_ok_and(|key| {
        p256::ecdsa::Signature::from_slice(signature)
            .is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok())
    });
    match outcome {
        Outcome::Valid => assert!(complete, "only the tables accept"),
        Outcome::Invalid => assert!(!complete, "only the tables refuse"),
        Outcome::Undecided => {}
    }
    // The verifier that undecided cases go to reads the same key.
    let _ = P256Verifier.verify(
        idp_jose::Algorithm::Es256,
        &PublicKey::P256(key),
        digest,
        signature,
    );
}
