//! Metadata is read again before it ends (IIP-MD02), by the instance that leads; every instance counts what expires.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use idp_core::audit::Actor;
use idp_types::Timestamp;
use saml::EntityId;
use saml::provider::ServiceProvider;

use super::{all_providers, refresh_provider};
use crate::app::App;
use crate::conditional::Effect;
use crate::problem::Problem;

/// How often it is looked what is due.
const LOOK: Duration = Duration::from_secs(30);

/// How long a provider waits whose metadata could not be read, in seconds.
const AGAIN: i64 = 300;

/// How long before its end a certificate is named in the log, in seconds, and how often.
const WARNING: i64 = 30 * 86_400;
const WARN_EVERY: i64 = 86_400;

/// What was found when it was looked last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Registered providers.
    pub(crate) providers: usize,
    /// Those whose metadata has ended: nobody is logged in there.
    pub(crate) ended: usize,
    /// When the first certificate that is still valid ends.
    pub(crate) certificate_ends: Option<Timestamp>,
}

/// What is known of the upkeep of service providers.
#[derive(Debug, Default)]
pub(crate) struct ProviderState(Mutex<Found>);

impl ProviderState {
    /// What was found last.
    pub(crate) fn found(&self) -> Found {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, found: Found) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = found;
    }
}

/// What one instance remembers from one look to the next.
#[derive(Default)]
pub(super) struct Memory {
    /// When a provider is asked again that could not be read.
    waiting: HashMap<EntityId, Timestamp>,
    /// When a certificate was named last.
    warned: HashMap<String, Timestamp>,
}

/// Looks after the metadata of service providers for as long as the server runs.
pub(crate) async fn keep_fresh(app: Arc<App>) {
    let mut memory = Memory::default();
    loop {
        let trouble = look(&app, &mut memory).await.err();
        app.note_health("saml_metadata", trouble);
        tokio::time::sleep(LOOK).await;
    }
}

pub(super) async fn look(app: &App, memory: &mut Memory) -> Result<(), String> {
    let words = |problem: Problem| problem.code().as_str().to_owned();
    if app.leads() {
        let providers = all_providers(app).await.map_err(words)?;
        refresh_due(app, &providers, memory).await;
        warn(app, &providers, memory);
    }
    let providers = all_providers(app).await.map_err(words)?;
    let found = counted(&providers, app.now());
    app.providers.note(found);
    match found.ended {
        0 => Ok(()),
        ended => Err(format!("the metadata of service providers has ended: {ended}")),
    }
}

async fn refresh_due(app: &App, providers: &[ServiceProvider], memory: &mut Memory) {
    let now = app.now();
    memory.waiting.retain(|_, until| *until > now);
    for provider in providers {
        let is_due = provider.source.refresh_at().is_some_and(|at| at <= now);
        if !is_due || memory.waiting.contains_key(&provider.entity_id) {
            continue;
        }
        let refreshed = refresh_provider(app, &provider.entity_id, Actor::System).await;
        app.metrics.metadata_refreshed(match &refreshed {
            Ok((_, Effect::Unchanged)) => "unchanged",
            Ok(_) => "changed",
            Err(_) => "failed",
        });
        if let Err(problem) = refreshed {
            let why = problem.sentence().unwrap_or(problem.code().title());
            tracing::warn!(
                sp = provider.entity_id.as_str(),
                why,
                "the metadata could not be read again"
            );
            memory
                .waiting
                .insert(provider.entity_id.clone(), now.plus_seconds(AGAIN));
        }
    }
}

/// Names certificates that end within a month, each once a day.
fn warn(app: &App, providers: &[ServiceProvider], memory: &mut Memory) {
    let now = app.now();
    memory.warned.retain(|_, at| at.plus_seconds(WARN_EVERY) > now);
    for provider in providers {
        for (certificate, ..) in provider.certificates() {
            let ends = certificate.not_after();
            let is_near = now < ends && ends <= now.plus_seconds(WARNING);
            if is_near && !memory.warned.contains_key(&certificate.fingerprint()) {
                memory.warned.insert(certificate.fingerprint(), now);
                let ends = ends.to_rfc3339();
                tracing::warn!(sp = provider.entity_id.as_str(), %ends, "a certificate of a service provider ends soon");
            }
        }
    }
}

fn counted(providers: &[ServiceProvider], now: Timestamp) -> Found {
    let certificates = providers.iter().flat_map(ServiceProvider::certificates);
    Found {
        providers: providers.len(),
        ended: providers
            .iter()
            .filter(|provider| provider.source.has_ended(now))
            .count(),
        certificate_ends: certificates
            .map(|(certificate, ..)| certificate.not_after())
            .filter(|end| *end > now)
            .min(),
    }
}
