//! The server as such: 2.6, 4.4.2, 4.13, 4.15.1.

use serde_json::{Value, json};
use tests::web::payload;
use tests::{Call, RelyingParty, TestServer};

use super::{ISSUER, Scene, default_configuration, default_server, error, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_2_6_metadata_is_published_and_true() {
    let server = default_server().await;
    let documents = ["openid-configuration", "oauth-authorization-server"];
    for name in documents {
        let document = server
            .send(Call::get(format!("/.well-known/{name}")))
            .await
            .expect(200);
        assert_eq!(document["issuer"], ISSUER, "{name}");
        for (member, value) in document.as_object().unwrap() {
            let is_address = member.ends_with("_endpoint") || member.ends_with("_uri");
            let text = value.as_str().unwrap_or_default();
            assert!(!is_address || text.starts_with(&format!("{ISSUER}/")), "{member}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_2_6_the_connection_is_encrypted_from_end_to_end() {
    let told = |issuer: &str| {
        let variable = ("IDP_ISSUER".to_owned(), issuer.to_owned());
        idp_server::config::load(None, std::iter::once(variable)).is_ok()
    };
    assert!(told("https://login.example.com") && !told("http://login.example.com"));
    let mut scene = Scene::confidential().await;
    let page = scene.web.begin(&scene.party.authorize(&[])).await;
    let page = scene.web.open(&page).await;
    assert!(page.header("strict-transport-security").starts_with("max-age="));
    let begun = Call::get(scene.party.authorize(&[]));
    let begun = scene.server.send(begun).await;
    for field in begun.headers.get_all("set-cookie") {
        let cookie = field.to_str().unwrap();
        assert!(cookie.starts_with("__Host-"), "{cookie}");
        for attribute in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
    }
    assert!(begun.headers.contains_key("set-cookie"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_4_2_every_authorization_response_names_its_issuer() {
    let mut scene = Scene::confidential().await;
    let metadata = scene.metadata().await;
    assert_eq!(
        metadata["authorization_response_iss_parameter_supported"],
        json!(true)
    );
    let refused = [("prompt", "none")];
    let wrong = [("scope", "nothing")];
    let fragment = [("response_mode", "fragment"), ("prompt", "login")];
    for changes in [&refused[..], &wrong, &[], &fragment] {
        let answered = scene.authorize(changes).await;
        assert_eq!(answered["iss"], ISSUER, "{changes:?} {answered:?}");
    }
    let signed = scene.authorize(&[("response_mode", "jwt")]).await;
    let claims = payload(&signed["response"]);
    assert_eq!(
        (&claims["iss"], &claims["aud"]),
        (&json!(ISSUER), &json!(scene.party.id))
    );
    let tokens = scene.tokens("openid").await;
    assert_eq!(payload(&text(&tokens, "id_token"))["iss"], ISSUER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_13_headers_of_a_proxy_are_not_believed_from_anybody() {
    let server = default_server().await;
    let metadata = server
        .send(Call::get("/.well-known/openid-configuration"))
        .await
        .expect(200);
    let methods = metadata["token_endpoint_auth_methods_supported"]
        .as_array()
        .unwrap();
    assert!(
        methods
            .iter()
            .all(|method| !method.as_str().unwrap().contains("tls"))
    );
    let keys = server.send(Call::get("/.well-known/jwks.json")).await.expect(200);
    let mut keys = keys["keys"].as_array().unwrap().iter();
    let key = keys.find(|key| key.get("x5c").is_some()).unwrap();
    let certificate = key["x5c"][0].as_str().unwrap().to_owned();
    let members = json!({
        "token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": {"keys": [key]},
        "grant_types": ["client_credentials"], "redirect_uris": [], "scope": "read", "resource_scopes": ["read"],
    });
    let party = RelyingParty::register_with(&server, members).await;
    for (name, value) in [
        ("client-cert", format!(":{certificate}:")),
        ("x-forwarded-client-cert", format!("Cert=\"{certificate}\"")),
        ("x-ssl-client-cert", certificate.clone()),
        ("ssl-client-cert", certificate.clone()),
    ] {
        let call = party.call("/oidc/token", &[("grant_type", "client_credentials")]);
        let refused = server.send(call.header(name, &value)).await;
        assert_eq!(error(&refused), "invalid_client", "{name}");
    }
    for (name, value) in [
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("x-original-url", "/admin/clients"),
        ("x-rewrite-url", "/admin/clients"),
        ("forwarded", "for=127.0.0.1;host=evil.example;proto=http"),
    ] {
        let call = Call::get("/.well-known/openid-configuration").header(name, value);
        assert_eq!(server.send(call).await.expect(200), metadata, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_15_1_a_client_does_not_choose_who_it_is() {
    assert!(!default_configuration().oidc.dynamic_registration);
    let closed = default_server().await;
    let body = json!({"client_id": "jean", "redirect_uris": ["https://till.example/cb"]});
    let refused = closed.send(Call::post("/oidc/register", &body)).await;
    assert_eq!(refused.status.as_u16(), 404, "nobody registers themselves");

    let open = TestServer::start_with(|config| config.oidc.dynamic_registration = true).await;
    let service =
        json!({"serviceId": "shop", "name": "Shop", "url": "https://shop.example", "allowedScopes": []});
    open.administer(Call::post("/admin/services", &service))
        .await
        .expect(201);
    let input = json!({"serviceId": "shop", "seconds": 600});
    let leave = open
        .administer(Call::post("/admin/client-registration-tokens", &input))
        .await;
    let leave = text(&leave.expect(201), "token");
    let made = open
        .send(Call::post("/oidc/register", &body).bearer(&leave))
        .await;
    if made.status.is_success() {
        let id = text(&made.json(), "client_id");
        assert!(id != "jean" && id.len() >= 22, "{id}");
    } else {
        assert_eq!(error(&made), "invalid_client_metadata");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_15_1_a_clients_own_token_is_no_persons() {
    let scene = Scene::confidential().await;
    let members = json!({
        "grant_types": ["client_credentials"], "redirect_uris": [], "scope": "read", "resource_scopes": ["read"],
    });
    let party = RelyingParty::register_with(&scene.server, members).await;
    let call = party.call(
        "/oidc/token",
        &[("grant_type", "client_credentials"), ("scope", "read")],
    );
    let tokens = scene.server.send(call).await.expect(200);
    let access_token = text(&tokens, "access_token");
    let claims = payload(&access_token);
    assert_eq!(claims["sub"], claims["client_id"]);
    for of_a_person in ["auth_time", "acr", "amr", "sid", "grant_id"] {
        assert_eq!(claims[of_a_person], Value::Null);
    }
    assert!(tokens.get("id_token").is_none() && tokens.get("refresh_token").is_none());
    let asked = scene.userinfo(&access_token).await;
    assert!(asked.status.is_client_error(), "{}", asked.status);
}
