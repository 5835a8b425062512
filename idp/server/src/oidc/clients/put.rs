//! A client written whole: made, replaced, or left as it is when it is so already.

use oidc::Client;

use super::decide::Authority;
use super::manage::{IssuedClient, NewClient, insert, remade, replace, service_of};
use crate::app::App;
use crate::conditional::{Effect, Writer};
use crate::problem::{Code, Problem};

/// How often a client is looked for again because somebody made it meanwhile.
const TRIES: usize = 3;

/// Registers a client for an operator, or replaces everything of it but its secrets and its own registration.
///
/// # Errors
/// As [`super::create_client`], and what the writer's condition says.
pub(crate) async fn write_client<'a>(
    app: &App,
    new: &NewClient,
    writer: impl Into<Writer<'a, Client>>,
) -> Result<(IssuedClient, Effect), Problem> {
    let writer = writer.into();
    for _ in 0..TRIES {
        if app.durable.client(&new.client_id).await?.is_some() {
            let made = |old: &Client| Ok((anew(old, new)?, new.description.clone()));
            return replace(app, &new.client_id, (Authority::Operator, writer), made).await;
        }
        (writer.guard)(None)?;
        if let Some(issued) = insert(app, new, &writer).await? {
            return Ok((issued, Effect::Created));
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}

/// What of a client stays when it is written whole. What is absent takes its default, as when it is made.
fn anew(old: &Client, new: &NewClient) -> Result<Client, Problem> {
    let mut base = remade(old, Authority::Operator);
    base.service_id = service_of(new)?;
    base.preset = new.preset.map(|preset| preset.as_str().to_owned());
    base.enabled = true;
    Ok(base)
}
