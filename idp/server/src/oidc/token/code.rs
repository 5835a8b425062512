//! `authorization_code` (RFC 6749 4.1.3). The durable consumption of the code decides who redeems it; whoever comes second has the
//! tokens revoked that it gave (RFC 6749 4.1.2, RFC 9700 2.1.1).

use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_store::durable::{Consumption, ConsumptionKind};
use idp_store::ephemeral::Kind;
use idp_store::{Change, Commit, CommitError};
use oidc::authorize::CodeGrant;
use oidc::client::GrantType;
use oidc::token::{
    CodeRequest, TokenResponse, UNKNOWN_CODE, begin_grant, check_code, confirmation, grant_of_code,
};

use super::GrantRequest;
use crate::app::App;
use crate::crypto::sha256_hex;
use crate::http::{enforce, network_of};
use crate::oidc::codes;
use crate::oidc::failure::OidcFailure;
use crate::oidc::tokens::{IdTokenExtras, IssueError, TokenPlan, try_issue};

/// How long a used code is known to be one.
const REMEMBERED_SECONDS: i64 = 3600;

pub(super) async fn redeem(app: &App, request: &GrantRequest<'_>) -> Result<TokenResponse, OidcFailure> {
    let asked = CodeRequest::read(request.parameters)?;
    let Some(grant) = codes::open(app, asked.code).await? else {
        return unknown(app, request, asked.code).await;
    };
    check_code(&asked, &grant, request.client(), request.presenter(), request.now)?;
    let plan = plan(app, request, asked.code, grant)?;
    match try_issue(app, request.client(), plan).await {
        Ok(tokens) => {
            let key = sha256_hex(asked.code.as_bytes());
            app.ephemeral
                .take(Kind::AuthorizationCode, &key, request.now)
                .await?;
            Ok(tokens)
        }
        Err(IssueError::Consumed) => reused(app, request, asked.code).await,
        Err(error) => Err(error.into()),
    }
}

fn plan(
    app: &App,
    request: &GrantRequest<'_>,
    code: &str,
    grant: CodeGrant,
) -> Result<TokenPlan, OidcFailure> {
    let client = request.client();
    let with_refresh = grant.scope.has("offline_access") && client.may_use(GrantType::RefreshToken);
    let seconds = if with_refresh {
        app.config.oidc.refresh_max_seconds
    } else {
        app.config.oidc.access_token_seconds
    };
    let bound = confirmation(client, request.presenter())?;
    let begun = begin_grant(
        grant_of_code(code),
        &grant,
        bound,
        request.now,
        request.now.plus_seconds(seconds),
    );
    let fact = AuditFact::new(AuditEvent::TokenIssue, Actor::Service)
        .about(&begun.authentication.token_id)
        .from_address(Some(request.address))
        .for_service(&begun.service_id)
        .with("client", client.client_id.as_str())
        .with("grant", GrantType::AuthorizationCode.as_str());
    Ok(TokenPlan {
        resources: request.resources(&begun.resources)?,
        released: Some(grant.released),
        grant: begun,
        with_refresh,
        changes: vec![Change::Consume(consumption(request, code, REMEMBERED_SECONDS))],
        facts: vec![fact],
        id_token: Some(IdTokenExtras::default()),
    })
}

fn consumption(request: &GrantRequest<'_>, code: &str, seconds: i64) -> Consumption {
    Consumption {
        kind: ConsumptionKind::AuthorizationCode,
        id: sha256_hex(code.as_bytes()),
        expires_at: request.now.plus_seconds(seconds),
    }
}

/// A code of which nothing is kept any more. Whether it was used is asked by trying to use it up.
async fn unknown(app: &App, request: &GrantRequest<'_>, code: &str) -> Result<TokenResponse, OidcFailure> {
    let bucket = format!("oidc-code-fail:{}", network_of(request.address));
    enforce(app, &bucket, app.config.limits.verify_failures_per_minute, 60).await?;
    let probe = Commit {
        changes: vec![Change::Consume(consumption(request, code, 60))],
        audit: Vec::new(),
    };
    match app.durable.commit(probe).await {
        Ok(_) => Err(UNKNOWN_CODE.into()),
        Err(CommitError::AlreadyConsumed) => reused(app, request, code).await,
        Err(error) => Err(error.into()),
    }
}

/// RFC 6749 4.1.2: a code that comes twice may have been stolen; what it gave ends.
async fn reused(app: &App, request: &GrantRequest<'_>, code: &str) -> Result<TokenResponse, OidcFailure> {
    let grant_id = grant_of_code(code);
    let fact = AuditFact::new(AuditEvent::TokenReuse, Actor::Service)
        .from_address(Some(request.address))
        .with("client", request.client().client_id.as_str())
        .with("grant_id", grant_id.as_str())
        .with("what", "code");
    let audit = vec![app.audit.record(&*app.durable, fact, request.now).await?];
    let changes = vec![Change::RevokeGrant {
        grant_id,
        at: request.now,
    }];
    app.durable.commit(Commit { changes, audit }).await?;
    app.status.revoked();
    Err(UNKNOWN_CODE.into())
}
