//! DPoP proofs that are bad, at the resource (RFC 9449 4.3 and 7.1).

use data_encoding::BASE64URL_NOPAD;
use idp_jose::Algorithm;
use serde_json::{Value, json};
use tests::client_key::{ath, merged};
use tests::{Answer, ClientKey, fresh};

use super::check::{self, NONCE};
use super::client::{RESOURCE, Scene, text};
use super::happy::whole;
use super::with::With;
use crate::suite::Module;

/// An access token that works, and its key.
struct Bound<'a> {
    scene: &'a Scene,
    access_token: String,
}

impl Bound<'_> {
    fn dpop(&self) -> &ClientKey {
        &self.scene.first.dpop
    }

    /// The claims of a good proof with these beside or instead; null removes.
    fn claims(&self, more: Value) -> Value {
        let good = json!({
            "jti": fresh("jti"), "htm": RESOURCE.0, "htu": format!("{}{}", self.scene.server.issuer, RESOURCE.1),
            "iat": self.scene.server.now().unix_seconds(), "ath": ath(&self.access_token),
        });
        merged(good, more)
    }

    /// A proof with other claims.
    fn proof(&self, more: Value) -> String {
        self.dpop().sign(&self.dpop().proof_header(), &self.claims(more))
    }

    /// A proof whose header is any JSON; the signature is the key's.
    fn with_header(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut header = json!({
            "typ": "dpop+jwt", "alg": "ES256", "jwk": self.dpop().jwk().to_value(),
        });
        change(&mut header);
        let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let input = format!("{}.{}", encode(&header), encode(&self.claims(json!({}))));
        let signature = self.dpop().signature(Algorithm::Es256, input.as_bytes());
        format!("{input}.{}", BASE64URL_NOPAD.encode(&signature))
    }

    async fn ask(&self, proofs: &[&str]) -> Answer {
        let authorization = format!("DPoP {}", self.access_token);
        self.scene.resource_with(&authorization, proofs).await
    }

    async fn refused(&self, proof: &str, what: &str) {
        check::resource_refused(&self.ask(&[proof]).await, what);
    }

    async fn accepted(&self, proof: &str, what: &str) {
        let answer = self.ask(&[proof]).await;
        assert_eq!(answer.status.as_u16(), 200, "{what}: {}", answer.text());
    }

    /// 4.3, items 2 to 7: a well-formed JWT of the right type, signed by the public key in its header.
    async fn check_forms(&self) {
        self.refused("not-a-proof", "no JWT").await;
        let good = self.proof(json!({}));
        let unsigned = good.rsplit_once('.').expect("a JWT").0;
        self.refused(&format!("{unsigned}."), "no signature").await;
        let foreign = self.proof(json!({}));
        let foreign = foreign.rsplit_once('.').expect("a JWT").1;
        self.refused(&format!("{unsigned}.{foreign}"), "another proof's signature")
            .await;
        for (what, name, value) in [
            ("no typ", "typ", Value::Null),
            ("another typ", "typ", json!("JWT")),
            ("no alg", "alg", Value::Null),
            ("alg none", "alg", json!("none")),
            ("no jwk", "jwk", Value::Null),
        ] {
            let changed = self.with_header(|header| {
                *header = merged(header.take(), json!({name: value}));
            });
            self.refused(&changed, what).await;
        }
        let private = self.with_header(|header| header["jwk"]["d"] = json!("AQ"));
        self.refused(&private, "a private key").await;
        let stranger = ClientKey::generate();
        let others = stranger.sign(&stranger.proof_header(), &self.claims(json!({})));
        self.refused(&others, "another key").await;
        let mixed = stranger.sign(&self.dpop().proof_header(), &self.claims(json!({})));
        self.refused(&mixed, "signed by another key than its own").await;
    }

    /// 4.3, items 3, 8, 9, 11 and 12: for this request, made now, with this token.
    async fn check_claims(&self) {
        let now = self.scene.server.now().unix_seconds();
        for name in ["jti", "htm", "htu", "iat", "ath"] {
            self.refused(&self.proof(json!({name: null})), name).await;
        }
        for wrong in [
            json!({"htm": "PUT"}),
            json!({"htu": format!("{}/oidc/token", self.scene.server.issuer)}),
            json!({"htu": "https://elsewhere.example/oidc/userinfo"}),
            json!({"iat": now + 3600}),
            json!({"iat": now - 3600}),
            json!({"ath": ath("another token")}),
        ] {
            self.refused(&self.proof(wrong.clone()), &wrong.to_string()).await;
        }
    }

    /// 4.3, item 9 and RFC 3986 6.2: what of an address makes no difference; nor do unknown members.
    async fn check_lenience(&self) {
        let path = RESOURCE.1;
        for htu in [
            format!("{}{path}?a=b#c", self.scene.server.issuer),
            format!("HTTPS://OP.EXAMPLE{path}"),
            format!("{}:443{path}", self.scene.server.issuer),
        ] {
            self.accepted(&self.proof(json!({"htu": htu})), &htu).await;
        }
        let header = self.dpop().proof_header().with("unknown", "member");
        let claims = self.claims(json!({"unknown": "member"}));
        let more = self.dpop().sign(&header, &claims);
        self.accepted(&more, "unknown members").await;
    }
}

/// A token that works; then each bad proof is refused; then the token still works.
pub(super) async fn fapi2_security_profile_final_dpop_negative_tests(module: Module) {
    let scene = Scene::open(&module).await;
    let (body, _) = whole(&scene, &scene.first, With::default(), &NONCE).await;
    let bound = Bound {
        scene: &scene,
        access_token: text(&body, "access_token"),
    };
    let [left, right] = [0, 1].map(|_| bound.proof(json!({})));
    check::resource_refused(&bound.ask(&[&left, &right]).await, "two proofs");
    check::resource_refused(&bound.ask(&[]).await, "no proof");
    let bearer = format!("Bearer {}", bound.access_token);
    check::resource_refused(&scene.resource_with(&bearer, &[]).await, "as a bearer token");
    bound.check_forms().await;
    bound.check_claims().await;
    bound.check_lenience().await;
    let once = bound.proof(json!({}));
    bound.accepted(&once, "the first use").await;
    if bound.ask(&[&once]).await.status == 200 {
        module.warn("a proof is accepted twice");
    }
    bound
        .accepted(&bound.proof(json!({})), "a good proof after all")
        .await;
}
