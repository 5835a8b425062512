//! Front-Channel OP: the provider's page loads an address of each client (Front-Channel Logout 1.0, 2 and 3).

use serde_json::json;
use tests::web::{parameters, unescaped};
use tests::{Answer, Call, Receiver, Site};

use super::{Visit, is_back, promises};
use crate::suite::{Entry, Module, entries};

pub(crate) const MODULES: &[Entry] = entries![
    oidcc_frontchannel_logout_discovery_endpoint_verification,
    oidcc_frontchannel_rp_initiated_logout,
];

async fn oidcc_frontchannel_logout_discovery_endpoint_verification(module: Module) {
    let members = [
        "frontchannel_logout_supported",
        "frontchannel_logout_session_supported",
    ];
    promises(&module, &members).await;
}

/// A login, a logout; the page's frame tells the client `iss` and `sid`; then the person is back at the client, and nobody is signed in.
async fn oidcc_frontchannel_rp_initiated_logout(module: Module) {
    let mut receiver = Receiver::start().await;
    let registered = format!("{}?kept=1", receiver.uri);
    let members = json!({
        "frontchannel_logout_uri": registered, "frontchannel_logout_session_required": true,
    });
    let mut visit = Visit::begin_with(&module, members).await;
    let (page, state) = visit.leave_properly().await;
    let frame = frame(&page);
    assert!(frame.starts_with(&registered), "{frame}");
    load(&page, &frame).await;
    let call = receiver.next().await;
    assert_eq!(call.method, http::Method::GET);
    let told = parameters(&call.path);
    let id_token = &visit.login.id_token;
    assert_eq!(told.get("iss"), Some(&visit.stage.provider.issuer));
    assert_eq!(told.get("sid").map(String::as_str), Some(id_token.text("sid")));
    assert_eq!(
        told.get("kept").map(String::as_str),
        Some("1"),
        "the registered query stays"
    );
    assert_eq!(told.len(), 3, "nothing else: {told:?}");
    is_back(&way_back(&page), Some(&state));
    visit.is_over().await;
}

#[track_caller]
fn text_of(page: &Answer) -> String {
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.header("content-type").starts_with("text/html"));
    page.text()
}

/// The address of the page's one frame.
fn frame(page: &Answer) -> String {
    let text = text_of(page);
    let mut frames = text.split("<iframe").skip(1);
    let frame = frames.next().expect("a frame");
    assert!(frames.next().is_none(), "one client, one frame");
    attribute(frame, "src")
}

/// Where the page leads once its frames have loaded.
fn way_back(page: &Answer) -> String {
    let text = text_of(page);
    let link = text.split("<a ").find(|link| link.contains("data-return"));
    attribute(link.expect("a link"), "href")
}

fn attribute(element: &str, name: &str) -> String {
    let (_, rest) = element.split_once(&format!("{name}=\"")).expect("an attribute");
    let (value, _) = rest.split_once('"').expect("a quoted value");
    unescaped(value)
}

/// A browser loads a frame where the page's policy lets it.
async fn load(page: &Answer, frame: &str) {
    let policy = page.header("content-security-policy");
    let scheme_end = frame.find("://").map_or(0, |at| at + 3);
    let length = frame[scheme_end..]
        .find('/')
        .map_or(frame.len(), |at| scheme_end + at);
    let (origin, path) = frame.split_at(length);
    let allowed = policy
        .split(';')
        .find(|rule| rule.trim().starts_with("frame-src"));
    assert!(
        allowed.is_some_and(|rule| rule.split(' ').any(|source| source == origin)),
        "{policy}"
    );
    Site::at(origin).send(Call::get(path)).await.expect(200);
}
