//! Back-Channel OP: the client hears of the logout from the provider itself (Back-Channel Logout 1.0, 2.4 to 2.6).

use idp_jose::jws::{self, Expectation};
use idp_server::crypto::AwsVerifier;
use serde_json::{Value, json};
use tests::Receiver;
use tests::web::location;

use super::{Visit, is_back, promises};
use crate::client::IdToken;
use crate::suite::{Entry, Module, entries};

pub(crate) const MODULES: &[Entry] = entries![
    oidcc_backchannel_logout_discovery_endpoint_verification,
    oidcc_backchannel_rp_initiated_logout,
];

/// The longest logout token, in bytes.
const LIMIT: usize = 16 * 1024;

/// Seconds that a logout token may be old when it comes.
const AGE: i64 = 300;

/// Back-Channel Logout 2.4.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

async fn oidcc_backchannel_logout_discovery_endpoint_verification(module: Module) {
    let members = [
        "backchannel_logout_supported",
        "backchannel_logout_session_supported",
    ];
    promises(&module, &members).await;
}

/// A login, a logout, the logout token; then the person is back at the client, and nobody is signed in.
async fn oidcc_backchannel_rp_initiated_logout(module: Module) {
    let mut receiver = Receiver::start().await;
    let members = json!({
        "backchannel_logout_uri": receiver.uri, "backchannel_logout_session_required": true,
    });
    let mut visit = Visit::begin_with(&module, members).await;
    assert!(receiver.is_quiet(), "nobody left yet");
    let (answer, state) = visit.leave_properly().await;
    let token = receiver.logout_token().await;
    check(&visit, &token);
    is_back(&location(&answer), Some(&state));
    assert!(receiver.is_quiet(), "once");
    visit.is_over().await;
}

/// Back-Channel Logout 2.4 and 2.6, clause by clause.
fn check(visit: &Visit, token: &str) {
    let claims = verified(visit, token);
    let (id_token, now) = (&visit.login.id_token, visit.stage.now());
    assert_eq!(claims["iss"], visit.stage.provider.issuer.as_str());
    let audience = &claims["aud"];
    let is_client = |value: &Value| *value == visit.stage.client.id.as_str();
    assert!(
        is_client(audience)
            || audience
                .as_array()
                .is_some_and(|all| all.len() == 1 && is_client(&all[0])),
        "{audience}"
    );
    let time = |name: &str| {
        claims[name]
            .as_i64()
            .unwrap_or_else(|| panic!("{name} in {claims}"))
    };
    assert!((now - AGE..=now + 5).contains(&time("iat")), "iat in {claims}");
    assert!(time("exp") > now, "exp in {claims}");
    assert!(
        claims["jti"].as_str().is_some_and(|jti| !jti.is_empty()),
        "{claims}"
    );
    assert_eq!(claims["events"], json!({EVENT: {}}), "one event, an empty object");
    assert!(claims.get("nonce").is_none(), "2.4: nonce is prohibited");
    check_session(&claims, id_token);
}

/// 2.4: `sub`, `sid` or both, those of the ID token; `sid`, as the client requires it.
fn check_session(claims: &Value, id_token: &IdToken) {
    assert_eq!(claims["sid"], id_token.text("sid"), "{claims}");
    assert!(
        claims.get("sub").is_none_or(|sub| sub == id_token.text("sub")),
        "{claims}"
    );
}

/// Signed as ID tokens are, by a published key; 2.4 recommends a type of its own.
fn verified(visit: &Visit, token: &str) -> Value {
    let parsed = jws::parse(token, LIMIT).expect("a compact JWS");
    let header = parsed.header();
    assert_eq!(header.alg, visit.stage.client.algorithm, "2.4: as ID tokens are");
    let kid = header.kid.clone().expect("a kid");
    let expectation = Expectation {
        algorithms: &[visit.stage.client.algorithm],
        typ: "logout+jwt",
    };
    let key = &visit.stage.provider.key(&kid, header.alg).key;
    let verified = parsed.verify(&AwsVerifier, key, &expectation);
    Value::Object(verified.expect("a good signature").claims().expect("claims"))
}
