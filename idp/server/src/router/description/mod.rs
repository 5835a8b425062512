//! What the generated description lacks: every response has a sentence, every refusal the problem that it carries, every identifier its
//! alphabet, every conditional write its headers.
//!
//! | what | module |
//! |---|---|
//! | refusals that a whole kind of operation shares | here |
//! | entity tags, conditions, links from one operation to the next | `resources` |
//! | path and query parameters | `parameters` |
//! | schemas: identifiers, words, documents of `PUT` and `PATCH` | `schemas`, `clients` |
//! | the OpenID Provider's endpoints, whose shapes are their RFCs' | `oidc` |

mod clients;
mod oidc;
mod parameters;
mod resources;
mod schemas;

use serde_json::{Map, Value, json};

/// Completes an OpenAPI 3.1 document.
pub(super) fn complete(mut document: Value) -> Value {
    schemas::complete(&mut document);
    resources::complete(&mut document);
    schemas::let_bodies_be_empty(&mut document);
    for operation in operations(&mut document) {
        complete_operation(operation);
    }
    oidc::add(&mut document);
    document
}

/// Every operation of the document.
fn operations(document: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let paths = paths.into_iter().flat_map(|paths| paths.values_mut());
    paths
        .filter_map(Value::as_object_mut)
        .flat_map(|path| path.values_mut())
        .filter_map(Value::as_object_mut)
}

fn complete_operation(operation: &mut Map<String, Value>) {
    if let Some(summary) = operation.get_mut("summary") {
        let joined = summary
            .as_str()
            .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
        *summary = joined.unwrap_or_default().into();
    }
    parameters::complete(operation);
    let shared = shared_refusals(operation);
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else {
        return;
    };
    for status in shared {
        responses.entry(status).or_insert_with(|| json!({}));
    }
    for (status, response) in responses.iter_mut() {
        if let Some(response) = response.as_object_mut() {
            complete_response(status, response);
        }
    }
}

/// What an operation may be refused with because of what it is: it takes a body, it is an operator's, it needs the store.
fn shared_refusals(operation: &Map<String, Value>) -> Vec<&'static str> {
    let mut statuses = Vec::new();
    if operation.contains_key("requestBody") {
        statuses.extend(["400", "408", "413", "415"]);
    }
    let security = operation
        .get("security")
        .map(Value::to_string)
        .unwrap_or_default();
    if security.contains("operator") {
        statuses.extend(["401", "403", "429"]);
    }
    if security.contains("device") {
        statuses.extend(["401", "408", "429"]);
    }
    if has_path_parameter(operation) {
        // What is no identifier names nothing an operator has; elsewhere it is a malformed request.
        statuses.push(if security.contains("operator") {
            "404"
        } else {
            "400"
        });
    }
    let is_probe = operation
        .get("tags")
        .is_some_and(|tags| tags.to_string().contains("health"));
    if !is_probe {
        statuses.push("503");
    }
    statuses
}

fn has_path_parameter(operation: &Map<String, Value>) -> bool {
    let parameters = operation.get("parameters").and_then(Value::as_array);
    let is_path = |parameter: &Value| parameter.get("in").and_then(Value::as_str) == Some("path");
    parameters.is_some_and(|parameters| parameters.iter().any(is_path))
}

fn complete_response(status: &str, response: &mut Map<String, Value>) {
    let described = response
        .get("description")
        .and_then(Value::as_str)
        .is_some_and(|text| !text.is_empty());
    if !described {
        response.insert("description".to_owned(), sentence(status).into());
    }
    let is_refusal = status.starts_with('4') || status.starts_with('5');
    if is_refusal && !response.contains_key("content") {
        let example = json!({
            "type": "urn:idtokenseal:problem:invalid_request", "title": "The request is malformed", "status": 400,
            "code": "invalid_request", "detail": "a member is missing, malformed or of the wrong type", "member": "name",
        });
        let mut media = json!({"schema": {"$ref": "#/components/schemas/Problem"}});
        if let Some(media) = media.as_object_mut().filter(|_| status == "400") {
            media.insert("example".to_owned(), example);
        }
        response.insert("content".to_owned(), json!({"application/problem+json": media}));
    }
    match status {
        "401" => header(
            response,
            "WWW-Authenticate",
            "how to authenticate (RFC 9110 11.6.1)",
            &json!({"type": "string"}),
        ),
        "429" | "503" => header(
            response,
            "Retry-After",
            "seconds to wait",
            &json!({"type": "integer", "minimum": 1}),
        ),
        _ => {}
    }
}

/// Documents a header of a response.
fn header(response: &mut Map<String, Value>, name: &str, description: &str, schema: &Value) {
    let headers = response.entry("headers").or_insert_with(|| json!({}));
    if let Some(headers) = headers.as_object_mut() {
        let header = json!({"description": description, "schema": schema});
        headers.entry(name).or_insert(header);
    }
}

fn sentence(status: &str) -> &'static str {
    match status {
        "200" => "done",
        "201" => "created",
        "202" => "accepted; not in effect yet",
        "204" => "done, nothing to say",
        "304" => "the reader has it",
        "400" => "invalid_request: the request is malformed",
        "401" => "invalid_token: there is no token, or it is not valid",
        "403" => "insufficient_scope: the token may not do this",
        "404" => "not_found: there is nothing of this name",
        "408" => "timed_out: the body did not arrive in time",
        "412" => "precondition_failed: it is not in the state that If-Match or If-None-Match names",
        "413" => "too_large: the body is larger than 64 KiB",
        "415" => "unsupported_media_type: the body is not JSON",
        "428" => "precondition_required: this installation takes no write without a condition",
        "429" => "rate_limited",
        "503" => "unavailable: a part that is needed does not answer",
        _ => "see the code",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every value under this name, wherever it stands.
    fn every<'a>(name: &str, value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    if key == name {
                        found.extend(value.as_str());
                    }
                    every(name, value, found);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| every(name, item, found)),
            _ => {}
        }
    }

    #[test]
    fn references_and_links_lead_somewhere_and_operations_have_names_of_their_own() {
        let mut document: Value = serde_json::from_str(&crate::router::openapi_json()).unwrap();
        let mut references = Vec::new();
        every("$ref", &document, &mut references);
        assert!(references.len() > 100);
        for reference in references {
            assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
        }
        let all = document.clone();
        let mut linked = Vec::new();
        every("operationId", &all["paths"], &mut linked);
        let mut names = BTreeSet::new();
        for operation in operations(&mut document) {
            let name = operation["operationId"].as_str().unwrap().to_owned();
            assert!(names.insert(name.clone()), "{name} is there twice");
        }
        for name in linked {
            assert!(names.contains(name), "a link leads to {name}");
        }
    }

    #[test]
    fn an_operators_resource_says_how_it_is_written() {
        let document: Value = serde_json::from_str(&crate::router::openapi_json()).unwrap();
        let put = &document["paths"]["/admin/services/{serviceId}"]["put"];
        for status in [
            "200", "201", "400", "401", "403", "408", "412", "413", "415", "428", "429", "503",
        ] {
            assert!(put["responses"][status].is_object(), "{status}");
        }
        let created = &put["responses"]["201"];
        assert!(created["headers"]["ETag"].is_object() && created["headers"]["Location"].is_object());
        let schema = &document["components"]["schemas"]["ServiceDocument"];
        assert_eq!(schema["properties"]["createdAt"]["readOnly"], true);
        assert!(
            schema["required"]
                .as_array()
                .is_some_and(|names| !names.contains(&json!("serviceId")))
        );
    }
}
