//! Keys of clients and of the provider (OIDC Core 9 and 10.1.1; RFC 7523 3).

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value, json};
use tests::web::encode;
use tests::{Call, ClientKey, Receiver, Reply};

use super::registrar::registered;
use crate::client::{Provider, Stage, Tokens};
use crate::suite::Module;

/// A login of a client that signs assertions, for the issuer.
async fn with_assertion(stage: &mut Stage, key: &ClientKey) {
    let request = stage.request();
    let (back, _) = stage.answered(&request).await;
    let assertion = key.assertion(&stage.server, &stage.client.id, json!({}));
    let mut pairs = request.redemption(back.code());
    pairs.extend([
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
        ("client_assertion", &assertion),
    ]);
    let call = Call::new(Method::POST, stage.provider.path("token_endpoint"))
        .header("content-type", "application/x-www-form-urlencoded");
    let answer = stage.server.send(call.raw(encode(&pairs))).await;
    stage.id_token(&Tokens::of(&answer), request.value("nonce"));
}

/// The provider fetches the client's keys.
pub(super) async fn oidcc_registration_jwks_uri(module: Module) {
    let key = ClientKey::generate();
    let receiver = Receiver::start().await;
    receiver.answer([Reply {
        body: key.jwks().to_string().leak(),
        ..Reply::from(200)
    }]);
    let members = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": receiver.uri});
    let mut stage = registered(&module, members).await;
    with_assertion(&mut stage, &key).await;
}

/// RFC 7523bis: the issuer is the audience.
pub(super) async fn oidcc_ensure_client_assertion_with_iss_aud_succeeds(module: Module) {
    let key = ClientKey::generate();
    let members = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": key.jwks()});
    let mut stage = registered(&module, members).await;
    with_assertion(&mut stage, &key).await;
}

/// The names of the published keys.
async fn names(stage: &Stage) -> BTreeSet<String> {
    let published = stage
        .server
        .send(Call::get(stage.provider.path("jwks_uri")))
        .await;
    let keys = published.expect(200)["keys"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let names = keys.iter().filter_map(|key| key["kid"].as_str());
    names.map(str::to_owned).collect()
}

/// An operator rotates the keys: new ones appear, the old ones stay, and tokens are good before and after the new ones sign.
pub(super) async fn oidcc_server_rotate_keys(module: Module) {
    let mut stage = registered(&module, json!({})).await;
    let first = stage.login(&stage.request()).await;
    let before = names(&stage).await;
    let call = Call::new(Method::POST, "/admin/keys/oidc_rs256/rotate");
    stage.server.administer(call).await.expect(200);
    let after = names(&stage).await;
    assert!(
        after.len() > before.len() && after.is_superset(&before),
        "{after:?}"
    );
    let request = stage.request().with("prompt", "login");
    stage.provider = Provider::discover(&stage.server).await;
    stage.login(&request).await;

    let two_days = 2 * 86_400;
    stage.server.clock.advance(two_days + 60);
    stage.provider = Provider::discover(&stage.server).await;
    let request = stage.request().with("prompt", "login");
    let later = stage.login(&request).await;
    assert_ne!(
        later.id_token.header.kid, first.id_token.header.kid,
        "the new key signs"
    );
    assert_eq!(later.id_token.claims.get("sub").map(Value::is_string), Some(true));
}
