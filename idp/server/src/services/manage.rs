//! Registering services: what the admin interface and the command line share. Secrets are answered once and never again.

use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_core::service::{SealedSecret, SecretHash, Service};
use idp_store::{Change, Commit, CommitError, Version, Versioned};
use idp_types::ServiceId;
use idp_types::encoding::base64url;
use zeroize::Zeroizing;

use super::input::{ServiceInput, ServiceInputError};
use super::put::replace_service;
use crate::app::App;
use crate::conditional::{Effect, Writer, forget};
use crate::crypto::{random, sha256_hex};
use crate::problem::{Code, Problem};

/// How often a decision is made again because the service changed meanwhile.
const TRIES: usize = 5;

/// Secrets of a kind that are valid at the same time (profile 4.6: two during a rotation).
const VALID_AT_ONCE: usize = 2;

/// A service with the secrets that were just made. They are shown once.
pub(crate) struct IssuedService {
    /// The service as it is stored.
    pub(crate) service: Versioned<Service>,
    /// The callers' secret, base64url of 32 bytes.
    pub(crate) secret: Option<Zeroizing<String>>,
    /// The key of the anti-forgery `hash`, base64url of 32 bytes.
    pub(crate) response_secret: Option<Zeroizing<String>>,
}

/// Which secret is rotated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServiceSecret {
    /// What callers authenticate with.
    Caller,
    /// The key of the anti-forgery `hash` (profile 4.6).
    Response,
}

impl From<ServiceInputError> for Problem {
    fn from(error: ServiceInputError) -> Self {
        Self::new(Code::InvalidRequest)
            .detail(error.to_string())
            .with("member", error.member())
    }
}

/// Registers a service and makes both of its secrets.
///
/// # Errors
/// `invalid_request` with the member that is wrong; `conflict` when there is a service of that name.
pub(crate) async fn create_service(
    app: &App,
    input: &ServiceInput,
    actor: Actor,
) -> Result<IssuedService, Problem> {
    let service = input.check(app.config.demo, app.now())?;
    let created = insert(app, service, &actor.into()).await?;
    created.ok_or_else(|| Problem::new(Code::Conflict).detail("there is a service of that serviceId"))
}

/// `None`: there is one of that name.
pub(super) async fn insert(
    app: &App,
    mut service: Service,
    writer: &Writer<'_, Service>,
) -> Result<Option<IssuedService>, Problem> {
    let secret = add_caller_secret(&mut service)?;
    let response_secret = add_response_secret(app, &mut service)?;
    let written = write(app, service, Version(0), (writer, "created")).await?;
    Ok(written.map(|service| IssuedService {
        service,
        secret: Some(secret),
        response_secret: Some(response_secret),
    }))
}

/// Replaces everything of a service but its secrets.
///
/// # Errors
/// `invalid_request` with the member that is wrong; `service_not_found`.
pub(crate) async fn update_service(
    app: &App,
    input: &ServiceInput,
    actor: Actor,
) -> Result<IssuedService, Problem> {
    let described = |old: &Service| Ok((input.clone(), old.enabled));
    let (service, _) = replace_service(app, &input.service_id, actor, described).await?;
    Ok(IssuedService {
        service,
        secret: None,
        response_secret: None,
    })
}

/// Lets a service answer, or not.
///
/// # Errors
/// `service_not_found`; what the writer's condition says.
pub(crate) async fn set_enabled<'a>(
    app: &App,
    service_id: &ServiceId,
    enabled: bool,
    writer: impl Into<Writer<'a, Service>>,
) -> Result<Versioned<Service>, Problem> {
    let (service, _) = change(app, service_id, (&writer.into(), "updated"), |service| {
        service.enabled = enabled;
        Ok(())
    })
    .await?;
    Ok(service)
}

/// Makes a new secret; the one before stays valid until the next rotation. The new response secret signs from now on.
///
/// # Errors
/// `service_not_found`; what the writer's condition says.
pub(crate) async fn rotate_secret<'a>(
    app: &App,
    service_id: &ServiceId,
    which: ServiceSecret,
    writer: impl Into<Writer<'a, Service>>,
) -> Result<IssuedService, Problem> {
    let mut made = (None, None);
    let step = match which {
        ServiceSecret::Caller => "secret_rotated",
        ServiceSecret::Response => "response_secret_rotated",
    };
    let (service, _) = change(app, service_id, (&writer.into(), step), |service| {
        match which {
            ServiceSecret::Caller => made.0 = Some(add_caller_secret(service)?),
            ServiceSecret::Response => made.1 = Some(add_response_secret(app, service)?),
        }
        Ok(())
    })
    .await?;
    Ok(IssuedService {
        service,
        secret: made.0,
        response_secret: made.1,
    })
}

/// Stored as SHA-256: with 256 random bits no slow hash is needed (OWASP ASVS 5.0, 6.5.2).
fn add_caller_secret(service: &mut Service) -> Result<Zeroizing<String>, Problem> {
    let secret = Zeroizing::new(base64url(Zeroizing::new(random::<32>()?).as_slice()));
    service
        .secrets
        .insert(0, SecretHash(sha256_hex(secret.as_bytes())));
    service.secrets.truncate(VALID_AT_ONCE);
    Ok(secret)
}

/// Stored sealed, because the server computes with it.
fn add_response_secret(app: &App, service: &mut Service) -> Result<Zeroizing<String>, Problem> {
    let secret = Zeroizing::new(random::<32>()?);
    let sealed = app
        .secrets()
        .storage_key()?
        .seal(service.service_id.as_str().as_bytes(), secret.as_slice())?;
    service
        .response_secrets
        .insert(0, SealedSecret(base64url(&sealed)));
    service.response_secrets.truncate(VALID_AT_ONCE);
    Ok(Zeroizing::new(base64url(secret.as_slice())))
}

/// Load, change, commit; again when it changed meanwhile. What is so already is not written again.
pub(super) async fn change(
    app: &App,
    service_id: &ServiceId,
    (writer, step): (&Writer<'_, Service>, &'static str),
    mut edit: impl FnMut(&mut Service) -> Result<(), Problem> + Send,
) -> Result<(Versioned<Service>, Effect), Problem> {
    for _ in 0..TRIES {
        let found = app.durable.service(service_id).await?;
        (writer.guard)(found.as_deref())?;
        let found = found.ok_or(Code::ServiceNotFound)?;
        let mut service = found.value.clone();
        edit(&mut service)?;
        if service == found.value {
            let (service_id, expected) = (service_id.clone(), found.version);
            if writer
                .is_so(app, Change::RequireService { service_id, expected })
                .await?
            {
                return Ok(((*found).clone(), Effect::Unchanged));
            }
            continue;
        }
        service.updated_at = app.now();
        let step = match (found.value.enabled, service.enabled) {
            (true, false) => "disabled",
            (false, true) => "enabled",
            _ => step,
        };
        if let Some(written) = write(app, service, found.version, (writer, step)).await? {
            return Ok((written, Effect::Changed));
        }
        forget().await;
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}

/// `None`: it changed since it was read.
async fn write(
    app: &App,
    service: Service,
    expected: Version,
    (writer, step): (&Writer<'_, Service>, &'static str),
) -> Result<Option<Versioned<Service>>, Problem> {
    let written = Versioned {
        version: Version(expected.0.saturating_add(1)),
        value: service,
    };
    if writer.is_plan {
        return Ok(Some(written));
    }
    let service = &written.value;
    let fact = AuditFact::new(AuditEvent::AdminService, writer.actor.clone())
        .for_service(&service.service_id)
        .with("step", step);
    let record = app.audit.record(&*app.durable, fact, app.now()).await?;
    let change = Change::PutService {
        service: Box::new(service.clone()),
        expected,
    };
    let commit = Commit {
        changes: vec![change],
        audit: vec![record],
    };
    match app.durable.commit(commit).await {
        Ok(_) => {
            app.origins.forget();
            Ok(Some(written))
        }
        Err(CommitError::Conflict) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
