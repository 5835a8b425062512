//! `urn:openid:params:grant-type:ciba` (CIBA 10.1, 11): asked until there is an answer, which is given once.

use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_store::Change;
use idp_store::durable::{Consumption, ConsumptionKind};
use oidc::OAuthError;
use oidc::authentication::Released;
use oidc::ciba::Transaction;
use oidc::ciba::transaction::{DENIED, EXPIRED, Ends, UNKNOWN};
use oidc::client::GrantType;
use oidc::token::{TokenResponse, confirmation};

use super::transactions;
use crate::app::App;
use crate::approval::protocol::{Answered, answer_of};
use crate::crypto::sha256_hex;
use crate::http::{enforce, network_of};
use crate::oidc::failure::OidcFailure;
use crate::oidc::subject;
use crate::oidc::token::GrantRequest;
use crate::oidc::tokens::{IdTokenExtras, IssueError, TokenPlan, try_issue};

/// How long a used `auth_req_id` is known to be one.
const REMEMBERED_SECONDS: i64 = 3600;

/// Answers the token endpoint.
pub(in crate::oidc) async fn redeem(
    app: &App,
    request: &GrantRequest<'_>,
) -> Result<TokenResponse, OidcFailure> {
    let auth_req_id = request
        .parameters
        .required("auth_req_id", "auth_req_id is missing")?;
    let Some(mut transaction) = transactions::load(app, auth_req_id).await? else {
        return Err(unknown(app, request).await?.into());
    };
    transaction.check_client(request.client())?;
    match answer_of(app, &transaction.session_id).await? {
        Answered::Waiting => {
            let error = transaction.waiting(request.now);
            transactions::save(app, auth_req_id, &transaction).await?;
            Err(error.into())
        }
        Answered::Rejected(_) => Err(DENIED.into()),
        Answered::Expired => Err(EXPIRED.into()),
        Answered::Approved(released) => {
            let plan = plan(app, request, (auth_req_id, &transaction), *released)?;
            issue(app, request, auth_req_id, plan).await
        }
    }
}

/// An `auth_req_id` that nobody knows. Guesses from one network are slowed down.
async fn unknown(app: &App, request: &GrantRequest<'_>) -> Result<OAuthError, OidcFailure> {
    let bucket = format!("oidc-ciba-fail:{}", network_of(request.address));
    enforce(app, &bucket, app.config.limits.verify_failures_per_minute, 60).await?;
    Ok(UNKNOWN)
}

fn plan(
    app: &App,
    request: &GrantRequest<'_>,
    (auth_req_id, transaction): (&str, &Transaction),
    released: Released,
) -> Result<TokenPlan, OidcFailure> {
    let client = request.client();
    let config = &app.config.oidc;
    let acr = transaction.approved(&released.authentication)?;
    let subject = subject::of(app, client, &released.authentication);
    let with_refresh = transaction.scope.has("offline_access") && client.may_use(GrantType::RefreshToken);
    let seconds = if with_refresh {
        config.refresh_max_seconds
    } else {
        config.access_token_seconds
    };
    let ends = Ends {
        grant: request.now.plus_seconds(seconds),
        claims: request.now.plus_seconds(config.claims_max_age_seconds),
    };
    let bound = confirmation(client, request.presenter())?;
    let from = (&released, subject, acr);
    let grant = transaction.begin_grant(auth_req_id, from, bound, (request.now, ends));
    let fact = AuditFact::new(AuditEvent::TokenIssue, Actor::Service)
        .about(&grant.authentication.token_id)
        .from_address(Some(request.address))
        .for_service(&grant.service_id)
        .with("client", client.client_id.as_str())
        .with("grant", GrantType::Ciba.as_str());
    let consumption = Consumption {
        kind: ConsumptionKind::CibaRequest,
        id: sha256_hex(auth_req_id.as_bytes()),
        expires_at: request.now.plus_seconds(REMEMBERED_SECONDS),
    };
    Ok(TokenPlan {
        grant,
        released: Some(released),
        with_refresh,
        changes: vec![Change::Consume(consumption)],
        facts: vec![fact],
        id_token: Some(IdTokenExtras::default()),
    })
}

async fn issue(
    app: &App,
    request: &GrantRequest<'_>,
    auth_req_id: &str,
    plan: TokenPlan,
) -> Result<TokenResponse, OidcFailure> {
    match try_issue(app, request.client(), plan).await {
        Ok(tokens) => {
            transactions::forget(app, auth_req_id).await?;
            Ok(tokens)
        }
        Err(IssueError::Consumed) => Err(UNKNOWN.into()),
        Err(error) => Err(error.into()),
    }
}
