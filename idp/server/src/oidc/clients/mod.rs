//! Registered clients: reading, registering, changing, removing. Shared by the endpoints, the admin interface, the command line and
//! dynamic registration.

mod decide;
mod manage;
mod put;
mod remove;
mod secret;
mod view;

use std::sync::Arc;

use idp_store::Versioned;
use idp_types::ClientId;
use oidc::Client;

pub(crate) use decide::{Authority, described, limit_scope};
pub(crate) use manage::{
    IssuedClient, NewClient, add_client, create_client, find_client, patch_client, put_client,
    rotate_client_secret,
};
pub(crate) use put::write_client;
pub(crate) use remove::remove_client;
pub(crate) use secret::digest_of;
pub(crate) use view::{client_view, other_side};

use crate::app::App;
use crate::problem::Problem;

/// A client that answers; disabled ones are as unknown.
///
/// # Errors
/// A [`Problem`] when the store does not answer.
pub(crate) async fn load(app: &App, client_id: &ClientId) -> Result<Option<Arc<Versioned<Client>>>, Problem> {
    let found = app.durable.client(client_id).await?;
    Ok(found.filter(|client| client.value.enabled))
}
