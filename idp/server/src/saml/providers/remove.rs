//! Removing a service provider with the account links that are its own.

use idp_core::audit::{AuditEvent, AuditFact};
use idp_store::Change;
use saml::EntityId;
use saml::provider::ServiceProvider;

use super::TRIES;
use super::manage::{commit, unknown};
use crate::app::App;
use crate::conditional::Writer;
use crate::problem::{Code, Problem};

/// Removes a provider. Its service stays.
///
/// # Errors
/// `not_found`; what the writer's condition says.
pub(crate) async fn remove_provider<'a>(
    app: &App,
    entity_id: &EntityId,
    writer: impl Into<Writer<'a, ServiceProvider>>,
) -> Result<ServiceProvider, Problem> {
    let writer = writer.into();
    for _ in 0..TRIES {
        let found = app.durable.service_provider(entity_id).await?;
        (writer.guard)(found.as_deref())?;
        let found = found.ok_or_else(unknown)?;
        let fact = AuditFact::new(AuditEvent::SpRemove, writer.actor.clone());
        let change = Change::RemoveServiceProvider {
            entity_id: entity_id.clone(),
            expected: found.version,
        };
        if commit(app, &found.value, change, Some(fact)).await? {
            return Ok(found.value.clone());
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}
