//! Writing services: made, written whole, changed by a merge patch, disabled.

use axum::extract::State;
use idp_core::service::Service;
use idp_types::ServiceId;
use serde_json::{Map, Value};

use super::{IssuedView, ServiceView, guard, path_of, tagged, written};
use crate::admin::extract::Segment;
use crate::admin::operator::Operator;
use crate::admin::permission::Permission;
use crate::admin::writing::Writing;
use crate::conditional::{Effect, Tagged};
use crate::http::{AppState, JsonBody, parse_json};
use crate::problem::{Code, Problem};
use crate::services::{
    IssuedService, ServiceInput, create_service as create, put_service as put, replace_service, set_enabled,
};

/// Registers a service and makes its secrets, which are shown in this answer alone.
#[utoipa::path(
    post, path = "/admin/services", tag = "admin", request_body = ServiceInput, security(("operator" = [])),
    responses((status = 201, body = IssuedView), (status = 400, description = "invalid_request"),
        (status = 409, description = "conflict: the serviceId is taken"))
)]
pub(in crate::admin) async fn create_service(
    State(app): AppState,
    operator: Operator,
    JsonBody(input): JsonBody<ServiceInput>,
) -> Result<Tagged<IssuedView>, Problem> {
    operator.require(&app, Permission::Configure).await?;
    answer(Effect::Created, create(&app, &input, operator.actor()).await?)
}

fn answer(effect: Effect, issued: IssuedService) -> Result<Tagged<IssuedView>, Problem> {
    let (etag, view) = tagged(&issued.service)?;
    let location = path_of(&view.service.service_id);
    Ok(Tagged::written(effect, etag, location, issued.into()))
}

/// Writes a service whole: makes it with its secrets, which are shown in this answer alone, or replaces everything of it but the
/// secrets. What is absent takes its default. Writing what is so already changes nothing and records nothing.
#[utoipa::path(
    put, path = "/admin/services/{serviceId}", tag = "admin", request_body(content = Object), security(("operator" = [])),
    params(("serviceId" = String, Path, description = "the service")),
    responses((status = 200, body = ServiceView, description = "replaced, or so already"),
        (status = 201, body = IssuedView, description = "made"),
        (status = 400, description = "invalid_request, with the member"))
)]
pub(in crate::admin) async fn put_service(
    State(app): AppState,
    writing: Writing,
    Segment(service_id): Segment<ServiceId>,
    JsonBody(members): JsonBody<Map<String, Value>>,
) -> Result<Tagged<IssuedView>, Problem> {
    let (input, enabled) = document(&service_id, members)?;
    let (issued, effect) = put(
        &app,
        (&input, enabled),
        writing.writer(&|found| guard(&writing.conditions, found)),
    )
    .await?;
    answer(effect, issued)
}

/// What an answer shows beside what may be written; a document that was read may be written back.
const READ_ONLY: [&str; 4] = ["secrets", "responseSecrets", "createdAt", "updatedAt"];

/// The service that a document describes, and whether it answers.
pub(crate) fn document(
    service_id: &ServiceId,
    mut members: Map<String, Value>,
) -> Result<(ServiceInput, bool), Problem> {
    for name in READ_ONLY {
        members.remove(name);
    }
    let enabled = enabled_of(&mut members)?.unwrap_or(true);
    let named = members
        .entry("serviceId")
        .or_insert_with(|| service_id.as_str().into());
    if *named != *service_id.as_str() {
        return Err(wrong("serviceId"));
    }
    Ok((typed(&members)?, enabled))
}

fn enabled_of(members: &mut Map<String, Value>) -> Result<Option<bool>, Problem> {
    let enabled = members.remove("enabled");
    enabled
        .map(|value| value.as_bool().ok_or_else(|| wrong("enabled")))
        .transpose()
}

fn typed(members: &Map<String, Value>) -> Result<ServiceInput, Problem> {
    let text = serde_json::to_vec(members).map_err(|_| Problem::new(Code::Internal))?;
    parse_json(&text)
}

/// Changes a service: a JSON merge patch (RFC 7396) of its members, `enabled` among them. The serviceId and the secrets stay.
#[utoipa::path(
    patch, path = "/admin/services/{serviceId}", tag = "admin", request_body = Object, security(("operator" = [])),
    params(("serviceId" = String, Path, description = "the service")),
    responses((status = 200, body = ServiceView), (status = 400, description = "invalid_request"),
        (status = 404, description = "service_not_found"))
)]
pub(in crate::admin) async fn update_service(
    State(app): AppState,
    writing: Writing,
    Segment(service_id): Segment<ServiceId>,
    JsonBody(mut patch): JsonBody<Map<String, Value>>,
) -> Result<Tagged<ServiceView>, Problem> {
    let enabled = enabled_of(&mut patch)?;
    let described = |old: &Service| {
        let input = merge(written(old.clone()), &patch)?;
        if input.service_id != service_id {
            return Err(wrong("serviceId"));
        }
        Ok((input, enabled.unwrap_or(old.enabled)))
    };
    let (service, _) = replace_service(
        &app,
        &service_id,
        writing.writer(&|found| guard(&writing.conditions, found)),
        described,
    )
    .await?;
    let (etag, view) = tagged(&service)?;
    Ok(Tagged::ok(etag, view))
}

fn wrong(member: &'static str) -> Problem {
    Problem::new(Code::InvalidRequest)
        .detail("a member has a value that it cannot have")
        .with("member", member)
}

/// RFC 7396 section 2, one level deep: members of a service are replaced whole.
fn merge(service: ServiceInput, patch: &Map<String, Value>) -> Result<ServiceInput, Problem> {
    let Ok(Value::Object(mut members)) = serde_json::to_value(service) else {
        return Err(Code::Internal.into());
    };
    for (name, value) in patch {
        match value {
            Value::Null => members.remove(name),
            value => members.insert(name.clone(), value.clone()),
        };
    }
    typed(&members)
}

/// Disables a service: it is unknown to every route until it is enabled again. Nothing is deleted, because the audit log names it.
#[utoipa::path(
    delete, path = "/admin/services/{serviceId}", tag = "admin", security(("operator" = [])),
    params(("serviceId" = String, Path, description = "the service")),
    responses((status = 200, body = ServiceView), (status = 404, description = "service_not_found"))
)]
pub(in crate::admin) async fn disable_service(
    State(app): AppState,
    writing: Writing,
    Segment(service_id): Segment<ServiceId>,
) -> Result<Tagged<ServiceView>, Problem> {
    let service = set_enabled(
        &app,
        &service_id,
        false,
        writing.writer(&|found| guard(&writing.conditions, found)),
    )
    .await?;
    let (etag, view) = tagged(&service)?;
    Ok(Tagged::ok(etag, view))
}

pub(in crate::admin) fn fuzz(data: &[u8]) {
    let Ok(Value::Object(members)) = serde_json::from_slice(data) else {
        return;
    };
    if let Ok(input) = serde_json::from_value::<ServiceInput>(Value::Object(members.clone())) {
        let _ = merge(input.clone(), &members);
        let _ = document(&input.service_id, members);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn bar() -> ServiceInput {
        let input = json!({
            "serviceId": "bar", "name": "Bar", "url": "https://bar.example", "allowedScopes": ["identity:name"],
            "logo": "https://bar.example/logo.png",
        });
        serde_json::from_value(input).unwrap()
    }

    fn patch(value: Value) -> Result<ServiceInput, Problem> {
        let Value::Object(members) = value else {
            panic!("an object")
        };
        merge(bar(), &members)
    }

    #[test]
    fn a_patch_replaces_removes_and_leaves() {
        let patched = patch(json!({"name": "Le Bar", "logo": null})).unwrap();
        assert_eq!(
            (patched.name.as_str(), patched.logo, patched.url),
            ("Le Bar", None, bar().url)
        );
        assert!(patch(json!({"name": null})).is_err(), "a name is needed");
        assert!(patch(json!({"shoeSize": 42})).is_err());
        assert!(patch(json!({"allowedScopes": ["identity:shoe_size"]})).is_err());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(data: Vec<u8>, text in "\\PC{0,80}") {
            crate::admin::fuzz(&data);
            crate::admin::fuzz(text.as_bytes());
            crate::cli::fuzz(&data);
            crate::cli::fuzz(text.as_bytes());
        }
    }
}
