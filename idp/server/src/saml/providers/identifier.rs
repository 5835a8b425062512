//! The persistent identifier of a person at a service provider (profile 8 and 9).

use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_core::derive::pairwise_subject;
use idp_store::Commit;
use idp_types::TokenId;
use saml::provider::ServiceProvider;

use crate::app::App;
use crate::problem::Problem;

/// The value that the person has there at every login. That somebody looked is recorded.
///
/// # Errors
/// The store's problems.
pub(crate) async fn persistent_identifier(
    app: &App,
    provider: &ServiceProvider,
    token_id: &TokenId,
    actor: Actor,
) -> Result<String, Problem> {
    let holder = app.durable.holder(token_id).await?;
    let first = holder.map_or_else(|| token_id.clone(), |holder| holder.value.first_token_id.clone());
    let fact = AuditFact::new(AuditEvent::AdminRead, actor)
        .about(token_id)
        .with("what", "sp_identifier")
        .with("sp", provider.entity_id.as_str());
    let audit = vec![app.audit.record(&*app.durable, fact, app.now()).await?];
    let changes = Vec::new();
    app.durable.commit(Commit { changes, audit }).await?;
    Ok(pairwise_subject(
        &app.secrets().pairwise,
        provider.entity_id.as_str(),
        &first,
    ))
}
