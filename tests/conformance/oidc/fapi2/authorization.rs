//! Authorization requests that must fail.

use idp_authenticator::DeclineReason;
use tests::Web;
use tests::web::location;

use super::check;
use super::client::{Scene, by_reference};
use super::with::With;
use crate::suite::Module;

/// The person declines on the phone and gives up on the page.
pub(super) async fn fapi2_security_profile_final_user_rejects_authentication(module: Module) {
    let scene = Scene::open(&module).await;
    let party = &scene.first;
    let uri = scene.pushed(party, With::default()).await;
    let mut web = Web::new(&scene.server);
    let page = web.begin(&by_reference(party, &uri, &[])).await;
    let token_id = scene.phone.wallet.identity().token_id.clone();
    web.start(&page, token_id.as_str()).await;
    let session = scene.phone.only().await.session_id.to_string();
    let declined = scene.phone.reject(&session, DeclineReason::Declined).await;
    declined.expect(200);
    let answer = web.submit(&format!("{page}/cancel")).await;
    let answered = check::callback(&scene, party, &answer).await;
    assert_eq!(answered["error"], "access_denied");
    assert_eq!(answered["state"], "af0ifjsldkj");
    assert_eq!(answered.get("code"), None);
}

async fn is_refused_when_pushed(module: &Module, parameters: &[(&str, &str)], errors: &[&str]) {
    let scene = Scene::open(module).await;
    let answer = scene.push(&scene.first, With::parameters(parameters)).await;
    check::refused(&answer, errors);
}

const REQUEST: &[&str] = &["invalid_request", "invalid_request_object"];

/// A redirect URI that nobody registered.
pub(super) async fn fapi2_security_profile_final_ensure_registered_redirect_uri(module: Module) {
    let scene = Scene::open(&module).await;
    let longer = format!("{}/other", scene.first.registered.redirect_uri);
    let answer = scene
        .push(&scene.first, With::parameters(&[("redirect_uri", &longer)]))
        .await;
    check::refused(&answer, REQUEST);
}

/// RFC 9126 2.4 would allow one; it is refused all the same.
pub(super) async fn fapi2_security_profile_final_plain_fapi_tolerate_unregistered_redirect_uri(
    module: Module,
) {
    let other = [("redirect_uri", "https://unregistered.example/callback")];
    is_refused_when_pushed(&module, &other, REQUEST).await;
}

/// 5.3.2.2, item 3: nothing but pushed requests.
pub(super) async fn fapi2_security_profile_final_ensure_unsigned_authorization_request_without_using_par_fails(
    module: Module,
) {
    let scene = Scene::open(&module).await;
    let mode = if scene.is_signed { "jwt" } else { "" };
    let path = scene
        .first
        .registered
        .authorize(&[("scope", "openid"), ("response_mode", mode)]);
    let answer = Web::new(&scene.server).open(&path).await;
    assert!(!location(&answer).starts_with("/oidc/login/"), "nobody is asked");
    check::refused_in_browser(&scene, &scene.first, &answer, &["invalid_request"]).await;
}

/// 5.3.2.2, item 6: `redirect_uri` is in the pushed request.
pub(super) async fn fapi2_security_profile_final_ensure_redirect_uri_in_authorization_request(
    module: Module,
) {
    is_refused_when_pushed(&module, &[("redirect_uri", "")], REQUEST).await;
}

const TYPE: &[&str] = &[
    "unsupported_response_type",
    "invalid_request",
    "unauthorized_client",
];

/// 5.3.2.2, item 1: `code` alone.
pub(super) async fn fapi2_security_profile_final_ensure_response_type_code_idtoken_fails(module: Module) {
    is_refused_when_pushed(&module, &[("response_type", "code id_token")], TYPE).await;
}

/// 5.3.2.2, item 1: `code` alone.
pub(super) async fn fapi2_security_profile_final_ensure_response_type_token_fails(module: Module) {
    is_refused_when_pushed(&module, &[("response_type", "token")], TYPE).await;
}
