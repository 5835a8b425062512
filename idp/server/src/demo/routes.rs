//! `/demo`, `/demo/rp`, `/demo/oidc`, `/demo/sp`, `/demo/phone`, and what their scripts need.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_store::durable::EnrolmentCode;
use idp_store::{Change, Commit};
use serde_json::{Value, json};

use super::{BROWSER_DEVICE, SERVICE};
use crate::app::App;
use crate::crypto::{random_id, sha256_hex};
use crate::http::AppState;
use crate::pages::page;
use crate::problem::{Code, Problem};

/// Seconds that a browser phone has to use its enrolment code.
const CODE_SECONDS: i64 = 600;

/// The routes of demo mode.
pub fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(|| async { page("demo/index.html") }))
        .route("/demo", get(|| async { page("demo/index.html") }))
        .route("/demo/rp", get(|| async { page("demo/rp.html") }))
        .route("/demo/oidc", get(|| async { page("demo/oidc.html") }))
        .route("/demo/phone", get(phone))
        .route("/demo/config.json", get(configuration))
        .merge(super::sp::router())
}

async fn phone() -> Response {
    page("demo/phone.html")
}

/// Facts for the scripts, with a fresh one-time enrolment code for the browser phone.
async fn configuration(State(app): AppState) -> Result<Json<Value>, Problem> {
    let demo = app.demo.get().ok_or(Code::NotFound)?;
    let code = enrolment_code(&app, demo).await?;
    Ok(Json(json!({
        "issuer": app.config.issuer,
        "tokenId": demo.token_id,
        "serviceId": SERVICE,
        "serviceName": demo.service_name,
        "scopes": ["identity:name", "identity:age_over_18", "identity:nationality", "identity:date_of_birth"],
        "audience": SERVICE,
        "phone": { "deviceId": BROWSER_DEVICE, "sealText": demo.seal_text, "enrolmentCode": code },
        "facePolicyVouched": app.config.enrolment.policy.face_vouched,
    })))
}

async fn enrolment_code(app: &App, demo: &super::Demo) -> Result<String, Problem> {
    let now = app.now();
    let code = random_id("")?;
    let row = EnrolmentCode {
        digest: sha256_hex(code.as_bytes()),
        token_id: Some(demo.token_id.clone()),
        issued_by: "demo".to_owned(),
        expires_at: now.plus_seconds(CODE_SECONDS),
    };
    let fact = AuditFact::new(AuditEvent::AdminEnrolmentCode, Actor::System).about(&demo.token_id);
    let record = app.audit.record(&*app.durable, fact, now).await?;
    app.durable
        .commit(Commit {
            changes: vec![Change::PutEnrolmentCode(row)],
            audit: vec![record],
        })
        .await?;
    Ok(code)
}
