//! Scopes that ask for claims (OIDC Core 5.4).

use http::Method;
use serde_json::json;
use tests::Call;

use crate::client::{Request, Stage};
use crate::suite::Module;

/// The claims of the standard scopes.
const CLAIMS: [(&str, &[&str]); 4] = [
    (
        "profile",
        &[
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    ),
    ("email", &["email", "email_verified"]),
    ("address", &["address"]),
    ("phone", &["phone_number", "phone_number_verified"]),
];

/// A login for these scopes; a warning names the claims that userinfo has not, which are those that the person does not have.
async fn claims_come(module: &Module, scopes: &[&str]) {
    let mut stage = Stage::open(module).await;
    if scopes.contains(&"email") {
        link(&stage).await;
    }
    let scope = format!("openid {}", scopes.join(" "));
    let request = stage.request().with("scope", scope);
    let login = stage.login(&request).await;
    let claims = stage.userinfo(&login).await;
    let expected = CLAIMS.iter().filter(|(scope, _)| scopes.contains(scope));
    let names = expected.flat_map(|(_, names)| names.iter());
    let missing: Vec<&str> = names.copied().filter(|name| claims.get(name).is_none()).collect();
    // What is advertised and belongs to the scope of this person has to come.
    for name in ["name", "given_name", "family_name", "email"] {
        assert!(!missing.contains(&name), "{name} in {claims}");
    }
    if !missing.is_empty() {
        module.warn(format!("userinfo has no {}", missing.join(", ")));
    }
}

/// An operator asserts the person's address (profile 8).
async fn link(stage: &Stage) {
    let link = json!({
        "clientId": stage.client.id, "tokenId": stage.token_id(), "email": "jean.dupont@certification.example",
    });
    let call = Call::new(Method::PUT, "/admin/links").json(&link);
    stage.server.administer(call).await.expect(200);
}

/// The scopes of these that the provider does not advertise; the module is skipped where there are some.
async fn unsupported<'a>(module: &Module, scopes: &[&'a str]) -> Vec<&'a str> {
    let stage = Stage::open(module).await;
    let is_missing = |scope: &&&str| !stage.provider.advertises("scopes_supported", scope);
    let missing: Vec<&str> = scopes.iter().filter(is_missing).copied().collect();
    if !missing.is_empty() {
        module.skip(format!("scopes_supported has no {}", missing.join(", ")));
    }
    missing
}

pub(super) async fn oidcc_scope_profile(module: Module) {
    if unsupported(&module, &["profile"]).await.is_empty() {
        claims_come(&module, &["profile"]).await;
    }
}

pub(super) async fn oidcc_scope_email(module: Module) {
    if unsupported(&module, &["email"]).await.is_empty() {
        claims_come(&module, &["email"]).await;
    }
}

pub(super) async fn oidcc_scope_address(module: Module) {
    if unsupported(&module, &["address"]).await.is_empty() {
        claims_come(&module, &["address"]).await;
    }
}

pub(super) async fn oidcc_scope_phone(module: Module) {
    if unsupported(&module, &["phone"]).await.is_empty() {
        claims_come(&module, &["phone"]).await;
    }
}

/// All scopes at once. The suite skips it where one of them is missing; here the others are tried first.
pub(super) async fn oidcc_scope_all(module: Module) {
    let all = ["address", "email", "phone", "profile"];
    let missing = unsupported(&module, &all).await;
    let left: Vec<&str> = all.into_iter().filter(|scope| !missing.contains(scope)).collect();
    claims_come(&module, &left).await;
}

/// RFC 6749 3.3 and 3.1: neither the order of scopes nor that of parameters means anything.
pub(super) async fn oidcc_ensure_other_scope_order_succeeds(module: Module) {
    let mut stage = Stage::open(&module).await;
    link(&stage).await;
    for scope in ["email profile openid", "profile openid email"] {
        let request = stage.request().with("scope", scope);
        for request in [Request::clone(&request), request.reversed()] {
            let login = stage.login(&request).await;
            let claims = stage.userinfo(&login).await;
            assert!(
                claims["name"].is_string() && claims["email"].is_string(),
                "{claims}"
            );
        }
    }
}
