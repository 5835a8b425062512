//! Registering and changing service providers. A change and its audit record are one commit.

use std::sync::Arc;

use idp_core::audit::{AuditEvent, AuditFact};
use idp_store::{Change, Commit, CommitError, Version, Versioned};
use saml::EntityId;
use saml::metadata::ProviderMetadata;
use saml::provider::{ServiceProvider, Source};
use serde_json::{Map, Value};

use super::document::{NAME_LIMIT, NewProvider, Origin, patched, wrong};
use super::{TRIES, read, service};
use crate::app::App;
use crate::conditional::{Effect, Writer};
use crate::problem::{Code, Problem};
use crate::saml::signing;

pub(super) fn unknown() -> Problem {
    Problem::new(Code::NotFound).detail("there is no such service provider")
}

/// A stored provider.
///
/// # Errors
/// `not_found`.
pub(crate) async fn find_provider(
    app: &App,
    entity_id: &EntityId,
) -> Result<Arc<Versioned<ServiceProvider>>, Problem> {
    app.durable.service_provider(entity_id).await?.ok_or_else(unknown)
}

/// Registers a provider.
///
/// # Errors
/// `invalid_request` with the member that is wrong; `conflict` when there is one of that entityID.
pub(crate) async fn create_provider<'a>(
    app: &App,
    new: &NewProvider,
    writer: impl Into<Writer<'a, ServiceProvider>>,
) -> Result<Versioned<ServiceProvider>, Problem> {
    let writer = writer.into();
    let provider = described(app, new, None).await?;
    let found = app.durable.service_provider(&provider.entity_id).await?;
    (writer.guard)(found.as_deref())?;
    let taken = || Problem::new(Code::Conflict).detail("there is a service provider of that entityID");
    if found.is_some() {
        return Err(taken());
    }
    service::settle(app, &provider, &new.service, &writer).await?;
    let written = write(app, provider, Version(0), (&writer, AuditEvent::SpRegister, "")).await?;
    written.ok_or_else(taken)
}

/// Registers a provider, or replaces everything that an operator says of it. Metadata that is not given stays, and metadata at the same
/// address is not read again.
///
/// # Errors
/// As [`create_provider`], and what the writer's condition says.
pub(crate) async fn write_provider<'a>(
    app: &App,
    (entity_id, new): (&EntityId, &NewProvider),
    writer: impl Into<Writer<'a, ServiceProvider>>,
) -> Result<(Versioned<ServiceProvider>, Effect), Problem> {
    let writer = writer.into();
    for _ in 0..TRIES {
        let found = app.durable.service_provider(entity_id).await?;
        (writer.guard)(found.as_deref())?;
        let old = found.as_deref();
        let provider = described(app, new, old.map(|old| &old.value)).await?;
        if provider.entity_id != *entity_id {
            return Err(wrong("entityId", "the metadata is of another entity"));
        }
        if let Some(written) = replace(app, (old, provider), &new.service, &writer).await? {
            return Ok(written);
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}

/// Changes a provider: a JSON merge patch (RFC 7396) of its document.
///
/// # Errors
/// As [`write_provider`], and `not_found`.
pub(crate) async fn patch_provider<'a>(
    app: &App,
    (entity_id, patch): (&EntityId, &Map<String, Value>),
    writer: impl Into<Writer<'a, ServiceProvider>>,
) -> Result<Versioned<ServiceProvider>, Problem> {
    let writer = writer.into();
    for _ in 0..TRIES {
        let found = app.durable.service_provider(entity_id).await?;
        (writer.guard)(found.as_deref())?;
        let old = found.ok_or_else(unknown)?;
        let new = patched(&old.value, patch)?;
        let provider = described(app, &new, Some(&old.value)).await?;
        if provider.entity_id != *entity_id {
            return Err(wrong("entityId", "an entityID never changes"));
        }
        if let Some((written, _)) = replace(app, (Some(&old), provider), &new.service, &writer).await? {
            return Ok(written);
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}

/// `None`: it changed since it was read.
async fn replace(
    app: &App,
    (old, provider): (Option<&Versioned<ServiceProvider>>, ServiceProvider),
    members: &Map<String, Value>,
    writer: &Writer<'_, ServiceProvider>,
) -> Result<Option<(Versioned<ServiceProvider>, Effect)>, Problem> {
    service::settle(app, &provider, members, writer).await?;
    let (expected, event, step, effect) = match old {
        Some(old) if is_same(&old.value, &provider) => return Ok(Some((old.clone(), Effect::Unchanged))),
        Some(old) => (old.version, AuditEvent::SpUpdate, "updated", Effect::Changed),
        None => (Version(0), AuditEvent::SpRegister, "", Effect::Created),
    };
    let written = write(app, provider, expected, (writer, event, step)).await?;
    Ok(written.map(|written| (written, effect)))
}

/// Whether two records say the same, whenever their metadata was read.
pub(super) fn is_same(one: &ServiceProvider, other: &ServiceProvider) -> bool {
    let timeless = |provider: &ServiceProvider| ServiceProvider {
        source: Source {
            read_at: other.source.read_at,
            etag: None,
            ..provider.source.clone()
        },
        ..provider.clone()
    };
    timeless(one) == timeless(other)
}

/// The record that a document makes, of metadata or of what is stored.
async fn described(
    app: &App,
    new: &NewProvider,
    old: Option<&ServiceProvider>,
) -> Result<ServiceProvider, Problem> {
    let source = Source {
        trust_anchors: new.trust_anchors.clone(),
        longest: new.longest,
        ..old.map(|old| old.source.clone()).unwrap_or_default()
    };
    let mut provider = match (origin_to_read(new, old)?, old) {
        (Some(origin), old) => {
            let (metadata, source) = read::first(app, &origin, source).await?;
            named(&metadata, new)?;
            registered(metadata, (new, source), old)?
        }
        (None, Some(old)) => old.clone(),
        (None, None) => {
            return Err(wrong(
                "metadata",
                "give metadata, its address, or entityId and consumers",
            ));
        }
    };
    provider.policy = new.policy.clone();
    if let Some(name) = &new.display_name {
        provider.display_name.clone_from(name);
    }
    if let Some(service_id) = &new.service_id {
        provider.service_id = service_id.clone();
    }
    provider.check()?;
    Ok(provider)
}

/// What has to be read: what is new, and what is held to another trust than before.
fn origin_to_read(new: &NewProvider, old: Option<&ServiceProvider>) -> Result<Option<Origin>, Problem> {
    let Some(old) = old else {
        return Ok(new.origin.clone());
    };
    let known = old.source.url.clone().map(Origin::Address);
    let is_held_otherwise =
        old.source.trust_anchors != new.trust_anchors || old.source.longest != new.longest;
    match &new.origin {
        Some(origin) if Some(origin) != known.as_ref() => Ok(Some(origin.clone())),
        _ if !is_held_otherwise => Ok(None),
        _ => known.map(Some).ok_or_else(|| {
            wrong(
                "metadata",
                "give the metadata again, so that it is held to the new trust",
            )
        }),
    }
}

fn named(metadata: &ProviderMetadata, new: &NewProvider) -> Result<(), Problem> {
    match &new.entity_id {
        Some(entity_id) if *entity_id != metadata.entity_id => {
            Err(wrong("entityId", "the metadata is of another entity"))
        }
        _ => Ok(()),
    }
}

fn registered(
    mut metadata: ProviderMetadata,
    (new, source): (&NewProvider, Source),
    old: Option<&ServiceProvider>,
) -> Result<ServiceProvider, Problem> {
    let name = metadata.display_name.take();
    metadata.display_name = name.map(|name| {
        let shown = name.chars().filter(|c| !c.is_control());
        shown.take(NAME_LIMIT).collect()
    });
    // Replaced below where nobody named it.
    let placeholder = idp_types::ServiceId::parse("service").map_err(|_| Problem::new(Code::Internal))?;
    let mut provider = metadata.register(placeholder, new.policy.clone(), source);
    provider.service_id = match (&new.service_id, old) {
        (Some(named), _) => named.clone(),
        (None, Some(old)) => old.service_id.clone(),
        (None, None) => service::usual(&provider)?,
    };
    Ok(provider)
}

/// `None`: it changed since it was read.
async fn write(
    app: &App,
    provider: ServiceProvider,
    expected: Version,
    (writer, event, step): (&Writer<'_, ServiceProvider>, AuditEvent, &'static str),
) -> Result<Option<Versioned<ServiceProvider>>, Problem> {
    if !writer.is_plan {
        // What signs for it is made before its certificate is asked for.
        signing::key(app, provider.policy.signing_algorithm).await?;
    }
    let mut fact = AuditFact::new(event, writer.actor.clone());
    if !step.is_empty() {
        fact = fact.with("step", step);
    }
    let change = Change::PutServiceProvider {
        provider: Box::new(provider.clone()),
        expected,
    };
    let is_written = writer.is_plan || commit(app, &provider, change, Some(fact)).await?;
    Ok(is_written.then(|| Versioned {
        value: provider,
        version: Version(expected.0.saturating_add(1)),
    }))
}

/// `false`: it changed since it was read.
pub(super) async fn commit(
    app: &App,
    provider: &ServiceProvider,
    change: Change,
    fact: Option<AuditFact>,
) -> Result<bool, Problem> {
    let mut audit = Vec::new();
    if let Some(fact) = fact {
        let fact = fact
            .for_service(&provider.service_id)
            .with("sp", provider.entity_id.as_str());
        audit.push(app.audit.record(&*app.durable, fact, app.now()).await?);
    }
    let commit = Commit {
        changes: vec![change],
        audit,
    };
    match app.durable.commit(commit).await {
        Ok(_) => Ok(true),
        Err(CommitError::Conflict) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
