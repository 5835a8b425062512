//! Redirect URIs are compared as they are written (OIDC Core 3.1.2.1, RFC 6749 3.1.2, RFC 9700 4.1.3).

use serde_json::json;

use super::registrar::{Registrar, refusal, registered};
use crate::client::{Landing, Request, Stage};
use crate::suite::Module;

const PLAIN: &str = "https://rp.example/callback";
const WITH_QUERY: &str = "https://rp.example/callback?foo=bar";

async fn shows_a_page(stage: &mut Stage, request: &Request) {
    match stage.land(request).await {
        Landing::Page(page) => assert!(page.status.is_client_error(), "{}", page.text()),
        other => panic!("no error page: {other:?}"),
    }
}

/// The query stays in the answer's address.
pub(super) async fn oidcc_redirect_uri_query_ok(module: Module) {
    let mut stage = registered(&module, json!({"redirect_uris": [WITH_QUERY]})).await;
    stage.login(&stage.request()).await;
}

pub(super) async fn oidcc_redirect_uri_query_mismatch(module: Module) {
    let mut stage = registered(&module, json!({"redirect_uris": [WITH_QUERY]})).await;
    for other in ["https://rp.example/callback?bar=foo", PLAIN] {
        let request = stage.request().with("redirect_uri", other);
        shows_a_page(&mut stage, &request).await;
    }
}

pub(super) async fn oidcc_redirect_uri_query_added(module: Module) {
    let mut stage = registered(&module, json!({"redirect_uris": [PLAIN]})).await;
    let request = stage.request().with("redirect_uri", WITH_QUERY);
    shows_a_page(&mut stage, &request).await;
}

/// RFC 6749 3.1.2: no fragment.
pub(super) async fn oidcc_redirect_uri_regfrag(module: Module) {
    let registrar = Registrar::open(&module).await;
    let with_fragment = format!("{PLAIN}#foobar");
    let answer = registrar
        .try_register(json!({"redirect_uris": [with_fragment]}))
        .await;
    assert_eq!(refusal(&answer), "invalid_redirect_uri");
}

/// OIDC Core 3.1.2.1: it is required, also where only one is registered.
pub(super) async fn oidcc_ensure_redirect_uri_in_authorization_request(module: Module) {
    let mut stage = registered(&module, json!({"redirect_uris": [PLAIN]})).await;
    let request = stage.request().without("redirect_uri");
    shows_a_page(&mut stage, &request).await;
}
