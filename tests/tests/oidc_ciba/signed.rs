//! Signed authentication requests (CIBA 7.1.1, FAPI-CIBA 5.2.2).

use idp_jose::jws::Header;
use serde_json::{Value, json};
use tests::ClientKey;
use tests::client_key::merged;

use super::{Scene, refused, text};

struct Signed {
    scene: Scene,
    key: ClientKey,
}

impl Signed {
    async fn open() -> Self {
        let key = ClientKey::generate();
        let members = json!({
            "jwks": key.jwks(), "backchannel_authentication_request_signing_alg": "ES256",
        });
        Self {
            scene: Scene::with(members).await,
            key,
        }
    }

    /// A signed request with some claims changed; null removes one.
    fn object(&self, key: &ClientKey, changes: Value) -> String {
        let usual = json!({"scope": "openid", "login_hint": self.scene.token_id(), "requested_expiry": 30});
        let claims = ClientKey::request_claims(&self.scene.server, &self.scene.party.id, usual);
        key.sign(&Header::new(key.algorithm()), &merged(claims, changes))
    }

    async fn send(&self, object: &str, more: &[(&str, &str)]) -> tests::Answer {
        let mut pairs = vec![("request", object)];
        pairs.extend(more);
        self.scene.send(&self.scene.party, "/oidc/ciba", &pairs).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ciba_7_1_1_a_signed_request_counts_once() {
    let signed = Signed::open().await;
    let object = signed.object(&signed.key, json!({"requested_expiry": "40"}));
    let begun = signed.send(&object, &[]).await.expect(200);
    assert_eq!(begun["expires_in"], 40);
    assert_eq!(
        refused(&signed.send(&object, &[]).await),
        "invalid_request",
        "jti"
    );
    signed.scene.approve().await;
    let tokens = signed.scene.fetch(&text(&begun, "auth_req_id")).await;
    tokens.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fapi_ciba_5_2_2_what_is_not_signed_for_us_by_the_client_now_is_refused() {
    let signed = Signed::open().await;
    assert_eq!(
        refused(&signed.scene.ask(&[]).await),
        "invalid_request",
        "unsigned"
    );
    let now = signed.scene.server.now().unix_seconds();
    for changes in [
        json!({"iss": "other"}),
        json!({"aud": "https://other.example"}),
        json!({"exp": null}),
        json!({"exp": now + 70 * 60}),
        json!({"nbf": now + 600}),
        json!({"nbf": now - 70 * 60}),
        json!({"iat": null}),
        json!({"jti": null}),
    ] {
        let object = signed.object(&signed.key, changes.clone());
        assert_eq!(
            refused(&signed.send(&object, &[]).await),
            "invalid_request",
            "{changes}"
        );
    }
    let foreign = signed.object(&ClientKey::generate(), json!({}));
    assert_eq!(refused(&signed.send(&foreign, &[]).await), "invalid_request");
    let good = signed.object(&signed.key, json!({}));
    let beside = signed.send(&good, &[("binding_message", "other")]).await;
    assert_eq!(refused(&beside), "invalid_request", "nothing beside it");
    signed.send(&good, &[]).await.expect(200);
}
