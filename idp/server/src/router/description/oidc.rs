//! The OpenID Provider's endpoints. Their shapes are their specifications', and so they stand as data in `oidc.json`; whoever drives them
//! reads the provider's metadata first.

use serde_json::Value;

const ENDPOINTS: &str = include_str!("oidc.json");

/// Adds paths, schemas and ways to authenticate.
pub(super) fn add(document: &mut Value) {
    let endpoints: Value = serde_json::from_str(ENDPOINTS).unwrap_or_default();
    for (place, name) in [
        ("/paths", "paths"),
        ("/components/schemas", "schemas"),
        ("/components/securitySchemes", "securitySchemes"),
    ] {
        let more = endpoints
            .get(name)
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        let known = document.pointer_mut(place).and_then(Value::as_object_mut);
        if let Some(known) = known {
            known.extend(more);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_are_a_document() {
        let endpoints: Value = serde_json::from_str(ENDPOINTS).unwrap();
        assert!(endpoints["paths"]["/oidc/token"]["post"].is_object());
    }
}
