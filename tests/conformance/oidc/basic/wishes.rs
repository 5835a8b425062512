//! Parameters whose use must not result in an error (OIDC Core 3.1.2.1 and 15.1).

use http::Method;
use serde_json::json;
use tests::{Call, Web};

use crate::client::{Login, Stage};
use crate::suite::Module;

/// A login of somebody who has to be asked, with one more parameter.
async fn succeeds(module: &Module, name: &str, value: &str) -> (Stage, Login) {
    let mut stage = Stage::open(module).await;
    let request = stage.request().with(name, value);
    let login = stage.login(&request).await;
    assert!(login.was_asked);
    stage.userinfo(&login).await;
    (stage, login)
}

pub(super) async fn oidcc_display_page(module: Module) {
    succeeds(&module, "display", "page").await;
}

pub(super) async fn oidcc_display_popup(module: Module) {
    succeeds(&module, "display", "popup").await;
}

/// RFC 6749 3.1: what is not understood is ignored.
pub(super) async fn oidcc_ensure_request_with_unknown_parameter_succeeds(module: Module) {
    succeeds(&module, "extra", "foobar").await;
}

/// A hint of a form that this provider does not know, and one that it does.
pub(super) async fn oidcc_login_hint(module: Module) {
    let (mut stage, _) = succeeds(&module, "login_hint", "buffy@op.example").await;
    stage.web = Web::new(&stage.server);
    let request = stage.request().with("login_hint", stage.token_id());
    assert!(stage.login(&request).await.was_asked);
}

/// A language that nobody here speaks, and several.
pub(super) async fn oidcc_ui_locales(module: Module) {
    let (mut stage, _) = succeeds(&module, "ui_locales", "se").await;
    stage.web = Web::new(&stage.server);
    let request = stage.request().with("ui_locales", "se pl fr-CA");
    assert!(stage.login(&request).await.was_asked);
}

pub(super) async fn oidcc_claims_locales(module: Module) {
    succeeds(&module, "claims_locales", "se").await;
}

/// Whatever is advertised may be asked for; the answer should be one of it.
pub(super) async fn oidcc_ensure_request_with_acr_values_succeeds(module: Module) {
    let mut stage = Stage::open(&module).await;
    let advertised = stage.provider.metadata["acr_values_supported"].as_array();
    let advertised = advertised
        .into_iter()
        .flatten()
        .filter_map(|value| value.as_str());
    let mut values: Vec<String> = advertised.map(str::to_owned).collect();
    if values.is_empty() {
        values = vec!["1".to_owned(), "2".to_owned()];
    }
    let request = stage.request().with("acr_values", values.join(" "));
    let login = stage.login(&request).await;
    let acr = login.id_token.claims["acr"].as_str().unwrap_or_default();
    if !values.iter().any(|value| value == acr) {
        module.warn(format!("acr is {acr:?}, which was not asked for"));
    }
    stage.web = Web::new(&stage.server);
    let request = stage.request().with("acr_values", "1 2");
    stage.login(&request).await;
}

/// OIDC Core 5.5: an essential claim at userinfo; without the claim there is no error either.
pub(super) async fn oidcc_claims_essential(module: Module) {
    let claims = json!({"userinfo": {"name": {"essential": true}}}).to_string();
    let mut stage = Stage::open(&module).await;
    assert_eq!(stage.provider.metadata["claims_parameter_supported"], true);
    let request = stage.request().with("claims", claims);
    let login = stage.login(&request).await;
    let claims = stage.userinfo(&login).await;
    if claims.get("name").is_none() {
        module.warn("userinfo has no name, which is essential");
    }
    let link = json!({"userinfo": {"email": {"essential": true}, "nickname": {"essential": true}}});
    let request = stage.request().with("claims", link.to_string());
    let login = stage.login(&request).await;
    let call = Call::new(Method::POST, stage.provider.path("userinfo_endpoint"));
    let answer = stage.server.send(call.bearer(login.tokens.access())).await;
    Stage::claims(&login, &answer);
}
