//! RP-Initiated OP: who may send a person out, and where to (RP-Initiated Logout 1.0, 2 and 3).

use idp_jose::Algorithm;
use idp_jose::jws::Header;
use idp_types::encoding::base64url;
use tests::web::location;
use tests::{Answer, ClientKey, fresh};

use super::{BYE, Visit, is_back, is_page, promises};
use crate::suite::{Entry, Module, entries};

pub(crate) const MODULES: &[Entry] = entries![
    oidcc_rp_initiated_logout_discovery_endpoint_verification,
    oidcc_rp_initiated_logout,
    oidcc_rp_initiated_logout_bad_post_logout_redirect_uri,
    oidcc_rp_initiated_logout_modified_id_token_hint,
    oidcc_rp_initiated_logout_no_id_token_hint,
    oidcc_rp_initiated_logout_no_params,
    oidcc_rp_initiated_logout_no_post_logout_redirect_uri,
    oidcc_rp_initiated_logout_no_state,
    oidcc_rp_initiated_logout_only_state,
    oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri,
    oidcc_rp_initiated_logout_bad_id_token_hint,
];

async fn oidcc_rp_initiated_logout_discovery_endpoint_verification(module: Module) {
    promises(&module, &[]).await;
}

/// Back with `state`; then nobody is signed in.
async fn oidcc_rp_initiated_logout(module: Module) {
    let mut visit = Visit::begin(&module).await;
    visit.is_under_way().await;
    let (answer, state) = visit.leave_properly().await;
    is_back(&location(&answer), Some(&state));
    visit.is_over().await;
}

/// Back without `state`.
async fn oidcc_rp_initiated_logout_no_state(module: Module) {
    let mut visit = Visit::begin(&module).await;
    let hint = visit.hint();
    let pairs = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", BYE),
    ];
    is_back(&location(&visit.leave(&pairs).await), None);
    visit.is_over().await;
}

/// With a good hint and an address that is none of the client's: an error page.
async fn elsewhere(module: &Module, address: &str) {
    let mut visit = Visit::begin(module).await;
    let (hint, state) = (visit.hint(), fresh("state"));
    let pairs = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", address),
        ("state", state.as_str()),
    ];
    let answer = visit.leave(&pairs).await;
    is_page(&answer);
    assert!(
        answer.status.is_client_error(),
        "an error page: {}",
        answer.status
    );
}

async fn oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(module: Module) {
    elsewhere(&module, "https://rp.example/elsewhere").await;
}

async fn oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(module: Module) {
    elsewhere(&module, &format!("{BYE}?foo=bar")).await;
}

/// Without a hint that is the client's: an error page or a question, whose answer may end the session.
async fn unproved(module: &Module, make: impl FnOnce(&Visit) -> Option<String>) {
    let mut visit = Visit::begin(module).await;
    let (hint, state) = (make(&visit), fresh("state"));
    let mut pairs = vec![("post_logout_redirect_uri", BYE), ("state", state.as_str())];
    pairs.extend(hint.as_deref().map(|hint| ("id_token_hint", hint)));
    is_page(&visit.leave(&pairs).await);
}

/// The parts of a compact JWT.
fn parts(token: &str) -> Vec<&str> {
    token.split('.').collect()
}

/// `alg` is changed to `none`, the signature is gone.
async fn oidcc_rp_initiated_logout_modified_id_token_hint(module: Module) {
    let unsigned = |visit: &Visit| {
        let header = base64url(br#"{"alg":"none"}"#);
        Some(format!("{header}.{}.", parts(&visit.hint())[1]))
    };
    unproved(&module, unsigned).await;
}

/// Everything is right but the key, which only calls itself the provider's.
async fn oidcc_rp_initiated_logout_bad_id_token_hint(module: Module) {
    let forged = |visit: &Visit| {
        let token = &visit.login.id_token;
        let kid = token.header.kid.clone().expect("a kid");
        let header = Header::new(Algorithm::Rs256).with_typ("JWT").with_kid(kid);
        Some(ClientKey::generate_rsa().sign(&header, &token.claims))
    };
    unproved(&module, forged).await;
}

async fn oidcc_rp_initiated_logout_no_id_token_hint(module: Module) {
    unproved(&module, |_| None).await;
}

/// Nobody says where to go: the person is signed out, after a question or without one, and reads so.
async fn ends_here(module: &Module, make: impl FnOnce(&Visit) -> Vec<(&'static str, String)>) {
    let mut visit = Visit::begin(module).await;
    let pairs = make(&visit);
    let pairs: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let answer = visit.leave(&pairs).await;
    is_page(&answer);
    let answer = visit.confirm(answer).await;
    says_goodbye(&answer);
    visit.is_over().await;
}

#[track_caller]
fn says_goodbye(answer: &Answer) {
    is_page(answer);
    assert_eq!(answer.status, 200);
    assert!(
        answer.text().contains("data-testid=\"logged-out\""),
        "{}",
        answer.text()
    );
}

async fn oidcc_rp_initiated_logout_no_params(module: Module) {
    ends_here(&module, |_| Vec::new()).await;
}

async fn oidcc_rp_initiated_logout_only_state(module: Module) {
    ends_here(&module, |_| vec![("state", fresh("state"))]).await;
}

async fn oidcc_rp_initiated_logout_no_post_logout_redirect_uri(module: Module) {
    let pairs = |visit: &Visit| vec![("id_token_hint", visit.hint()), ("state", fresh("state"))];
    ends_here(&module, pairs).await;
}
