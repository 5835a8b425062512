//! Reading the metadata of a provider again.

use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_store::{Change, Version, Versioned};
use saml::EntityId;
use saml::provider::{ServiceProvider, Source};

use super::TRIES;
use super::document::wrong;
use super::manage::{commit, is_same, unknown};
use super::read::{Read, again};
use crate::app::App;
use crate::conditional::Effect;
use crate::problem::{Code, Problem};

/// Reads the metadata of a provider where it was read before. What the operator decided stays; metadata with which that cannot stand is
/// refused, and the record stays as it was. A change is recorded, a reading without one is not.
///
/// # Errors
/// `not_found`; `conflict` for metadata that came from a file; `invalid_request` when it cannot be read or nobody vouches for it.
pub(crate) async fn refresh_provider(
    app: &App,
    entity_id: &EntityId,
    actor: Actor,
) -> Result<(Versioned<ServiceProvider>, Effect), Problem> {
    for _ in 0..TRIES {
        let old = app
            .durable
            .service_provider(entity_id)
            .await?
            .ok_or_else(unknown)?;
        let mut source = old.value.source.clone();
        if actor != Actor::System {
            // An operator wants to see the document.
            source.etag = None;
        }
        let provider = match again(app, source).await? {
            Read::Unchanged => unchanged(app, &old.value),
            Read::Metadata(metadata, _) if metadata.entity_id != *entity_id => {
                return Err(wrong("metadata", "the metadata is of another entity now"));
            }
            Read::Metadata(metadata, source) => {
                let read_at = source.read_at;
                let record = ServiceProvider {
                    source,
                    ..old.value.clone()
                };
                metadata.refresh(record, read_at)
            }
        };
        provider.check()?;
        if let Some(refreshed) = write(app, (&old, provider), &actor).await? {
            return Ok(refreshed);
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}

fn unchanged(app: &App, old: &ServiceProvider) -> ServiceProvider {
    ServiceProvider {
        source: Source {
            read_at: app.now(),
            ..old.source.clone()
        },
        ..old.clone()
    }
}

/// Whether the endpoints, keys and rules of both are the same; a new validity is no change of the provider.
fn is_still(one: &ServiceProvider, other: &ServiceProvider) -> bool {
    let fresh = ServiceProvider {
        source: Source {
            valid_until: other.source.valid_until,
            cache_duration: other.source.cache_duration,
            ..one.source.clone()
        },
        ..one.clone()
    };
    is_same(&fresh, other)
}

/// `None`: it changed since it was read.
async fn write(
    app: &App,
    (old, provider): (&Versioned<ServiceProvider>, ServiceProvider),
    actor: &Actor,
) -> Result<Option<(Versioned<ServiceProvider>, Effect)>, Problem> {
    let (fact, effect) = if is_still(&old.value, &provider) {
        (None, Effect::Unchanged)
    } else {
        let fact = AuditFact::new(AuditEvent::SpUpdate, actor.clone()).with("step", "refreshed");
        (Some(fact), Effect::Changed)
    };
    let change = Change::PutServiceProvider {
        provider: Box::new(provider.clone()),
        expected: old.version,
    };
    let is_written = commit(app, &provider, change, fact).await?;
    let refreshed = Versioned {
        value: provider,
        version: Version(old.version.0.saturating_add(1)),
    };
    Ok(is_written.then_some((refreshed, effect)))
}
