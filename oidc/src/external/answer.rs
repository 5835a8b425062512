//! What goes back (`federation-oidc.md` 5a): a form with `id_token` and `state`, or with `error`.

use idp_types::Timestamp;
use serde_json::{Map, Value, json};

use super::{ExternalRequest, Method};
use crate::error::OAuthError;
use crate::response::Fields;

/// Seconds that the ID token is valid: it goes from form to form.
const SECONDS: i64 = 300;

/// The claims of the ID token: about the hint's `sub`, with one `acr` and exactly one `amr`, and nothing of the person.
pub fn id_token(
    request: &ExternalRequest,
    method: &Method,
    issuer: &str,
    now: Timestamp,
) -> Map<String, Value> {
    let claims = json!({
        "iss": issuer,
        "aud": request.client_id,
        "sub": request.hint.subject,
        "iat": now.unix_seconds(),
        "exp": now.plus_seconds(SECONDS).unix_seconds(),
        "nonce": request.demand.nonce,
        "acr": method.acr,
        "amr": [method.amr],
    });
    match claims {
        Value::Object(claims) => claims,
        _ => Map::new(),
    }
}

/// The form of a success.
pub fn token_fields(id_token: String, state: Option<&str>) -> Fields {
    with_state(vec![("id_token", id_token)], state)
}

/// The form of a refusal.
pub fn error_fields(error: OAuthError, state: Option<&str>) -> Fields {
    let fields = vec![
        ("error", error.code.as_str().to_owned()),
        ("error_description", error.description.to_owned()),
    ];
    with_state(fields, state)
}

fn with_state(mut fields: Fields, state: Option<&str>) -> Fields {
    if let Some(state) = state {
        fields.push(("state", state.to_owned()));
    }
    fields
}
