//! The userinfo endpoint (OIDC Core 5.3; RFC 6750 2).

use http::Method;
use tests::web::encode;
use tests::{Answer, Call};

use crate::client::{Login, Stage};
use crate::suite::Module;

/// A login, and what userinfo answers to a call that is made of its access token.
async fn answer(module: &Module, call: impl FnOnce(&str, &Login) -> Call) -> (Login, Answer) {
    let mut stage = Stage::open(module).await;
    let login = stage.login(&stage.request()).await;
    let call = call(stage.provider.path("userinfo_endpoint"), &login);
    let answer = stage.server.send(call).await;
    (login, answer)
}

/// `GET` with `Authorization`.
pub(super) async fn oidcc_userinfo_get(module: Module) {
    let call = |path: &str, login: &Login| Call::get(path).bearer(login.tokens.access());
    let (login, answer) = answer(&module, call).await;
    Stage::claims(&login, &answer);
}

/// `POST` with `Authorization`.
pub(super) async fn oidcc_userinfo_post_header(module: Module) {
    let call = |path: &str, login: &Login| Call::new(Method::POST, path).bearer(login.tokens.access());
    let (login, answer) = answer(&module, call).await;
    Stage::claims(&login, &answer);
}

/// `POST` with the token in the body, which RFC 6750 2.2 leaves open.
pub(super) async fn oidcc_userinfo_post_body(module: Module) {
    let call = |path: &str, login: &Login| {
        Call::new(Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .raw(encode(&[("access_token", login.tokens.access())]))
    };
    let (login, answer) = answer(&module, call).await;
    if answer.status.is_success() {
        Stage::claims(&login, &answer);
    } else {
        module.warn(format!("a token in the body is answered with {}", answer.status));
    }
}
