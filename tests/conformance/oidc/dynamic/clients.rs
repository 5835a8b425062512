//! What clients register of themselves, and what they get then (OIDC Registration 2, OIDC Core 5.3.2 and 8.1).

use idp_jose::Algorithm;
use serde_json::json;
use tests::{Call, Receiver, Reply};

use super::registrar::{Registrar, refusal, registered};
use crate::client::media_type;
use crate::suite::Module;

/// A client registers and logs somebody in.
pub(super) async fn oidcc_registration_dynamic(module: Module) {
    let mut stage = registered(&module, json!({})).await;
    let login = stage.login(&stage.request()).await;
    stage.userinfo(&login).await;
}

pub(super) async fn oidcc_idtoken_rs256(module: Module) {
    let mut stage = registered(&module, json!({"id_token_signed_response_alg": "RS256"})).await;
    let login = stage.login(&stage.request()).await;
    assert_eq!(login.id_token.header.alg, Algorithm::Rs256);
}

/// OIDC Core 5.3.2: a JWT with `iss` and `aud`.
pub(super) async fn oidcc_userinfo_rs256(module: Module) {
    let mut stage = registered(&module, json!({"userinfo_signed_response_alg": "RS256"})).await;
    let login = stage.login(&stage.request()).await;
    let call = Call::get(stage.provider.path("userinfo_endpoint")).bearer(login.tokens.access());
    let answer = stage.server.send(call).await;
    answer.expect(200);
    assert_eq!(media_type(&answer), "application/jwt");
    let (_, claims) = stage.provider.verified(&answer.text(), Algorithm::Rs256);
    assert_eq!(claims["iss"], stage.provider.issuer.as_str());
    assert_eq!(claims["aud"], stage.client.id.as_str());
    assert_eq!(claims["sub"], login.id_token.claims["sub"]);
}

/// A document that lists the redirect URIs, and pairwise subjects by its host: two clients of one sector see one subject.
pub(super) async fn oidcc_registration_sector_uri(module: Module) {
    const LISTED: &str = r#"["https://one.example/callback","https://two.example/callback"]"#;
    let receiver = Receiver::start().await;
    let document = || Reply {
        body: LISTED,
        ..Reply::from(200)
    };
    receiver.answer([document(), document(), document(), document()]);
    let of = |host: &str| {
        json!({
            "redirect_uris": [format!("https://{host}.example/callback")],
            "sector_identifier_uri": receiver.uri, "subject_type": "pairwise",
        })
    };
    let registrar = Registrar::open(&module).await;
    let other = registrar.try_register(of("two")).await.expect(201);
    let mut stage = registrar.stage(of("one")).await;
    let first = stage.login(&stage.request()).await;
    assert_ne!(first.id_token.text("sub"), stage.token_id());
    stage.client = crate::client::Client::of(&other);
    let second = stage.login(&stage.request()).await;
    assert_eq!(first.id_token.text("sub"), second.id_token.text("sub"));
}

/// A document that lists others.
pub(super) async fn oidcc_registration_sector_bad(module: Module) {
    let receiver = Receiver::start().await;
    receiver.answer([Reply {
        body: r#"["https://somebody-else.example/callback"]"#,
        ..Reply::from(200)
    }]);
    let members = json!({
        "redirect_uris": ["https://rp.example/callback"],
        "sector_identifier_uri": receiver.uri, "subject_type": "pairwise",
    });
    let answer = Registrar::open(&module).await.try_register(members).await;
    let error = refusal(&answer);
    let known = ["invalid_client_metadata", "invalid_redirect_uri"];
    assert!(known.contains(&error.as_str()), "{error}");
}
