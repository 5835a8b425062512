//! Signed authentication requests (CIBA 7.1.1, FAPI-CIBA 5.2.2).

use idp_authenticator::{DeviceKey, DeviceSigner as _};
use idp_jose::jws::{Header, Prepared};
use idp_jose::{Algorithm, Jwk};
use serde_json::{Value, json};
use tests::{fresh, random};

use super::{Scene, refused, text};

struct Signed {
    scene: Scene,
    key: DeviceKey,
}

impl Signed {
    async fn open() -> Self {
        let key = DeviceKey::from_random(&random()).expect("a scalar");
        let jwk = Jwk::new(key.public_key()).named_by_thumbprint();
        let members = json!({
            "jwks": {"keys": [jwk.to_value()]}, "backchannel_authentication_request_signing_alg": "ES256",
        });
        Self {
            scene: Scene::with(members).await,
            key,
        }
    }

    /// A signed request with some claims changed; null removes one.
    fn object(&self, key: &DeviceKey, changes: &Value) -> String {
        let now = self.scene.server.now().unix_seconds();
        let mut claims = json!({
            "iss": self.scene.party.id, "aud": self.scene.server.issuer, "iat": now, "nbf": now, "exp": now + 300,
            "jti": fresh("jti"), "scope": "openid", "login_hint": self.scene.token_id(), "requested_expiry": 30,
        });
        if let (Some(claims), Some(changes)) = (claims.as_object_mut(), changes.as_object()) {
            claims.extend(changes.clone());
            claims.retain(|_, value| !value.is_null());
        }
        let prepared = Prepared::new(&Header::new(Algorithm::Es256), claims.to_string().as_bytes());
        let signature = key.sign(prepared.signing_input());
        prepared.complete(&signature)
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
    let object = signed.object(&signed.key, &json!({"requested_expiry": "40"}));
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
        let object = signed.object(&signed.key, &changes);
        assert_eq!(
            refused(&signed.send(&object, &[]).await),
            "invalid_request",
            "{changes}"
        );
    }
    let stranger = DeviceKey::from_random(&random()).expect("a scalar");
    let foreign = signed.object(&stranger, &json!({}));
    assert_eq!(refused(&signed.send(&foreign, &[]).await), "invalid_request");
    let good = signed.object(&signed.key, &json!({}));
    let beside = signed.send(&good, &[("binding_message", "other")]).await;
    assert_eq!(refused(&beside), "invalid_request", "nothing beside it");
    signed.send(&good, &[]).await.expect(200);
}
