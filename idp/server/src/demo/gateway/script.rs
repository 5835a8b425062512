//! The policy of the demo's gateway, and the lines that try it in a shell.

use serde_json::{Value, json};

use super::{Gateway, SHELL};
use crate::config::Config;
use crate::demo::{DEVICE, command_config, phone_store, program};

/// Who may ask for what: `/bar` wants an adult, `/name` the name.
pub(super) fn policy(issuer: &str, audience: &str) -> Value {
    let described = json!({
        "issuer": issuer,
        "audiences": [audience],
        "types": ["idtoken+jwt"],
        "jwks": {"cluster": "idp", "uri": format!("{issuer}/.well-known/jwks.json")},
        "status": {"cluster": "idp", "uri": format!("{issuer}/status/tokens/"), "required": true},
    });
    let adult = json!([{"claim": "idtoken.age_over_18", "equals": true}]);
    json!({
        "issuers": {"idp": described},
        "identity": {"headers": [
            {"header": "x-idp-sub", "claim": "sub"},
            {"header": "x-idp-scope", "claim": "scope"},
        ]},
        "rules": [
            {"name": "health", "match": {"path": "/health"}, "access": "public"},
            {"name": "bar", "match": {"path": "/bar"}, "scopes": {"all": ["identity:age_over_18"]}, "claims": adult},
            {"name": "name", "match": {"path": "/name"}, "scopes": {"all": ["identity:name"]}},
        ],
    })
}

/// A login, what passes, what does not, and the end of the phone.
pub(super) fn commands(config: &Config, gateway: &Gateway, token_id: &str) -> Vec<String> {
    let program = program();
    let (issuer, url) = (&config.issuer, &gateway.url);
    let store = phone_store(config);
    let caller = format!("-H 'Authorization: Bearer {}'", gateway.secret);
    let member = |name: &str| format!("sed 's/.*\"{name}\":\"\\([^\"]*\\)\".*/\\1/'");
    let ask = format!(
        r#"-H 'Content-Type: application/json' -d '{{"tokenId":"{token_id}","serviceId":"{SHELL}"}}'"#
    );
    let curl = |path: &str, token: &str, why: &str| {
        format!("curl -i {url}{path} -H \"Authorization: Bearer {token}\"    # {why}")
    };
    vec![
        format!(
            "SESSION=$(curl -s {issuer}/auth/initiate {caller} {ask} | {})",
            member("sessionId")
        ),
        format!(
            "{program} phone approve --store {} --session $SESSION --yes --deny identity:name",
            store.display()
        ),
        format!(
            "TOKEN=$(curl -s {issuer}/auth/result/$SESSION {caller} | {})",
            member("jwt")
        ),
        curl("/bar", "$TOKEN", "200, and the upstream knows who asks"),
        curl("/name", "$TOKEN", "403: the name was denied on the phone"),
        curl("/bar", "${TOKEN}x", "401: not a signature of the provider"),
        format!(
            "{program} device revoke {token_id} --device {DEVICE} --reason lost_device --config {}",
            command_config(config).display()
        ),
        curl(
            "/bar",
            "$TOKEN",
            "401 within ten seconds; the demo's phone is gone",
        ),
    ]
}
