//! What the generated description lacks: every response has a sentence, every refusal the problem that it carries.

use serde_json::{Map, Value, json};

/// Completes an OpenAPI 3.1 document.
pub(super) fn complete(mut document: Value) -> Value {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let operations = paths
        .into_iter()
        .flat_map(|paths| paths.values_mut())
        .filter_map(Value::as_object_mut);
    for operation in operations
        .flat_map(|path| path.values_mut())
        .filter_map(Value::as_object_mut)
    {
        complete_operation(operation);
    }
    if let Some(schemas) = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    {
        schemas.insert("Problem".to_owned(), problem());
    }
    document
}

fn complete_operation(operation: &mut Map<String, Value>) {
    if let Some(summary) = operation.get_mut("summary") {
        let joined = summary
            .as_str()
            .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
        *summary = joined.unwrap_or_default().into();
    }
    let takes_body = operation.contains_key("requestBody");
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else {
        return;
    };
    if takes_body {
        for status in ["400", "413", "415"] {
            responses.entry(status).or_insert_with(|| json!({}));
        }
    }
    for (status, response) in responses.iter_mut() {
        let Some(response) = response.as_object_mut() else {
            continue;
        };
        let described = response
            .get("description")
            .and_then(Value::as_str)
            .is_some_and(|text| !text.is_empty());
        if !described {
            response.insert("description".to_owned(), sentence(status).into());
        }
        let refusal = status.starts_with('4') || status.starts_with('5');
        if refusal && !response.contains_key("content") {
            let body =
                json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}});
            response.insert("content".to_owned(), body);
        }
        if status == "429" {
            let header =
                json!({"description": "seconds to wait", "schema": {"type": "integer", "minimum": 1}});
            response.insert("headers".to_owned(), json!({"Retry-After": header}));
        }
    }
}

fn sentence(status: &str) -> &'static str {
    match status {
        "200" => "done",
        "201" => "created",
        "202" => "accepted; not in effect yet",
        "204" => "done, nothing to say",
        "400" => "invalid_request: the request is malformed",
        "413" => "too_large: the body is larger than 64 KiB",
        "415" => "unsupported_media_type: the body is not JSON",
        "503" => "unavailable: a part that is needed does not answer",
        _ => "see the code",
    }
}

/// RFC 9457 with the stable `code`.
fn problem() -> Value {
    let codes: Vec<&str> = crate::problem::Code::ALL
        .iter()
        .map(|code| code.as_str())
        .collect();
    json!({
        "type": "object",
        "description": "Problem details (RFC 9457). Further members depend on the code: `attemptsLeft`, `reason`, `member`, `scope`, `approval`.",
        "required": ["type", "title", "status", "code"],
        "properties": {
            "type": {"type": "string", "description": "urn:idtokenseal:problem:{code}"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "code": {"type": "string", "enum": codes},
            "detail": {"type": "string", "description": "for the developer; never text of the request"},
            "instance": {"type": "string", "description": "urn:idtokenseal:request:{X-Request-Id}: the request, as the log names it"}
        }
    })
}
