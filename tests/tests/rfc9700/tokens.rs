//! Access tokens and who gets them: 2.2.1, 2.3, 2.4, 2.5, 4.10.

use serde_json::{Value, json};
use tests::web::{encode, payload};
use tests::{Call, ClientKey, RelyingParty};

use super::{Scene, default_server, error, text};

const API: &str = "https://api.example/";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_2_2_1_every_client_can_bind_its_access_tokens_to_a_key() {
    let mut scene = Scene::confidential().await;
    let metadata = scene.metadata().await;
    let algorithms = metadata["dpop_signing_alg_values_supported"].as_array().unwrap();
    assert!(algorithms.contains(&json!("ES256")));
    let key = ClientKey::generate();
    let code = scene.code(&[]).await;
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", scene.party.redirect_uri.as_str()),
        ("code_verifier", tests::relying_party::VERIFIER),
    ];
    let proof = key.proof(&scene.server, ("POST", "/oidc/token"), json!({}));
    let call = scene.party.call("/oidc/token", &pairs).header("dpop", &proof);
    let tokens = scene.server.send(call).await.expect(200);
    let access_token = text(&tokens, "access_token");
    assert_eq!(tokens["token_type"], "DPoP");
    assert_eq!(
        payload(&access_token)["cnf"],
        json!({"jkt": key.jwk().thumbprint_base64url()})
    );

    // 4.10.1: stolen, it is worth nothing.
    scene.userinfo(&access_token).await.expect(401);
    let shown = |key: &ClientKey| {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, access_token.as_bytes());
        let ath = json!({"ath": idp_types::encoding::base64url(digest.as_ref())});
        let call = Call::get("/oidc/userinfo").header("authorization", &format!("DPoP {access_token}"));
        scene
            .server
            .send(call.header("dpop", &key.proof(&scene.server, ("GET", "/oidc/userinfo"), ath)))
    };
    shown(&ClientKey::generate()).await.expect(401);
    shown(&key).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_2_3_a_token_is_for_what_was_asked_registered_and_granted() {
    let mut scene = Scene::with(json!({"resources": [API, "https://other.example/"]})).await;
    let asked = "openid identity:name identity:age_over_18";
    let path = scene.party.authorize(&[("scope", asked), ("resource", API)]);
    let page = scene.web.begin(&path).await;
    scene
        .web
        .start(&page, scene.phone.wallet.identity().token_id.as_str())
        .await;
    let request = scene.phone.only().await;
    scene
        .phone
        .approve_except(&request, &["identity:name"])
        .await
        .expect(200);
    let back = scene.web.submit(&format!("{page}/continue")).await;
    let code = tests::web::parameters(&tests::web::location(&back))["code"].clone();
    let widened = scene
        .redeem(&scene.party, &code, &[("resource", "https://other.example/")])
        .await;
    assert_eq!(error(&widened), "invalid_target");
    let tokens = scene
        .redeem(&scene.party, &code, &[("resource", API)])
        .await
        .expect(200);
    assert_eq!(
        tokens["scope"], "openid identity:age_over_18",
        "the name was denied"
    );
    let claims = payload(&text(&tokens, "access_token"));
    assert_eq!(claims["aud"], json!([API, scene.server.issuer]));
    assert_eq!(claims["scope"], tokens["scope"]);
    for personal in ["name", "given_name", "age_over_18", "email"] {
        assert_eq!(
            claims[personal],
            Value::Null,
            "a resource server sees no more than it needs"
        );
    }
    for (changes, refused) in [
        ([("scope", "openid identity:photo")], "invalid_scope"),
        ([("scope", "openid admin")], "invalid_scope"),
        ([("resource", "https://unregistered.example/")], "invalid_target"),
    ] {
        assert_eq!(scene.authorize(&changes).await["error"], refused, "{changes:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_10_2_a_token_for_one_resource_server_is_worth_nothing_at_another() {
    let scene = Scene::confidential().await;
    let members = json!({
        "grant_types": ["client_credentials"], "redirect_uris": [], "scope": "read", "resource_scopes": ["read"],
        "resources": [API],
    });
    let caller = RelyingParty::register_with(&scene.server, members).await;
    let call = caller.call(
        "/oidc/token",
        &[("grant_type", "client_credentials"), ("scope", "read")],
    );
    let tokens = scene.server.send(call).await.expect(200);
    let access_token = text(&tokens, "access_token");
    assert_eq!(payload(&access_token)["aud"], json!(API));
    scene.userinfo(&access_token).await.expect(401);
    let asked = scene.party.call("/oidc/introspect", &[("token", &access_token)]);
    let described = scene.server.send(asked).await.expect(200);
    assert_eq!(
        described,
        json!({"active": false}),
        "another client's, for another resource"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_2_4_nobody_gets_a_token_for_a_password() {
    let scene = Scene::confidential().await;
    let metadata = scene.metadata().await;
    let grants = metadata["grant_types_supported"].as_array().unwrap();
    assert!(!grants.contains(&json!("password")));
    let pairs = [
        ("grant_type", "password"),
        ("username", "jean"),
        ("password", "secret"),
    ];
    let refused = scene.server.send(scene.party.call("/oidc/token", &pairs)).await;
    assert_eq!(error(&refused), "unsupported_grant_type");
    let id = tests::fresh("rp");
    let body = json!({
        "client_id": id, "grant_types": ["password"], "service": {"url": format!("https://{id}.example")},
    });
    let registered = scene.server.administer(Call::post("/admin/clients", &body)).await;
    assert_eq!(registered.status.as_u16(), 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_2_5_clients_authenticate_and_may_do_so_with_a_key() {
    let mut scene = Scene::confidential().await;
    let code = scene.code(&[]).await;
    let nobody = RelyingParty {
        secret: None,
        ..scene.party.clone()
    };
    let somebody = RelyingParty {
        secret: Some("A".repeat(22)),
        ..scene.party.clone()
    };
    for party in [nobody, somebody] {
        let refused = scene.redeem(&party, &code, &[]).await;
        assert_eq!(
            (refused.status.as_u16(), error(&refused).as_str()),
            (401, "invalid_client")
        );
    }
    let secret = scene.party.secret.as_deref().unwrap();
    assert!(secret.len() >= 22, "128 bits in base64url");

    let server = default_server().await;
    let key = ClientKey::generate();
    let members = json!({
        "token_endpoint_auth_method": "private_key_jwt", "jwks": key.jwks(), "grant_types": ["client_credentials"],
        "redirect_uris": [], "scope": "read", "resource_scopes": ["read"],
    });
    let party = RelyingParty::register_with(&server, members).await;
    assert_eq!(party.secret, None);
    let ask = |assertion: &str| {
        let pairs = [
            ("grant_type", "client_credentials"),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", assertion),
        ];
        let call = Call::new(http::Method::POST, "/oidc/token")
            .header("content-type", "application/x-www-form-urlencoded");
        server.send(call.raw(encode(&pairs)))
    };
    let assertion = key.assertion(&server, &party.id, json!({}));
    ask(&assertion).await.expect(200);
    assert_eq!(error(&ask(&assertion).await), "invalid_client", "used once");
    let others = ClientKey::generate().assertion(&server, &party.id, json!({}));
    assert_eq!(error(&ask(&others).await), "invalid_client");
    for audience in ["https://evil.example", "https://login.example.com.evil.example"] {
        let injected = key.assertion(&server, &party.id, json!({"aud": audience}));
        assert_eq!(error(&ask(&injected).await), "invalid_client", "{audience}");
    }
}
