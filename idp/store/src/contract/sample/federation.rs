//! Records of the OpenID Provider.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "contract suites run in tests; their literals parse"
)]

use std::collections::BTreeMap;

use idp_types::{Aal, Amr, AtomicScope, ClientId, ScopeSet, TokenId, TrustLevel};
use oidc::client::{CibaDelivery, ClientProfile, GrantType, SecretDigest};
use oidc::grant::RefreshFamily;
use oidc::link::{AccountLink, LinkKind};
use oidc::logout::LogoutDelivery;
use oidc::session::SessionClient;
use oidc::{
    Authentication, AuthenticationMethod, BrowserSession, Client, Evidence, Grant, GrantId, SigningAlgorithm,
};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{NOW, device_id, serial, service_id};

/// A fresh client_id.
pub fn client_id() -> ClientId {
    ClientId::parse(format!("client-{:08}", serial())).unwrap()
}

/// A fresh identifier of a grant.
pub fn grant_id() -> GrantId {
    GrantId::new(&format!("{:022}", serial()))
}

/// A client that differs from a new one in the kinds of members there are.
pub fn client(client_id: &ClientId) -> Client {
    let text = |text: &str| text.to_owned();
    Client {
        name: text("Bar le Central"),
        links: BTreeMap::from([(text("client_uri"), text("https://bar.example"))]),
        contacts: vec![text("bar@bar.example")],
        profile: ClientProfile::Fapi2,
        redirect_uris: vec![text("https://bar.example/callback")],
        grant_types: GrantType::ALL.to_vec(),
        authentication_method: AuthenticationMethod::PrivateKeyJwt,
        secrets: vec![SecretDigest("00".repeat(32))],
        jwks: Some(text("{\"keys\":[]}")),
        tls_client_auth: Some((text("tls_client_auth_san_dns"), text("bar.example"))),
        userinfo_signed_response_alg: Some(SigningAlgorithm::EdDsa),
        claim_mapping: BTreeMap::from([(text("birthdate"), String::new())]),
        default_max_age: Some(3600),
        ciba_delivery: Some(CibaDelivery::Ping),
        updated_at: NOW.plus_seconds(1),
        ..Client::new(client_id.clone(), service_id(), NOW)
    }
}

/// A login on the device named `phone`.
pub fn authentication(token_id: &TokenId) -> Authentication {
    Authentication {
        token_id: token_id.clone(),
        first_token_id: token_id.clone(),
        device_id: device_id("phone"),
        auth_time: NOW,
        trust_level: TrustLevel::Substantial,
        face_vouched: true,
        aal: Aal::Two,
        amr: vec![Amr::Mca, Amr::Hwk],
        granted: ScopeSet::from_iter([AtomicScope::Name, AtomicScope::AgeOver18]),
        evidence: Some(Evidence {
            manifest: "0A0001".to_owned(),
            scheme_operator: "Example Operator".to_owned(),
            enrolled_at: NOW.minus_seconds(86_400),
        }),
    }
}

/// By its JSON, so that a member that is added with a default needs nothing here. Whole seconds; the callers add what is below.
fn read<T: DeserializeOwned>(record: Value) -> T {
    serde_json::from_value(record).unwrap()
}

/// A grant with a refresh family, not revoked.
pub fn grant(client_id: &ClientId, token_id: &TokenId) -> Grant {
    let mut grant: Grant = read(json!({
        "grant_id": grant_id(),
        "client_id": client_id,
        "service_id": service_id(),
        "subject": token_id,
        "authentication": authentication(token_id),
        "acr": "urn:idtokenseal:acr:oob-substantial",
        "scope": "openid name age_over_18",
        "sid": "sid",
        "resources": ["https://bar.example/api"],
        "authorization_details": [{"type": "tab", "limit": 50}],
        "claims_request": {"userinfo": {"name": null}},
        "confirmation": {"jkt": "thumbprint"},
        "nonce": "nonce",
        "created_at": NOW,
        "expires_at": NOW,
        "claims_until": NOW,
    }));
    grant.authentication = authentication(token_id);
    grant.created_at = NOW;
    grant.expires_at = NOW.plus_seconds(86_400);
    grant.claims_until = NOW.plus_seconds(3600);
    grant.refresh = Some(RefreshFamily {
        generation: 1,
        current: "22".repeat(32),
        previous: Some("33".repeat(32)),
        rotated_at: Some(NOW),
        idle_until: NOW.plus_seconds(7200),
    });
    grant
}

/// A browser's session that has not ended, with one client.
pub fn browser_session(token_id: &TokenId) -> BrowserSession {
    let mut client: SessionClient = read(json!({
        "client_id": client_id(),
        "sid": "sid",
        "subject": token_id,
        "granted": ScopeSet::from_iter([AtomicScope::Name]),
        "since": NOW,
    }));
    client.since = NOW;
    let mut session: BrowserSession = read(json!({
        "id": format!("bs_{:022}", serial()),
        "secret_digest": "44".repeat(32),
        "authentication": authentication(token_id),
        "clients": [],
        "created_at": NOW,
        "expires_at": NOW,
        "ended": null,
    }));
    session.authentication = authentication(token_id);
    session.clients.push(client);
    session.created_at = NOW;
    session.expires_at = NOW.plus_seconds(28_800);
    session
}

/// A logout that is due now.
pub fn logout_delivery(client_id: &ClientId) -> LogoutDelivery {
    let mut delivery: LogoutDelivery = read(json!({
        "id": format!("{:022}", serial()),
        "client_id": client_id,
        "subject": "subject",
        "sid": "sid",
        "ended_at": NOW,
        "attempts": 2,
        "due_at": NOW,
        "expires_at": NOW,
    }));
    delivery.ended_at = NOW;
    delivery.due_at = NOW;
    delivery.expires_at = NOW.plus_seconds(3600);
    delivery
}

/// An account link.
pub fn account_link(kind: LinkKind, client_id: &ClientId, token_id: &TokenId) -> AccountLink {
    let mut link: AccountLink = read(json!({
        "kind": kind,
        "key": format!("key-{}", serial()),
        "client_id": client_id,
        "token_id": token_id,
        "sealed": "c2VhbGVk",
        "made_by": "alice",
        "created_at": NOW,
    }));
    link.created_at = NOW;
    link
}
