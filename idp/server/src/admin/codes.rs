//! `POST /admin/enrollment-codes` (profile 2, admission `code`).

use axum::Json;
use axum::extract::State;
use data_encoding::BASE32_NOPAD;
use http::StatusCode;
use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_store::Change;
use idp_store::durable::EnrolmentCode;
use idp_types::{Timestamp, TokenId};
use serde::{Deserialize, Serialize};

use super::operator::Operator;
use super::permission::Permission;
use super::record::commit;
use crate::app::App;
use crate::crypto::{random, sha256_hex};
use crate::http::{AppState, JsonBody};
use crate::problem::{Code, Problem};

/// A day, unless asked otherwise.
const DEFAULT_SECONDS: i64 = 86_400;

/// The longest life of a code, in seconds: thirty days.
const MOST_SECONDS: i64 = 30 * 86_400;

/// What a one-time enrolment code is for.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeInput {
    /// The only tokenId that it admits; any unless given.
    #[schema(value_type = Option<String>)]
    pub(crate) token_id: Option<TokenId>,
    /// How many seconds it is valid, 60 to 2,592,000; a day unless given.
    pub(crate) ttl_seconds: Option<i64>,
}

/// A one-time enrolment code. Only its digest is kept, so it is shown once.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct EnrolmentCodeIssued {
    /// Twenty characters of `A-Z2-7` in groups of five: 100 random bits.
    pub(crate) code: String,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) expires_at: Timestamp,
}

/// Twenty characters of Base32 (RFC 4648 section 6) in groups of five.
fn grouped(random: &[u8; 13]) -> String {
    let text = BASE32_NOPAD.encode(random);
    let groups = text
        .as_bytes()
        .chunks_exact(5)
        .map(|group| String::from_utf8_lossy(group));
    groups.take(4).collect::<Vec<_>>().join("-")
}

/// Makes a code and commits its digest with the record of it.
pub(crate) async fn issue_code(
    app: &App,
    input: CodeInput,
    actor: Actor,
) -> Result<EnrolmentCodeIssued, Problem> {
    let seconds = input.ttl_seconds.unwrap_or(DEFAULT_SECONDS);
    if !(60..=MOST_SECONDS).contains(&seconds) {
        return Err(Problem::new(Code::InvalidRequest)
            .detail("ttl_seconds is 60 to 2592000")
            .with("member", "ttl_seconds"));
    }
    let code = grouped(&random()?);
    let expires_at = app.now().plus_seconds(seconds);
    let issued_by = match &actor {
        Actor::Operator(name) => name.to_string(),
        _ => "command-line".to_owned(),
    };
    let mut fact =
        AuditFact::new(AuditEvent::AdminEnrolmentCode, actor).with("expires_at", expires_at.to_rfc3339());
    if let Some(token_id) = &input.token_id {
        fact = fact.about(token_id);
    }
    let digest = sha256_hex(code.as_bytes());
    let stored = EnrolmentCode {
        digest,
        token_id: input.token_id,
        issued_by,
        expires_at,
    };
    commit(app, vec![Change::PutEnrolmentCode(stored)], fact).await?;
    Ok(EnrolmentCodeIssued { code, expires_at })
}

/// Makes a one-time enrolment code, for one tokenId or for any.
#[utoipa::path(
    post, path = "/admin/enrollment-codes", tag = "admin", request_body = CodeInput, security(("operator" = [])),
    responses((status = 201, body = EnrolmentCodeIssued), (status = 400, description = "invalid_request"),
        (status = 401, description = "invalid_token"), (status = 403, description = "insufficient_scope"),
        (status = 429, description = "rate_limited"))
)]
pub(super) async fn create_enrolment_code(
    State(app): AppState,
    operator: Operator,
    JsonBody(input): JsonBody<CodeInput>,
) -> Result<(StatusCode, Json<EnrolmentCodeIssued>), Problem> {
    operator.require(&app, Permission::Act).await?;
    let issued = issue_code(&app, input, operator.actor()).await?;
    Ok((StatusCode::CREATED, Json(issued)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_a_hundred_bits_in_four_groups() {
        assert_eq!(grouped(&[0; 13]), "AAAAA-AAAAA-AAAAA-AAAAA");
        assert_eq!(grouped(&[0xFF; 13]), "77777-77777-77777-77777");
        let mut last = [0; 13];
        // Bit 100 is the highest that is dropped.
        last[12] = 0x0F;
        assert_eq!(grouped(&last), "AAAAA-AAAAA-AAAAA-AAAAA");
        last[12] = 0x10;
        assert_eq!(grouped(&last), "AAAAA-AAAAA-AAAAA-AAAAB");
    }
}
