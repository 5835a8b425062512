//! The profile `fapi_ciba` as `deploy/federation/fapi-ciba.md` registers it: tokens that a proof binds (RFC 9449).

use http::Method;
use idp_jose::jws::Header;
use serde_json::{Value, json};
use tests::web::encode;
use tests::{Answer, Call, ClientKey};

use super::{GRANT, Scene, refused, text};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A client of the profile, with its key.
struct Till {
    scene: Scene,
    key: ClientKey,
}

impl Till {
    async fn open() -> Self {
        let key = ClientKey::generate();
        let members = json!({
            "profile": "fapi_ciba", "token_endpoint_auth_method": "private_key_jwt", "jwks": key.jwks(),
            "backchannel_token_delivery_mode": "poll", "dpop_bound_access_tokens": true,
            "id_token_signed_response_alg": "PS256", "subject_type": "pairwise", "redirect_uris": [],
            "grant_types": [GRANT, "refresh_token"],
        });
        let scene = Scene::with(members).await;
        Self { scene, key }
    }

    /// A form in its name, with or without a proof.
    async fn send(&self, path: &str, pairs: &[(&str, &str)], is_proved: bool) -> Answer {
        let server = &self.scene.server;
        let assertion = self.key.assertion(server, &self.scene.party.id, json!({}));
        let mut pairs = pairs.to_vec();
        pairs.push(("client_assertion_type", ASSERTION_TYPE));
        pairs.push(("client_assertion", &assertion));
        let call = Call::new(Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .raw(encode(&pairs));
        let proof = self.key.proof(server, ("POST", path), json!({}));
        let call = if is_proved {
            call.header("dpop", &proof)
        } else {
            call
        };
        server.send(call).await
    }

    /// A signed request.
    async fn ask(&self, changes: Value) -> Answer {
        let usual = json!({"scope": "openid identity:name", "login_hint": self.scene.token_id()});
        let claims = ClientKey::request_claims(&self.scene.server, &self.scene.party.id, usual);
        let claims = tests::client_key::merged(claims, changes);
        let object = self.key.sign(&Header::new(self.key.algorithm()), &claims);
        self.send("/oidc/ciba", &[("request", &object)], false).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fapi_ciba_5_2_2_tokens_are_bound_and_requests_are_signed() {
    let till = Till::open().await;
    let begun = till.ask(json!({})).await.expect(200);
    till.scene.approve().await;
    let id = text(&begun, "auth_req_id");
    let pairs = [("grant_type", GRANT), ("auth_req_id", id.as_str())];
    let bare = till.send("/oidc/token", &pairs, false).await;
    assert_eq!(refused(&bare), "invalid_request", "nothing is given away unbound");
    let tokens = till.send("/oidc/token", &pairs, true).await.expect(200);
    assert_eq!(tokens["token_type"], "DPoP");
    let stolen = Call::get("/oidc/userinfo").bearer(&text(&tokens, "access_token"));
    assert_eq!(till.scene.server.send(stolen).await.status, 401);

    let token_id = till.scene.token_id();
    let plain = [("scope", "openid"), ("login_hint", token_id.as_str())];
    assert_eq!(
        refused(&till.send("/oidc/ciba", &plain, false).await),
        "invalid_request"
    );
    assert_eq!(refused(&till.ask(json!({"jti": null})).await), "invalid_request");
}
