//! Pushed authorization requests (RFC 9126).

use tests::Web;
use tests::web::location;

use super::check::{self, NONCE};
use super::client::{Scene, by_reference};
use super::happy::whole;
use super::with::With;
use crate::suite::Module;

const URI: &[&str] = &["invalid_request_uri", "invalid_request", "invalid_request_object"];

/// 5.3.2.2, note 3: a page that is loaded again is no second use.
pub(super) async fn fapi2_security_profile_final_par_ensure_reused_request_uri_prior_to_auth_completion_succeeds(
    module: Module,
) {
    let scene = Scene::open(&module).await;
    let party = &scene.first;
    let uri = scene.pushed(party, With::default()).await;
    let mut web = Web::new(&scene.server);
    web.begin(&by_reference(party, &uri, &[])).await;
    let answer = web.login(&by_reference(party, &uri, &[]), &scene.phone).await;
    let answered = check::callback(&scene, party, &answer).await;
    let code = check::code(&answered, Some("af0ifjsldkj"));
    let answer = scene.redeem(party, &code, With::default()).await;
    check::tokens(&scene, party, &answer, &NONCE);
}

/// RFC 9126 7.3: a reference is answered once.
pub(super) async fn fapi2_security_profile_final_par_attempt_reuse_request_uri(module: Module) {
    let scene = Scene::open(&module).await;
    let party = &scene.first;
    let uri = scene.pushed(party, With::default()).await;
    let answered = scene.log_in(party, &uri, &[]).await;
    check::code(&answered, Some("af0ifjsldkj"));
    let again = Web::new(&scene.server)
        .open(&by_reference(party, &uri, &[]))
        .await;
    if location(&again).starts_with("/oidc/login/") {
        module.warn("a request_uri can be used again");
    } else {
        check::refused_in_browser(&scene, party, &again, &["invalid_request_uri"]).await;
    }
}

/// RFC 9126 2.2: a reference that expired.
pub(super) async fn fapi2_security_profile_final_par_attempt_to_use_expired_request_uri(module: Module) {
    let scene = Scene::open(&module).await;
    let party = &scene.first;
    let (uri, seconds) = check::pushed(&scene.push(party, With::default()).await);
    scene.server.clock.advance(seconds + 1);
    let late = Web::new(&scene.server)
        .open(&by_reference(party, &uri, &[]))
        .await;
    check::refused_in_browser(&scene, party, &late, &["invalid_request_uri"]).await;
}

/// RFC 9126 2.2: a reference is its client's.
pub(super) async fn fapi2_security_profile_final_par_attempt_to_use_request_uri_for_different_client(
    module: Module,
) {
    let scene = Scene::open(&module).await;
    let uri = scene.pushed(&scene.first, With::default()).await;
    let other = &scene.second;
    let answer = Web::new(&scene.server)
        .open(&by_reference(other, &uri, &[]))
        .await;
    check::refused_in_browser(&scene, other, &answer, URI).await;
}

/// RFC 9126 2.1: a pushed request has no `request_uri`.
pub(super) async fn fapi2_security_profile_final_par_authorization_request_containing_request_uri_form_param(
    module: Module,
) {
    let scene = Scene::open(&module).await;
    let answer = scene
        .push_beside(&scene.first, &[("request_uri", "urn:example:1")])
        .await;
    let expected = [
        "invalid_request",
        "invalid_request_object",
        "request_uri_not_supported",
    ];
    check::refused(&answer, &expected);
}

/// RFC 9126 2.3: 405.
pub(super) async fn fapi2_security_profile_final_par_attempt_invalid_http_method(module: Module) {
    let scene = Scene::open(&module).await;
    let answer = scene.push_by("PUT", &scene.first).await;
    assert_eq!(answer.status.as_u16(), 405, "{}", answer.text());
}

/// RFC 9101 5: `client_id` and `request_uri` suffice.
pub(super) async fn fapi2_security_profile_final_par_without_duplicate_parameters(module: Module) {
    let scene = Scene::open(&module).await;
    whole(&scene, &scene.first, With::default(), &NONCE).await;
}
