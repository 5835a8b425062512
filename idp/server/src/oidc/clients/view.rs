//! A client as operators see it: without its secrets.

use oidc::Client;
use oidc::client::{Preset, PresetEntry};
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::oidc::issuer;

/// Every member of a client, and what is known of it beside them.
pub(crate) fn client_view(app: &App, client: &Client) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("client_id".to_owned(), json!(client.client_id));
    client.metadata().write(&mut members);
    client.operator_members().write(&mut members);
    let beside = [
        ("issuer", json!(issuer::of(app, client))),
        ("preset", json!(client.preset)),
        ("sector", json!(client.sector)),
        ("secrets", json!(client.secrets.len())),
        ("self_registered", json!(client.registration_token.is_some())),
        ("created_at", json!(client.created_at)),
        ("updated_at", json!(client.updated_at)),
    ];
    for (name, value) in beside {
        if !value.is_null() {
            members.insert(name.to_owned(), value);
        }
    }
    members
}

/// What the operator enters at the relying party: its label there, and the value.
pub(crate) fn other_side(app: &App, client: &Client) -> Vec<(&'static str, String)> {
    let preset = client.preset.as_deref().and_then(Preset::parse);
    let entries = preset.unwrap_or(Preset::Generic).entries();
    entries
        .iter()
        .map(|(label, entry)| (*label, value_of(app, client, *entry)))
        .collect()
}

fn value_of(app: &App, client: &Client, entry: PresetEntry) -> String {
    let issuer = issuer::of(app, client);
    let metadata = super::super::discovery::metadata_of(app, issuer::profile_of(client));
    let endpoint = |name: &str| {
        metadata
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let text = |value: Value| value.as_str().unwrap_or_default().to_owned();
    match entry {
        PresetEntry::Issuer => issuer,
        PresetEntry::Discovery => format!("{issuer}/.well-known/openid-configuration"),
        PresetEntry::Authorization => endpoint("authorization_endpoint"),
        PresetEntry::Token => endpoint("token_endpoint"),
        PresetEntry::Userinfo => endpoint("userinfo_endpoint"),
        PresetEntry::KeySet => endpoint("jwks_uri"),
        PresetEntry::EndSession => endpoint("end_session_endpoint"),
        PresetEntry::ClientId => client.client_id.to_string(),
        PresetEntry::ClientSecret if client.secrets.is_empty() => "none".to_owned(),
        PresetEntry::ClientSecret => "as it was shown when it was made".to_owned(),
        PresetEntry::Scopes => client.allowed_scopes.join(" "),
        PresetEntry::AuthenticationMethod => text(json!(client.authentication_method)),
        PresetEntry::Algorithm => client.id_token_signed_response_alg.as_str().to_owned(),
        PresetEntry::Text(text) => text.to_owned(),
    }
}
