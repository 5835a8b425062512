//! Registering, changing and removing clients. A change and its audit record are one commit; a secret is answered once.

use std::sync::Arc;

use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_store::{Change, Commit, CommitError, Version, Versioned};
use idp_types::{ClientId, ServiceId};
use oidc::Client;
use oidc::client::{MetadataError, Preset};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::decide::{Authority, catalogue_scopes, check_ceiling, described};
use super::secret::{add_secret, needs_secret, set_registration_token};
use crate::app::App;
use crate::conditional::{Effect, Writer, forget};
use crate::problem::{Code, Problem};
use crate::services::{ServiceInput, create_service};

/// How often a decision is made again because the client changed meanwhile.
pub(super) const TRIES: usize = 5;

/// A client with the secrets that were just made. They are shown once.
pub(crate) struct IssuedClient {
    /// The client as it is stored.
    pub(crate) client: Versioned<Client>,
    /// `client_secret`, base64url of 32 bytes.
    pub(crate) secret: Option<Zeroizing<String>>,
    /// `registration_access_token` (RFC 7592 3).
    pub(crate) registration_token: Option<Zeroizing<String>>,
}

/// A client to be.
pub(crate) struct NewClient {
    /// Its identifier.
    pub(crate) client_id: ClientId,
    /// What its description was made from.
    pub(crate) preset: Option<Preset>,
    /// Its members, operators' ones included.
    pub(crate) description: Map<String, Value>,
    /// What is known of a service that has to be made for it: name and address.
    pub(crate) service: Option<ServiceInput>,
}

impl From<MetadataError> for Problem {
    fn from(error: MetadataError) -> Self {
        Self::new(Code::InvalidRequest)
            .detail(error.to_string())
            .with("member", error.member())
    }
}

/// Registers a client for an operator. Its service is the one that `service_id` names, or the one of the client's own name; it is made
/// when there is none and `service` describes it.
///
/// # Errors
/// `invalid_request` with the member that is wrong; `service_not_found`; `conflict` when there is a client of that name.
pub(crate) async fn create_client(app: &App, new: NewClient, actor: Actor) -> Result<IssuedClient, Problem> {
    if app.durable.client(&new.client_id).await?.is_some() {
        return Err(taken());
    }
    let created = insert(app, &new, &actor.into()).await?;
    created.ok_or_else(taken)
}

/// `None`: there is one of that name.
pub(super) async fn insert(
    app: &App,
    new: &NewClient,
    writer: &Writer<'_, Client>,
) -> Result<Option<IssuedClient>, Problem> {
    let client = new_client(app, new).await?;
    match app.durable.service(&client.service_id).await? {
        Some(service) => check_ceiling(&client, &service.value)?,
        None => make_service(app, &client, new.service.clone(), writer).await?,
    }
    issue(app, client, writer, Authority::Operator).await
}

fn taken() -> Problem {
    Problem::new(Code::Conflict).detail("there is a client of that client_id")
}

async fn new_client(app: &App, new: &NewClient) -> Result<Client, Problem> {
    let mut base = Client::new(new.client_id.clone(), service_of(new)?, app.now());
    base.preset = new.preset.map(|preset| preset.as_str().to_owned());
    Ok(described(app, base, &new.description, Authority::Operator).await?)
}

/// The service that `service_id` names, or the one of the client's own name.
pub(super) fn service_of(new: &NewClient) -> Result<ServiceId, MetadataError> {
    let service_id = match new.description.get("service_id").and_then(Value::as_str) {
        Some(named) => ServiceId::parse(named),
        None => ServiceId::parse(new.client_id.as_str()),
    };
    service_id.map_err(|_| MetadataError::Missing("service_id", "client_id"))
}

/// The service that the phone shows: the client's name and scopes, the address that the operator gave.
async fn make_service(
    app: &App,
    client: &Client,
    service: Option<ServiceInput>,
    writer: &Writer<'_, Client>,
) -> Result<(), Problem> {
    let mut service = service.ok_or(Code::ServiceNotFound)?;
    service.service_id = client.service_id.clone();
    if service.allowed_scopes.is_empty() {
        service.allowed_scopes = catalogue_scopes(client);
    }
    if writer.is_plan {
        return Ok(service.check(app.config.demo, app.now()).map(|_| ())?);
    }
    create_service(app, &service, writer.actor.clone())
        .await
        .map(|_| ())
}

/// Registers a client that described itself (RFC 7591 3).
///
/// # Errors
/// `conflict` when there is a client of that name.
pub(crate) async fn add_client(app: &App, client: Client, actor: Actor) -> Result<IssuedClient, Problem> {
    let issued = issue(app, client, &actor.into(), Authority::Client).await?;
    issued.ok_or_else(taken)
}

async fn issue(
    app: &App,
    mut client: Client,
    writer: &Writer<'_, Client>,
    authority: Authority,
) -> Result<Option<IssuedClient>, Problem> {
    let secret = needs_secret(&client)
        .then(|| add_secret(&mut client))
        .transpose()?;
    let registration_token = match authority {
        Authority::Operator => None,
        Authority::Client => Some(set_registration_token(&mut client)?),
    };
    let written = write(app, client, Version(0), (writer, AuditEvent::ClientRegister, "")).await?;
    Ok(written.map(|client| IssuedClient {
        client,
        secret,
        registration_token,
    }))
}

/// A stored client, the disabled ones included.
///
/// # Errors
/// `not_found`.
pub(crate) async fn find_client(app: &App, client_id: &ClientId) -> Result<Arc<Versioned<Client>>, Problem> {
    app.durable.client(client_id).await?.ok_or_else(unknown)
}

pub(super) fn unknown() -> Problem {
    Problem::new(Code::NotFound).detail("there is no such client")
}

/// Changes a client for an operator: a JSON merge patch (RFC 7396) of its members, one level deep.
///
/// # Errors
/// As [`create_client`], `not_found`, and what the writer's condition says.
pub(crate) async fn patch_client<'a>(
    app: &App,
    client_id: &ClientId,
    patch: &Map<String, Value>,
    writer: impl Into<Writer<'a, Client>>,
) -> Result<IssuedClient, Problem> {
    let made = |client: &Client| {
        let mut members = Map::new();
        client.metadata().write(&mut members);
        client.operator_members().write(&mut members);
        for (name, value) in patch {
            // A null is read as absent.
            members.insert(name.clone(), value.clone());
        }
        let base = remade(client, Authority::Operator);
        Ok((base, members))
    };
    let (issued, _) = replace(app, client_id, (Authority::Operator, writer.into()), made).await?;
    Ok(issued)
}

/// Replaces what a client said of itself (RFC 7592 2.2); what operators said stays.
///
/// # Errors
/// As [`patch_client`].
pub(crate) async fn put_client(
    app: &App,
    client_id: &ClientId,
    description: &Map<String, Value>,
    actor: Actor,
) -> Result<IssuedClient, Problem> {
    let made = |client: &Client| Ok((remade(client, Authority::Client), description.clone()));
    let (issued, _) = replace(app, client_id, (Authority::Client, actor.into()), made).await?;
    Ok(issued)
}

/// Load, describe anew, commit; again when it changed meanwhile. What is so already is not written again.
pub(super) async fn replace(
    app: &App,
    client_id: &ClientId,
    (authority, writer): (Authority, Writer<'_, Client>),
    made: impl Fn(&Client) -> Result<(Client, Map<String, Value>), Problem> + Send,
) -> Result<(IssuedClient, Effect), Problem> {
    for _ in 0..TRIES {
        let found = app.durable.client(client_id).await?;
        (writer.guard)(found.as_deref())?;
        let found = found.ok_or_else(unknown)?;
        let (base, description) = made(&found.value)?;
        let mut client = described(app, base, &description, authority).await?;
        let service = app.durable.service(&client.service_id).await?;
        check_ceiling(&client, &service.ok_or(Code::ServiceNotFound)?.value)?;
        let secret = settle_secrets(&mut client)?;
        client.updated_at = found.value.updated_at;
        if client == found.value {
            let (client_id, expected) = (client_id.clone(), found.version);
            if writer
                .is_so(app, Change::RequireClient { client_id, expected })
                .await?
            {
                return Ok((plain((*found).clone(), None), Effect::Unchanged));
            }
            continue;
        }
        client.updated_at = app.now();
        let event = (&writer, AuditEvent::ClientUpdate, "updated");
        if let Some(written) = write(app, client, found.version, event).await? {
            return Ok((plain(written, secret), Effect::Changed));
        }
        forget().await;
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}

const fn plain(client: Versioned<Client>, secret: Option<Zeroizing<String>>) -> IssuedClient {
    IssuedClient {
        client,
        secret,
        registration_token: None,
    }
}

/// A method that needs a secret for the first time gets one; without such a method none is kept.
fn settle_secrets(client: &mut Client) -> Result<Option<Zeroizing<String>>, Problem> {
    match (needs_secret(client), client.secrets.is_empty()) {
        (true, true) => Ok(Some(add_secret(client)?)),
        (true, false) => Ok(None),
        (false, _) => {
            client.secrets.clear();
            Ok(None)
        }
    }
}

/// A client before it is described anew: its name, its secrets, and what the other authority said.
pub(super) fn remade(old: &Client, authority: Authority) -> Client {
    let mut base = Client::new(old.client_id.clone(), old.service_id.clone(), old.created_at);
    base.preset.clone_from(&old.preset);
    base.secrets.clone_from(&old.secrets);
    base.registration_token.clone_from(&old.registration_token);
    base.enabled = old.enabled;
    if authority == Authority::Client {
        base.operate(&old.operator_members());
        // These follow from the redirect URIs and from the method, which are said anew.
        base.origins = Vec::new();
        base.require_pkce = false;
    }
    base
}

/// Makes a new secret; the one before stays valid until the next rotation.
///
/// # Errors
/// `not_found`; `conflict` when the client authenticates without a secret.
pub(crate) async fn rotate_client_secret(
    app: &App,
    client_id: &ClientId,
    actor: Actor,
) -> Result<IssuedClient, Problem> {
    let writer = actor.into();
    for _ in 0..TRIES {
        let found = app.durable.client(client_id).await?.ok_or_else(unknown)?;
        let mut client = found.value.clone();
        if !needs_secret(&client) {
            return Err(Problem::new(Code::Conflict).detail("this client authenticates without a secret"));
        }
        let secret = Some(add_secret(&mut client)?);
        client.updated_at = app.now();
        let event = (&writer, AuditEvent::ClientUpdate, "secret_rotated");
        if let Some(written) = write(app, client, found.version, event).await? {
            return Ok(plain(written, secret));
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}

/// `None`: it changed since it was read.
async fn write(
    app: &App,
    client: Client,
    expected: Version,
    (writer, event, step): (&Writer<'_, Client>, AuditEvent, &'static str),
) -> Result<Option<Versioned<Client>>, Problem> {
    let mut fact = AuditFact::new(event, writer.actor.clone());
    if !step.is_empty() {
        fact = fact.with("step", step);
    }
    let change = Change::PutClient {
        client: Box::new(client.clone()),
        expected,
    };
    let is_written = writer.is_plan || commit(app, &client, change, fact).await?;
    Ok(is_written.then(|| Versioned {
        value: client,
        version: Version(expected.0.saturating_add(1)),
    }))
}

/// `false`: it changed since it was read.
pub(super) async fn commit(
    app: &App,
    client: &Client,
    change: Change,
    fact: AuditFact,
) -> Result<bool, Problem> {
    let fact = fact
        .for_service(&client.service_id)
        .with("client", client.client_id.as_str());
    let record = app.audit.record(&*app.durable, fact, app.now()).await?;
    let commit = Commit {
        changes: vec![change],
        audit: vec![record],
    };
    match app.durable.commit(commit).await {
        Ok(_) => {
            app.origins.forget();
            Ok(true)
        }
        Err(CommitError::Conflict) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
