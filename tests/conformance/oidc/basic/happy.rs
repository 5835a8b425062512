//! The code flow as it should go (OIDC Core 3.1).

use idp_jose::Algorithm;
use serde_json::json;

use crate::client::{Client, Landing, Stage};
use crate::suite::Module;

/// A whole login to each of the client's redirect URIs, and userinfo.
pub(super) async fn oidcc_server(module: Module) {
    let mut stage = Stage::open(&module).await;
    for redirect_uri in stage.client.redirect_uris.clone() {
        let request = stage.request().with("redirect_uri", redirect_uri);
        let login = stage.login(&request).await;
        stage.userinfo(&login).await;
    }
}

/// RFC 6749 3.1.1: an error, on a page or by redirect.
pub(super) async fn oidcc_response_type_missing(module: Module) {
    let mut stage = Stage::open(&module).await;
    let request = stage.request().without("response_type");
    match stage.land(&request).await {
        Landing::Back(back) => {
            let known = ["invalid_request", "unsupported_response_type"];
            assert!(known.contains(&back.error()), "{}", back.error());
        }
        Landing::Page(page) => assert!(page.status.is_client_error(), "{}", page.text()),
        Landing::Login(page) => panic!("the person is asked: {page}"),
    }
}

/// OIDC Core 10.1 and 3.1.3.7: `kid` is there, and RS256 is what certification's client gets. What a client gets that says nothing is
/// the provider's own choice (profile 8) and stays a warning: the suite runs this module for clients that register themselves.
pub(super) async fn oidcc_idtoken_signature(module: Module) {
    let mut stage = Stage::open(&module).await;
    let login = stage.login(&stage.request()).await;
    assert!(login.id_token.header.kid.is_some());
    assert_eq!(login.id_token.header.alg, Algorithm::Rs256);

    let silent = json!({"id_token_signed_response_alg": null});
    stage.client = Client::register(&stage.server, silent).await;
    let login = stage.login(&stage.request()).await;
    let algorithm = login.id_token.header.alg;
    if algorithm != Algorithm::Rs256 {
        module.warn(format!(
            "a client that names no algorithm gets {algorithm}; OIDC Registration 2 has RS256 there"
        ));
    }
}

/// OIDC Core 3.1.3.7: unsigned tokens for those who registered `none`, where that is offered.
pub(super) async fn oidcc_idtoken_unsigned(module: Module) {
    let stage = Stage::open(&module).await;
    let is_offered = stage
        .provider
        .advertises("id_token_signing_alg_values_supported", "none");
    assert!(!is_offered, "what is advertised would have to be tried here");
    module.skip("id_token_signing_alg_values_supported has no none");
}

/// OIDC Core 3.1.2.1: `nonce` is optional in the code flow.
pub(super) async fn oidcc_ensure_request_without_nonce_succeeds_for_code_flow(module: Module) {
    let mut stage = Stage::open(&module).await;
    let request = stage.request().without("nonce");
    let login = stage.login(&request).await;
    stage.userinfo(&login).await;
}

/// OIDC Core 3.1.2.1: a request may be posted.
pub(super) async fn oidcc_ensure_post_request_succeeds(module: Module) {
    let mut stage = Stage::open(&module).await;
    let request = stage.request();
    let landing = stage.land_by_post(&request).await;
    let (back, was_asked) = stage.finish(&request, landing).await;
    assert!(was_asked);
    let login = stage.redeem(&request, &back, was_asked).await;
    stage.userinfo(&login).await;
}

/// RFC 6749 2.3.1: the secret in the body.
pub(super) async fn oidcc_server_client_secret_post(module: Module) {
    let method = json!({"token_endpoint_auth_method": "client_secret_post"});
    let mut stage = Stage::open_with(&module, method).await;
    assert!(
        stage
            .provider
            .advertises("token_endpoint_auth_methods_supported", "client_secret_post")
    );
    let login = stage.login(&stage.request()).await;
    stage.userinfo(&login).await;
}
