//! SAML service providers (profile 9, Metadata 2): registered from their metadata, held to the word of whoever the operator trusts,
//! refreshed before it ends.

mod command;
mod demo;
mod metadata;
mod refusals;

use http::Method;
use serde_json::{Value, json};
use tests::metadata::{Metadata, SigningCertificate};
use tests::{Answer, Call, TestServer};

const PATH: &str = "/admin/service-providers/https%3A%2F%2Fwiki.example%2Fmetadata";

/// An operator who looks after service providers.
struct Desk {
    server: TestServer,
    token: String,
}

impl Desk {
    async fn open() -> Self {
        let server = TestServer::start().await;
        let token = server.operator("ann").await;
        Self { server, token }
    }

    async fn send(&self, call: Call) -> Answer {
        self.server.send(call.bearer(&self.token)).await
    }

    async fn add(&self, document: &Value) -> Answer {
        self.send(Call::post("/admin/service-providers", document)).await
    }

    async fn put(&self, document: &Value) -> Answer {
        self.send(Call::new(Method::PUT, PATH).json(document)).await
    }

    async fn patch(&self, patch: &Value) -> Answer {
        self.send(Call::new(Method::PATCH, PATH).json(patch)).await
    }

    async fn read(&self) -> Answer {
        self.send(Call::get(PATH)).await
    }

    async fn refresh(&self) -> Answer {
        self.send(Call::post(format!("{PATH}/refresh"), &json!({}))).await
    }

    /// The events of the newest audit records about service providers, newest first.
    async fn events(&self) -> Vec<String> {
        let rows = self.send(Call::get("/admin/audit?limit=50")).await.expect(200);
        let rows = rows["records"].as_array().expect("rows").clone();
        let events = rows.iter().filter_map(|row| row["event_type"].as_str());
        events
            .filter(|event| event.starts_with("SP_"))
            .map(str::to_owned)
            .collect()
    }
}

fn wiki() -> Metadata {
    Metadata {
        name: Some("Wiki".to_owned()),
        logout: Some("https://wiki.example/slo".to_owned()),
        ..Metadata::of("wiki.example")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::too_many_lines, reason = "one story, read from top to bottom")]
async fn a_provider_is_what_its_metadata_says_and_what_its_operator_decides() {
    let desk = Desk::open().await;
    let certificate = SigningCertificate::until(2031);
    let metadata = Metadata {
        certificates: vec![certificate.base64()],
        ..wiki()
    };
    let made = desk
        .add(&json!({"metadata": metadata.xml(), "preset": "shibboleth"}))
        .await;
    let view = made.expect(201);
    assert_eq!(made.header("location"), PATH);
    assert_eq!(view["entityId"], "https://wiki.example/metadata");
    assert_eq!(
        (&view["displayName"], &view["serviceId"]),
        (&json!("Wiki"), &json!("wiki.example"))
    );
    assert_eq!(
        view["assertionConsumerServices"][0]["location"],
        "https://wiki.example/acs"
    );
    assert_eq!(
        view["singleLogoutServices"][0]["location"],
        "https://wiki.example/slo"
    );
    let shown = &view["certificates"][0];
    assert_eq!(
        (&shown["signing"], &shown["encryption"]),
        (&json!(true), &json!(true))
    );
    assert!(
        shown["notAfter"]
            .as_str()
            .is_some_and(|end| end.starts_with("2031-01-01")),
        "{shown}"
    );
    assert_eq!(view["encryption"]["when"], "possible", "the preset's");
    assert_eq!(view["nameIdFormat"], "transient");
    let entered = view["enter"].to_string();
    let issuer = &desk.server.issuer;
    assert!(entered.contains(&format!("{issuer}/saml/metadata")), "{entered}");
    assert!(entered.contains(&format!("{issuer}/saml/sso")), "{entered}");

    let service = desk
        .send(Call::get("/admin/services/wiki.example"))
        .await
        .expect(200);
    assert_eq!(
        (&service["name"], &service["url"]),
        (&json!("Wiki"), &json!("https://wiki.example"))
    );
    let scopes = service["allowedScopes"].to_string();
    assert!(
        scopes.contains("identity:given_name") && !scopes.contains("photo"),
        "{scopes}"
    );

    let listed = desk.send(Call::get("/admin/service-providers")).await.expect(200);
    assert_eq!(
        (&listed["total"], &listed["serviceProviders"][0]),
        (&json!(1), &view)
    );
    assert_eq!(desk.events().await, ["SP_REGISTER"]);
    desk.add(&json!({"metadata": metadata.xml()}))
        .await
        .expect_problem(409, "conflict");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_that_was_read_may_be_written_back() {
    let desk = Desk::open().await;
    let made = desk
        .put(&json!({"metadata": wiki().xml(), "attributes": ["givenName", "pairwiseId"]}))
        .await;
    let view = made.expect(201);
    assert_eq!(view["attributes"][0]["name"], "urn:oid:2.5.4.42");
    let records = desk.server.audit_count().await;
    let read = desk.read().await;
    assert_eq!(read.header("etag"), made.header("etag"));
    let again = desk.put(&read.json()).await;
    assert_eq!(
        (again.expect(200), again.header("etag")),
        (view, made.header("etag"))
    );
    assert_eq!(
        desk.server.audit_count().await,
        records,
        "nothing happened, nothing is recorded"
    );

    let changed = desk
        .patch(&json!({"encryption": {"content": "aes128-gcm"}, "idpInitiated": true}))
        .await;
    let view = changed.expect(200);
    assert_eq!(
        view["encryption"],
        json!({"when": "never", "content": "aes128-gcm"})
    );
    assert_eq!(
        (&view["idpInitiated"], &view["attributes"][1]["friendlyName"]),
        (&json!(true), &json!("pairwise-id"))
    );
    let back = desk
        .patch(&json!({"encryption": {"content": null}, "idpInitiated": null}))
        .await
        .expect(200);
    assert_eq!(
        (&back["encryption"], &back["idpInitiated"]),
        (&json!({"when": "never"}), &json!(false))
    );
    assert_eq!(desk.events().await, ["SP_UPDATE", "SP_UPDATE", "SP_REGISTER"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_writers_who_saw_the_same_provider_one_is_admitted() {
    let desk = Desk::open().await;
    let made = desk.put(&json!({"metadata": wiki().xml()})).await;
    made.expect(201);
    let write = |name: &str| {
        let call = Call::new(Method::PATCH, PATH).header("if-match", &made.header("etag"));
        desk.send(call.json(&json!({"displayName": name})))
    };
    write("One").await.expect(200);
    write("Two").await.expect_problem(412, "precondition_failed");
    let remove = |etag: &str| desk.send(Call::new(Method::DELETE, PATH).header("if-match", etag));
    remove(&made.header("etag"))
        .await
        .expect_problem(412, "precondition_failed");
    remove(&desk.read().await.header("etag")).await.expect(204);
    desk.read().await.expect_problem(404, "not_found");
    assert_eq!(desk.events().await, ["SP_REMOVE", "SP_UPDATE", "SP_REGISTER"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_may_configure_writes() {
    use idp_server::admin::{OperatorScope, Role};
    let desk = Desk::open().await;
    desk.put(&json!({"metadata": wiki().xml()})).await.expect(201);
    let auditor = desk
        .server
        .operator_with("eve", &[OperatorScope::Admin], Role::Auditor)
        .await;
    let send = |call: Call| desk.server.send(call.bearer(&auditor));
    send(Call::get(PATH)).await.expect(200);
    let body = json!({"metadata": wiki().xml()});
    for call in [
        Call::post("/admin/service-providers", &body),
        Call::new(Method::PUT, PATH).json(&body),
        Call::new(Method::PATCH, PATH).json(&json!({})),
        Call::new(Method::DELETE, PATH),
        Call::post(format!("{PATH}/refresh"), &json!({})),
    ] {
        send(call).await.expect_problem(403, "insufficient_scope");
    }
    desk.server
        .send(Call::get(PATH))
        .await
        .expect_problem(401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_without_metadata_is_described() {
    let desk = Desk::open().await;
    let google = json!({
        "entityId": "google.com", "preset": "google",
        "assertionConsumerUrls": ["https://www.google.com/a/example.com/acs"],
    });
    let view = desk.add(&google).await.expect(201);
    assert_eq!(view["serviceId"], "www.google.com");
    assert_eq!(view["nameIdFormat"], "email-address");
    assert!(view["enter"].to_string().contains("Sign-in page URL"), "{view}");
    let link = json!({"clientId": view["linkId"], "tokenId": "jean", "email": "jean@example.com"});
    let call = || Call::new(Method::PUT, "/admin/links").json(&link);
    desk.send(call()).await.expect(200);
    desk.send(Call::new(Method::DELETE, "/admin/service-providers/google.com"))
        .await
        .expect(204);
    desk.send(call()).await.expect_problem(404, "not_found");
}
