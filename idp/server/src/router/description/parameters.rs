//! Parameters: what each name may be, wherever it stands.

use serde_json::{Map, Value, json};

use super::schemas::identifier;

pub(super) fn complete(operation: &mut Map<String, Value>) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    let mut has_query = false;
    for parameter in parameters.into_iter().flatten().filter_map(Value::as_object_mut) {
        let text = |name: &str| {
            parameter
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let (name, place) = (text("name"), text("in"));
        has_query |= place == "query";
        if let Some(schema) = schema(&name, &place) {
            parameter.insert("schema".to_owned(), schema);
        }
    }
    if has_query && let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) {
        responses.entry("400").or_insert_with(|| json!({}));
    }
}

fn schema(name: &str, place: &str) -> Option<Value> {
    // A search takes a part of a tokenId, which need not be one.
    let words = |words: &[&str]| json!({"type": "string", "enum": words});
    Some(match (name, place) {
        ("page", "query") => json!({"type": "integer", "minimum": 1, "maximum": u32::MAX, "default": 1}),
        ("limit", "query") => json!({"type": "integer", "minimum": 1, "maximum": 100}),
        ("trust_level", "query") => json!({"type": "integer", "minimum": 1, "maximum": 3}),
        ("since" | "until", "query") => json!({"type": "string", "format": "date-time"}),
        ("status", "query") => words(&["pending", "approved", "rejected", "expired"]),
        ("kind", "query") => words(&["address", "foreign"]),
        ("event", "query") => json!({"type": "string", "pattern": "^[A-Z_]+$", "examples": ["AUTH_APPROVE"]}),
        ("purpose", "path") => {
            let purposes: Vec<&str> = idp_core::keys::KeyPurpose::ALL
                .iter()
                .map(|one| one.as_str())
                .collect();
            words(&purposes)
        }
        ("profile", "path") => words(&["entra", "entra-mfa", "google", "plain"]),
        ("after", "query") => json!({"type": "string", "pattern": "^[A-Za-z0-9._:/-]{1,64}$"}),
        _ => return identifier(name),
    })
}
