//! Schemas: what a derived one does not say, and the documents of `PUT` and `PATCH`.

use idp_types::{AtomicScope, Scope};
use serde_json::{Map, Value, json};

use super::clients;

pub(super) fn complete(document: &mut Value) {
    let components = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut);
    if let Some(schemas) = components {
        schemas.insert("Problem".to_owned(), problem());
        clients::add(schemas);
        flatten_all(schemas);
        clients::close(schemas);
        for schema in schemas.values_mut() {
            name_words(schema);
        }
        add_documents(schemas);
    }
    for (path, method, name) in [
        ("/admin/services", "post", "ServiceInput"),
        ("/admin/services/{serviceId}", "put", "ServiceDocument"),
        ("/admin/services/{serviceId}", "patch", "ServicePatch"),
        ("/admin/clients", "post", "ClientInput"),
        ("/admin/clients/{clientId}", "put", "ClientDocument"),
        ("/admin/clients/{clientId}", "patch", "ClientPatch"),
        ("/admin/links/{clientId}/{tokenId}", "put", "AddressInput"),
    ] {
        let pointer = format!("/paths/{}/{method}/requestBody", path.replace('/', "~1"));
        if let Some(body) = document.pointer_mut(&pointer) {
            let schema = json!({"$ref": format!("#/components/schemas/{name}")});
            let media = json!({"schema": schema, "example": example(name)});
            *body = json!({"required": true, "content": {"application/json": media}});
        }
    }
}

fn example(schema: &str) -> Value {
    match schema {
        "ServiceInput" => json!({
            "serviceId": "shop", "name": "Shop", "url": "https://shop.example", "allowedScopes": ["identity:name"],
        }),
        "ServiceDocument" => {
            json!({"name": "Shop", "url": "https://shop.example", "allowedScopes": ["identity:name"]})
        }
        "ServicePatch" => json!({"name": "Le Shop", "privacyPolicyUrl": null}),
        "ClientInput" => json!({
            "client_id": "okta", "preset": "okta", "preset_values": {"org": "company.okta.com"},
            "service": {"url": "https://company.okta.com"},
        }),
        "ClientDocument" => json!({
            "client_name": "Shop", "redirect_uris": ["https://shop.example/callback"], "scope": "openid profile",
            "service": {"name": "Shop", "url": "https://shop.example"},
        }),
        "ClientPatch" => json!({"client_name": "Le Shop", "contacts": null}),
        _ => json!({"email": "jean@contoso.example"}),
    }
}

/// The schema of an identifier, wherever it stands under this name.
pub(super) fn identifier(name: &str) -> Option<Value> {
    let pattern = match name {
        "serviceId" | "service_id" => "^[A-Za-z0-9._-]{1,64}$",
        "clientId" | "client_id" => "^[A-Za-z0-9._:/-]{1,256}$",
        "tokenId" | "deviceId" | "device_id" => "^[A-Za-z0-9._:-]{1,128}$",
        "sessionId" => "^sess_[A-Za-z0-9_-]{1,59}$",
        _ => return None,
    };
    Some(json!({"type": "string", "pattern": pattern}))
}

/// An empty body is an empty object: it suffices where no member has to be there.
pub(super) fn let_bodies_be_empty(document: &mut Value) {
    let schemas = document
        .pointer("/components/schemas")
        .cloned()
        .unwrap_or_default();
    for operation in super::operations(document) {
        let Some(body) = operation.get_mut("requestBody") else {
            continue;
        };
        let reference = body
            .pointer("/content/application~1json/schema/$ref")
            .and_then(Value::as_str);
        let named = reference.and_then(|text| schemas.get(text.rsplit('/').next()?));
        let needs = |schema: &Value| {
            schema
                .get("required")
                .and_then(Value::as_array)
                .is_some_and(|names| !names.is_empty())
        };
        if named.is_some_and(|schema| !needs(schema))
            && let Some(body) = body.as_object_mut()
        {
            body.insert("required".to_owned(), json!(false));
        }
    }
}

/// An object that is written as several is one: a member that one part knows is not unknown to the other.
fn flatten_all(schemas: &mut Map<String, Value>) {
    let names: Vec<String> = schemas.keys().cloned().collect();
    for name in names {
        let Some(parts) = schemas.get(&name).filter(|schema| schema.get("allOf").is_some()) else {
            continue;
        };
        let (mut properties, mut required) = (Map::new(), Vec::new());
        gather(schemas, parts, (&mut properties, &mut required));
        let description = parts.get("description").cloned().unwrap_or_default();
        let flat = json!({
            "type": "object", "description": description, "properties": properties, "required": required,
        });
        schemas.insert(name, flat);
    }
}

fn gather(
    schemas: &Map<String, Value>,
    schema: &Value,
    (properties, required): (&mut Map<String, Value>, &mut Vec<Value>),
) {
    for part in schema
        .get("allOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        gather(schemas, part, (&mut *properties, &mut *required));
    }
    let reference = schema.get("$ref").and_then(Value::as_str);
    let named = reference.and_then(|reference| schemas.get(reference.rsplit('/').next()?));
    if let Some(named) = named {
        gather(schemas, named, (&mut *properties, &mut *required));
    }
    if let Some(own) = schema.get("properties").and_then(Value::as_object) {
        properties.extend(own.clone());
    }
    if let Some(own) = schema.get("required").and_then(Value::as_array) {
        required.extend(own.iter().cloned());
    }
}

/// Members whose values are words or identifiers, in whatever object they stand.
fn name_words(schema: &mut Value) {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for (name, property) in properties.iter_mut() {
        let Some(known) = identifier(name).or_else(|| word(name)) else {
            continue;
        };
        let (Some(property), Some(known)) = (property.as_object_mut(), known.as_object()) else {
            continue;
        };
        let is_text = |kind: &Value| *kind == json!("string") || *kind == json!(["string", "null"]);
        let is_nullable = property.get("type") == Some(&json!(["string", "null"]));
        if !property.get("type").is_some_and(is_text) {
            continue;
        }
        for (key, value) in known.iter().filter(|(key, _)| *key != "type") {
            property.insert(key.clone(), value.clone());
        }
        if is_nullable && let Some(words) = property.get_mut("enum").and_then(Value::as_array_mut) {
            words.push(Value::Null);
        }
    }
}

fn word(name: &str) -> Option<Value> {
    let words: &[&str] = match name {
        "callerAuthentication" => &["origin", "secret", "key"],
        "matchingMode" => &["compare", "choose", "transfer"],
        "subjectType" => &["public", "pairwise"],
        "tokenType" => &["idtoken+jwt", "JWT"],
        "role" => &["super_admin", "operator", "auditor"],
        _ => return None,
    };
    Some(json!({"type": "string", "enum": words}))
}

/// What `PUT` and `PATCH` take: the members of what `POST` takes, without the name that the path says.
fn add_documents(schemas: &mut Map<String, Value>) {
    scopes(schemas);
    let read_only = |names: &[&str]| -> Map<String, Value> {
        let ignored = json!({"description": "Read only: ignored, so that what was read can be written back.", "readOnly": true});
        names
            .iter()
            .map(|name| ((*name).to_owned(), ignored.clone()))
            .collect()
    };
    let enabled = json!({"type": "boolean", "default": true, "description": "Whether it answers at all."});
    for (kind, id, shown) in [
        (
            "Service",
            "serviceId",
            &["secrets", "responseSecrets", "createdAt", "updatedAt"][..],
        ),
        (
            "Client",
            "client_id",
            &[
                "issuer",
                "sector",
                "secrets",
                "self_registered",
                "created_at",
                "updated_at",
                "enter",
            ],
        ),
    ] {
        let Some(input) = schemas.get(&format!("{kind}Input")).cloned() else {
            continue;
        };
        let mut whole = input.clone();
        if let Some(properties) = whole.get_mut("properties").and_then(Value::as_object_mut) {
            properties.entry("enabled").or_insert_with(|| enabled.clone());
            properties.extend(read_only(shown));
        }
        if let Some(required) = whole.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| name != id);
        }
        if let Some(whole) = whole.as_object_mut() {
            whole.insert(
                "description".to_owned(),
                json!("Written whole: what is absent takes its default."),
            );
        }
        schemas.insert(format!("{kind}Document"), whole);
        schemas.insert(format!("{kind}Patch"), patch(input, id, &enabled));
    }
}

/// A merge patch (RFC 7396): every member may be there, and null takes it away.
fn patch(mut input: Value, id: &str, enabled: &Value) -> Value {
    let not_patched = [id, "preset", "preset_values", "service"];
    if let Some(properties) = input.get_mut("properties").and_then(Value::as_object_mut) {
        properties.entry("enabled").or_insert_with(|| enabled.clone());
        properties.retain(|name, _| !not_patched.contains(&name.as_str()));
        for (name, property) in properties.iter_mut().filter(|(name, _)| *name != "enabled") {
            let _ = name;
            let kind = property.get("type").cloned().unwrap_or_default();
            if let (Some(property), Value::String(kind)) = (property.as_object_mut(), kind) {
                property.insert("type".to_owned(), json!([kind, "null"]));
                if let Some(words) = property.get_mut("enum").and_then(Value::as_array_mut) {
                    words.push(Value::Null);
                }
            }
        }
    }
    if let Some(input) = input.as_object_mut() {
        input.remove("required");
        input.insert(
            "description".to_owned(),
            json!("A JSON merge patch (RFC 7396); null takes a member away."),
        );
    }
    input
}

/// The scopes that there are.
fn scopes(schemas: &mut Map<String, Value>) {
    let composite = [
        Scope::Basic,
        Scope::AgeVerification,
        Scope::Full,
        Scope::FullWithPhoto,
    ];
    let atomic = AtomicScope::ALL.iter().map(|scope| scope.as_str());
    let names: Vec<&str> = atomic
        .chain(composite.iter().map(|scope| scope.as_str()))
        .collect();
    for schema in ["ServiceInput", "ServiceView", "IssuedView"] {
        for member in ["allowedScopes", "defaultScopes"] {
            let items = schemas
                .get_mut(schema)
                .and_then(|schema| schema.pointer_mut(&format!("/properties/{member}")))
                .and_then(Value::as_object_mut);
            if let Some(list) = items {
                list.insert("items".to_owned(), json!({"type": "string", "enum": names}));
                list.insert("maxItems".to_owned(), json!(32));
            }
        }
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
