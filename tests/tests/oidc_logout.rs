//! How a login ends, and who is told: RP-Initiated, Back-Channel and Front-Channel Logout 1.0, profile 11, `federation-oidc.md` 3b.

mod back_channel;
mod endings;
mod rp_initiated;

use serde_json::{Value, json};
use tests::web::{encode, location, parameters};
use tests::{Answer, Call, Holder, Invented, Phone, Receiver, RelyingParty, TestServer, Web};

/// Somebody who is signed in with a relying party that wants to be told.
struct Scene {
    server: TestServer,
    party: RelyingParty,
    receiver: Receiver,
    holder: Holder,
    phone: Phone,
    web: Web,
    id_token: String,
}

impl Scene {
    async fn open() -> Self {
        Self::with(json!({})).await
    }

    /// With further members of the client.
    async fn with(members: Value) -> Self {
        let server = TestServer::start().await;
        let receiver = Receiver::start().await;
        let party = register(&server, &receiver, members).await;
        let holder = server.issue(Invented::jean());
        let phone = Phone::enrol(&server, &holder).await;
        let mut web = Web::new(&server);
        let id_token = sign_in(&server, &party, (&mut web, &phone)).await;
        Self {
            server,
            party,
            receiver,
            holder,
            phone,
            web,
            id_token,
        }
    }

    /// A logout request with some parameters.
    async fn leave(&mut self, pairs: &[(&str, &str)]) -> Answer {
        self.web
            .open(&format!("/oidc/end-session?{}", encode(pairs)))
            .await
    }

    /// Whether the browser's session still answers for the relying party.
    async fn is_signed_in(&mut self) -> bool {
        let path = self.party.authorize(&[("prompt", "none"), ("scope", "openid")]);
        let answered = parameters(&location(&self.web.open(&path).await));
        answered.contains_key("code")
    }

    fn token_id(&self) -> String {
        self.phone.wallet.identity().token_id.to_string()
    }

    /// The registered address to return to.
    fn bye(&self) -> String {
        format!("https://{}.example/bye", self.party.id)
    }
}

/// A relying party with a logout address, pairwise as most are.
async fn register(server: &TestServer, receiver: &Receiver, members: Value) -> RelyingParty {
    let id = tests::fresh("leaver");
    let mut all = json!({
        "client_id": id,
        "service": {
            "url": format!("https://{id}.example"), "matchingMode": "compare",
            "allowedScopes": ["identity:full", "identity:age_over_18", "identity:age_over_21"],
        },
        "redirect_uris": [format!("https://{id}.example/callback")],
        "post_logout_redirect_uris": [format!("https://{id}.example/bye"), format!("https://{id}.example/bye?x=1")],
        "subject_type": "pairwise",
        "backchannel_logout_uri": receiver.uri,
        "backchannel_logout_session_required": true,
    });
    if let (Some(all), Value::Object(members)) = (all.as_object_mut(), members) {
        all.extend(members);
    }
    let party = RelyingParty::register_with(server, all).await;
    RelyingParty {
        redirect_uri: format!("https://{id}.example/callback"),
        id,
        ..party
    }
}

/// A whole login; the ID token.
async fn sign_in(server: &TestServer, party: &RelyingParty, who: (&mut Web, &Phone)) -> String {
    let tokens = sign_in_for(server, party, who, "openid").await;
    tokens["id_token"].as_str().expect("an ID token").to_owned()
}

async fn sign_in_for(
    server: &TestServer,
    party: &RelyingParty,
    (web, phone): (&mut Web, &Phone),
    scope: &str,
) -> Value {
    let path = party.authorize(&[("scope", scope), ("prompt", "login")]);
    let back = parameters(&location(&web.login(&path, phone).await));
    let code = back.get("code").unwrap_or_else(|| panic!("{back:?}"));
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &party.redirect_uri),
        ("code_verifier", tests::relying_party::VERIFIER),
    ];
    token_request(server, party, &pairs).await.expect(200)
}

async fn token_request(server: &TestServer, party: &RelyingParty, pairs: &[(&str, &str)]) -> Answer {
    let secret = party.secret.as_deref().expect("a secret");
    let basic = data_encoding::BASE64.encode(format!("{}:{secret}", party.id).as_bytes());
    let call = Call::new(http::Method::POST, "/oidc/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", &format!("Basic {basic}"));
    server.send(call.raw(encode(pairs))).await
}
