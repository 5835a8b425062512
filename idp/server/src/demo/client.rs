//! The demo's client of OpenID Connect: public, with PKCE, in the name of the demo's service. Its redirect URIs are the demo's own
//! page, and loopback addresses with any port (RFC 8252 7.3), so that a program on this machine can sign in as well; so can a device
//! that only shows a code (RFC 8628).

use idp_core::audit::Actor;
use idp_types::ClientId;
use serde_json::{Map, Value, json};

use super::{SERVICE, failed};
use crate::app::App;
use crate::boot::BootError;
use crate::oidc::clients::{NewClient, create_client, patch_client};

/// The client's name: the service's, as the seed has it.
const CLIENT: &str = SERVICE;

fn description(issuer: &str) -> Map<String, Value> {
    let described = json!({
        "client_name": "Bar Le Central",
        "application_type": "native",
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        "redirect_uris": [
            format!("{issuer}/demo/oidc"),
            "http://127.0.0.1/callback",
            "http://[::1]/callback",
        ],
        "post_logout_redirect_uris": [format!("{issuer}/demo/oidc")],
        "client_uri": format!("{issuer}/demo/oidc"),
        "scope": "openid profile offline_access identity:full identity:age_over_18 identity:age_over_21 \
            identity:age_over_25 identity:age_range identity:is_eu_citizen identity:name_initial",
    });
    match described {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Registers the client, or brings it up to date: the demo may listen elsewhere than before.
///
/// # Errors
/// [`BootError::Demo`].
pub(super) async fn furnish(app: &App) -> Result<(), BootError> {
    let client_id = ClientId::parse(CLIENT).map_err(failed)?;
    let description = description(&app.config.issuer);
    let known = app.durable.client(&client_id).await?;
    let written = if known.is_some() {
        patch_client(app, &client_id, &description, Actor::System)
            .await
            .map(|_| ())
    } else {
        let new = NewClient {
            client_id,
            preset: None,
            description,
            service: None,
        };
        create_client(app, new, Actor::System).await.map(|_| ())
    };
    written.map_err(|problem| failed(problem.code().title()))
}
