//! Resources: their entity tags, the conditions of their writes, and links from one operation to the next.

use serde_json::{Map, Value, json};

use super::header;

/// A resource: where it is, how its operations are called, and where its answers name it.
struct Resource {
    collection: &'static str,
    item: &'static str,
    /// Parameter of the path, and pointer into the answer.
    names: &'static [(&'static str, &'static str)],
    operations: &'static [&'static str],
}

const RESOURCES: [Resource; 3] = [
    Resource {
        collection: "/admin/services",
        item: "/admin/services/{serviceId}",
        names: &[("serviceId", "serviceId")],
        operations: &["show_service", "put_service", "update_service", "disable_service"],
    },
    Resource {
        collection: "/admin/clients",
        item: "/admin/clients/{clientId}",
        names: &[("clientId", "client_id")],
        operations: &["show_client", "put_client", "update_client", "delete_client"],
    },
    Resource {
        collection: "",
        item: "/admin/links/{clientId}/{tokenId}",
        names: &[("clientId", "clientId"), ("tokenId", "tokenId")],
        operations: &["show_address", "put_one_address", "delete_one_address"],
    },
];

/// `*`, or a list of entity tags (RFC 9110 13.1.1).
const CONDITION: &str = r#"^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$"#;

pub(super) fn complete(document: &mut Value) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else {
        return;
    };
    for resource in &RESOURCES {
        for (path, operations) in paths.iter_mut() {
            let is_item = path == resource.item;
            if !is_item && path != resource.collection {
                continue;
            }
            for (method, operation) in operations.as_object_mut().into_iter().flatten() {
                if let Some(operation) = operation.as_object_mut() {
                    if is_item {
                        conditions(method, operation);
                    }
                    if is_item || method == "post" {
                        answers(resource, operation);
                    }
                    media_types(method, operation);
                }
            }
        }
    }
}

fn conditions(method: &str, operation: &mut Map<String, Value>) {
    let about = [
        ("If-Match", "only in the state of one of these entity tags"),
        ("If-None-Match", "only in no state of these; * for none at all"),
    ];
    let parameters = about.map(|(name, description)| {
        json!({"name": name, "in": "header", "required": false, "description": description,
            "schema": {"type": "string", "pattern": CONDITION}})
    });
    let known = operation.entry("parameters").or_insert_with(|| json!([]));
    if let Some(known) = known.as_array_mut() {
        known.extend(parameters);
    }
    let statuses: &[&str] = if method == "get" {
        &["304", "400", "412"]
    } else {
        &["400", "412", "428"]
    };
    if let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) {
        for status in statuses {
            responses.entry(*status).or_insert_with(|| json!({}));
        }
    }
}

fn answers(resource: &Resource, operation: &mut Map<String, Value>) {
    let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
    for (status, response) in responses.into_iter().flatten() {
        let Some(response) = response.as_object_mut() else {
            continue;
        };
        if matches!(status.as_str(), "200" | "201" | "304") {
            let tag = json!({"type": "string", "pattern": "^\"[0-9a-f]{32}\"$"});
            header(response, "ETag", "the state, a strong entity tag", &tag);
        }
        if status == "201" {
            let path = json!({"type": "string", "pattern": "^/admin/"});
            header(response, "Location", "where it is", &path);
            response.insert("links".to_owned(), links(resource));
        }
    }
}

/// What can be done next with what was made.
fn links(resource: &Resource) -> Value {
    let parameters: Map<String, Value> = resource
        .names
        .iter()
        .map(|(parameter, member)| {
            (
                (*parameter).to_owned(),
                json!(format!("$response.body#/{member}")),
            )
        })
        .collect();
    let links = resource.operations.iter().map(|name| {
        let link = json!({"operationId": name, "parameters": parameters});
        ((*name).to_owned(), link)
    });
    Value::Object(links.collect())
}

/// A patch says what it is, or is plain JSON.
fn media_types(method: &str, operation: &mut Map<String, Value>) {
    let body = operation.get_mut("requestBody").filter(|_| method == "patch");
    let content = body
        .and_then(|body| body.get_mut("content"))
        .and_then(Value::as_object_mut);
    if let Some(content) = content
        && let Some(plain) = content.get("application/json").cloned()
    {
        content.insert("application/merge-patch+json".to_owned(), plain);
    }
}
