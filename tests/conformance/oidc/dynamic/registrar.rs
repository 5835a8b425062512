//! Clients that register themselves (RFC 7591 3), with the initial access token that an operator made for them.

use serde_json::{Value, json};
use tests::client_key::merged;
use tests::{Answer, Call, TestServer, fresh};

use crate::client::{Client, DISCOVERY, Stage, media_type};
use crate::suite::Module;

/// A server that lets clients register.
pub(super) struct Registrar<'a> {
    module: &'a Module,
    pub(super) server: TestServer,
    path: String,
    token: String,
}

impl<'a> Registrar<'a> {
    /// Opens registration for a service that may ask for the name.
    pub(super) async fn open(module: &'a Module) -> Self {
        let server = module
            .server_with(|config| {
                config.oidc.dynamic_registration = true;
                config.oidc.outbound_loopback = true;
            })
            .await;
        let id = fresh("dynamic");
        let service = json!({
            "serviceId": id, "name": "Certification", "url": format!("https://{id}.example"),
            "allowedScopes": ["identity:name"], "matchingMode": "compare",
        });
        let call = Call::post("/admin/services", &service);
        server.administer(call).await.expect(201);
        let call = Call::post(
            "/admin/client-registration-tokens",
            &json!({"serviceId": id, "seconds": 600}),
        );
        let made = server.administer(call).await.expect(201);
        let document = server.send(Call::get(DISCOVERY)).await.expect(200);
        let address = document["registration_endpoint"].as_str().unwrap_or_default();
        let path = address
            .strip_prefix(&server.issuer)
            .expect("an endpoint of the issuer");
        Self {
            path: path.to_owned(),
            token: made["token"].as_str().unwrap_or_default().to_owned(),
            module,
            server,
        }
    }

    /// Registers a client with these members beside the usual ones; null removes.
    pub(super) async fn try_register(&self, members: Value) -> Answer {
        let usual = json!({
            "client_name": "Certification",
            "redirect_uris": [format!("https://{}.example/callback", fresh("dynamic"))],
            "id_token_signed_response_alg": "RS256",
        });
        let call = Call::post(&self.path, &merged(usual, members));
        self.server.send(call.bearer(&self.token)).await
    }

    /// The same, and a stage for the client.
    pub(super) async fn stage(self, members: Value) -> Stage {
        let answer = self.try_register(members).await;
        let made = answer.expect(201);
        check_answer(&answer, &made);
        Stage::set(self.module, self.server, Client::of(&made)).await
    }
}

/// A stage for a client that registered itself.
pub(super) async fn registered(module: &Module, members: Value) -> Stage {
    Registrar::open(module).await.stage(members).await
}

/// RFC 7591 3.2.1, RFC 7592 3.
fn check_answer(answer: &Answer, made: &Value) {
    assert_eq!(media_type(answer), "application/json");
    assert!(answer.header("cache-control").contains("no-store"));
    assert!(
        made["client_id"].as_str().is_some_and(|id| !id.is_empty()),
        "{made}"
    );
    let has_secret = made.get("client_secret").is_some();
    assert!(!has_secret || made["client_secret_expires_at"].is_i64(), "{made}");
    let manages = ["registration_access_token", "registration_client_uri"];
    let count = manages.iter().filter(|name| made[**name].is_string()).count();
    assert!(count == 0 || count == manages.len(), "{made}");
}

/// What a refused registration says (RFC 7591 3.2.2).
pub(super) fn refusal(answer: &Answer) -> String {
    let body = answer.expect(400);
    assert_eq!(media_type(answer), "application/json");
    assert!(answer.header("cache-control").contains("no-store"));
    body["error"].as_str().unwrap_or_default().to_owned()
}
