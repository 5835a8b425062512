//! Who is asked again, and who is not (OIDC Core 3.1.2.1: `prompt`, `max_age`, `id_token_hint`).

use crate::client::{Login, Request, Stage};
use crate::suite::Module;

/// A first login; ten seconds pass.
async fn logged_in(module: &Module, request: impl FnOnce(Request) -> Request) -> (Stage, Login) {
    let mut stage = Stage::open(module).await;
    let request = request(stage.request());
    let first = stage.login(&request).await;
    assert!(first.was_asked);
    stage.server.clock.advance(10);
    (stage, first)
}

/// A second login that nobody is asked for: the same person, the same authentication.
async fn silently(stage: &mut Stage, first: &Login, request: &Request) {
    let second = stage.login(request).await;
    assert!(!second.was_asked, "the person is asked");
    assert_eq!(second.id_token.text("sub"), first.id_token.text("sub"));
    assert_eq!(
        second.id_token.claims.get("auth_time"),
        first.id_token.claims.get("auth_time")
    );
    stage.userinfo(&second).await;
}

/// A second login that the person is asked for: later, and just now.
async fn again(stage: &mut Stage, first: &Login, request: &Request) {
    let second = stage.login(request).await;
    assert!(second.was_asked, "the person is not asked");
    assert_eq!(second.id_token.text("sub"), first.id_token.text("sub"));
    let authenticated = second.id_token.number("auth_time");
    assert!(authenticated > first.id_token.number("auth_time"));
    assert!((stage.now() - 60..=stage.now() + 5).contains(&authenticated));
}

pub(super) async fn oidcc_prompt_login(module: Module) {
    let (mut stage, first) = logged_in(&module, |request| request).await;
    let request = stage.request().with("prompt", "login");
    again(&mut stage, &first, &request).await;
}

/// OIDC Core 3.1.2.6: one of the errors of `prompt=none`, and no page.
pub(super) async fn oidcc_prompt_none_not_logged_in(module: Module) {
    let mut stage = Stage::open(&module).await;
    let request = stage.request().with("prompt", "none");
    let error = stage.error(&request).await;
    let known = [
        "login_required",
        "interaction_required",
        "account_selection_required",
        "consent_required",
    ];
    assert!(known.contains(&error.as_str()), "{error}");
}

pub(super) async fn oidcc_prompt_none_logged_in(module: Module) {
    let (mut stage, first) = logged_in(&module, |request| request).await;
    let request = stage.request().with("prompt", "none");
    silently(&mut stage, &first, &request).await;
}

/// OIDC Core 2: with `max_age`, `auth_time` is required.
pub(super) async fn oidcc_max_age_1(module: Module) {
    let (mut stage, first) = logged_in(&module, |request| request.with("max_age", "15000")).await;
    stage.server.clock.advance(2);
    let request = stage.request().with("max_age", "1");
    again(&mut stage, &first, &request).await;
}

pub(super) async fn oidcc_max_age_10000(module: Module) {
    let (mut stage, first) = logged_in(&module, |request| request.with("max_age", "15000")).await;
    assert!(first.id_token.number("auth_time") > 0);
    let request = stage.request().with("max_age", "10000");
    silently(&mut stage, &first, &request).await;
}

pub(super) async fn oidcc_id_token_hint(module: Module) {
    let (mut stage, first) = logged_in(&module, |request| request).await;
    let request = stage
        .request()
        .with("prompt", "none")
        .with("id_token_hint", &first.id_token.text);
    silently(&mut stage, &first, &request).await;
}
