//! Removing a client with everything that is its own.

use idp_core::audit::{AuditEvent, AuditFact};
use idp_store::Change;
use idp_types::ClientId;
use oidc::Client;

use super::manage::{TRIES, commit, unknown};
use crate::app::App;
use crate::conditional::Writer;
use crate::problem::{Code, Problem};

/// Removes a client with its grants, links and owed logouts; its tokens are revoked. The service stays.
///
/// # Errors
/// `not_found`; what the writer's condition says.
pub(crate) async fn remove_client<'a>(
    app: &App,
    client_id: &ClientId,
    writer: impl Into<Writer<'a, Client>>,
) -> Result<Client, Problem> {
    let writer = writer.into();
    for _ in 0..TRIES {
        let found = app.durable.client(client_id).await?;
        (writer.guard)(found.as_deref())?;
        let found = found.ok_or_else(unknown)?;
        let fact = AuditFact::new(AuditEvent::ClientRemove, writer.actor.clone());
        let change = Change::RemoveClient {
            client_id: client_id.clone(),
            expected: found.version,
        };
        if commit(app, &found.value, change, fact).await? {
            return Ok(found.value.clone());
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}
