//! How a login ends (`federation-oidc.md` 3b): one file a profile, and what they share.

pub(crate) mod back_channel;
pub(crate) mod front_channel;
pub(crate) mod rp_initiated;
pub(crate) mod session_management;

use serde_json::{Value, json};
use tests::client_key::merged;
use tests::fresh;
use tests::web::{encode, location, parameters};
use tests::{Answer, Call, Posted};

use crate::client::{Landing, Login, Provider, Stage};
use crate::suite::Module;

/// `post_logout_redirect_uris`.
pub(crate) const BYE: &str = "https://rp.example/logged-out";

/// OIDC Core 3.1.2.6: what a request without a session and without a page may be told.
const NOT_SIGNED_IN: [&str; 4] = [
    "login_required",
    "interaction_required",
    "account_selection_required",
    "consent_required",
];

/// Somebody who is signed in with a client that may sign them out.
pub(crate) struct Visit {
    /// Where it plays.
    pub(crate) stage: Stage,
    /// The login.
    pub(crate) login: Login,
}

impl Visit {
    /// A whole login.
    pub(crate) async fn begin(module: &Module) -> Self {
        Self::begin_with(module, json!({})).await
    }

    /// The same with further members of the client.
    pub(crate) async fn begin_with(module: &Module, members: Value) -> Self {
        let usual = json!({"post_logout_redirect_uris": [BYE]});
        let mut stage = Stage::open_with(module, merged(usual, members)).await;
        let request = stage.request();
        let login = stage.login(&request).await;
        Self { stage, login }
    }

    /// The ID token, as a hint.
    pub(crate) fn hint(&self) -> String {
        self.login.id_token.text.clone()
    }

    /// Sends the browser to the `end_session_endpoint`.
    pub(crate) async fn leave(&mut self, pairs: &[(&str, &str)]) -> Answer {
        let path = self.stage.provider.path("end_session_endpoint");
        let path = match pairs {
            [] => path.to_owned(),
            _ => format!("{path}?{}", encode(pairs)),
        };
        self.stage.web.open(&path).await
    }

    /// The person says yes where a page asks.
    pub(crate) async fn confirm(&mut self, answer: Answer) -> Answer {
        if !asks(&answer) {
            return answer;
        }
        let form = Posted::of(&answer);
        let mut pairs: Vec<(&str, &str)> = form
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        pairs.push(("decision", "logout"));
        self.stage
            .web
            .send_form(&form.action, &pairs, "same-origin")
            .await
    }

    /// The provider knows nobody in this browser any more: `prompt=none` has no login.
    pub(crate) async fn is_over(&mut self) {
        let request = self.stage.request().with("prompt", "none");
        let error = self.stage.error(&request).await;
        assert!(NOT_SIGNED_IN.contains(&error.as_str()), "{error}");
    }

    /// The session that is there, before anybody leaves.
    pub(crate) async fn is_under_way(&mut self) {
        let request = self.stage.request().with("prompt", "none");
        let landing = self.stage.land(&request).await;
        assert!(matches!(landing, Landing::Back(back) if !back.code().is_empty()));
    }

    /// A whole logout with hint and state, and the answer that follows.
    pub(crate) async fn leave_properly(&mut self) -> (Answer, String) {
        let (hint, state) = (self.hint(), fresh("state"));
        let pairs = [
            ("id_token_hint", hint.as_str()),
            ("post_logout_redirect_uri", BYE),
            ("state", state.as_str()),
        ];
        (self.leave(&pairs).await, state)
    }
}

/// Whether a page asks the person before it signs them out.
fn asks(answer: &Answer) -> bool {
    answer.status == 200 && answer.text().contains("data-testid=\"logout\"")
}

/// A page, and no redirect.
#[track_caller]
fn is_page(answer: &Answer) {
    assert_eq!(location(answer), "", "{}", answer.status);
    assert!(answer.header("content-type").starts_with("text/html"));
    assert!(
        answer.status == 200 || answer.status.is_client_error(),
        "{}",
        answer.status
    );
    assert!(!answer.text().contains(BYE), "nothing leads to the client");
}

/// The person is back at the client, with this `state` alone, or with none.
#[track_caller]
fn is_back(address: &str, state: Option<&str>) {
    let (place, query) = address.split_once('?').unwrap_or((address, ""));
    assert_eq!(place, BYE, "{address}");
    let said = parameters(address);
    assert_eq!(said.get("state").map(String::as_str), state, "{address}");
    let count = query.split('&').filter(|pair| !pair.is_empty()).count();
    assert_eq!(count, usize::from(state.is_some()), "nothing else: {address}");
}

/// The document promises these, and an https `end_session_endpoint`.
async fn promises(module: &Module, members: &[&str]) {
    let server = module.server().await;
    let provider = Provider::discover(&server).await;
    for member in members {
        assert_eq!(provider.metadata[*member], true, "{member}");
    }
    let address = provider.metadata["end_session_endpoint"].as_str();
    let address = address.expect("an end_session_endpoint");
    assert!(
        address.starts_with("https://") && !address.contains('#'),
        "{address}"
    );
    let answer = server
        .send(Call::get(provider.path("end_session_endpoint")))
        .await;
    answer.expect(200);
}
