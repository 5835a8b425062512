//! Asserting an address of a person for one client, and taking it back. A state that was replaced is used up in the same commit, so that
//! of two writers who saw the same one only one is admitted.

use idp_core::audit::{Actor, AuditEvent};
use idp_store::durable::{Consumption, ConsumptionKind};
use idp_store::{Change, Commit, CommitError, Version, Versioned};
use idp_types::{ClientId, TokenId};
use oidc::link::{LinkKind, is_address};

use super::{OpenLink, fact, first_of, key_of, open, removal, require_client, sealed};
use crate::app::App;
use crate::conditional::{Effect, Writer};
use crate::crypto::sha256_hex;
use crate::problem::{Code, Problem};

/// How often a decision is made again because the link changed meanwhile.
const TRIES: usize = 5;

/// How long a replaced state is remembered, in seconds: longer than any request that read it takes.
const REMEMBERED_SECONDS: i64 = 3_600;

/// The address of a person for a client, as it is stored. A link has no version: its seal is another one each time it is made.
///
/// # Errors
/// The store's problems.
pub(crate) async fn find_address(
    app: &App,
    (client_id, token_id): (&ClientId, &TokenId),
) -> Result<Option<Versioned<OpenLink>>, Problem> {
    let first = first_of(app, token_id).await?;
    let key = key_of(app, LinkKind::Address, first.as_str());
    let found = app
        .durable
        .account_link(LinkKind::Address, &key, client_id)
        .await?;
    Ok(found.map(|link| Versioned {
        value: OpenLink {
            value: open(app, &link),
            link,
        },
        version: Version(1),
    }))
}

/// Asserts an address, in place of the one before.
///
/// # Errors
/// `invalid_request` naming the member, `not_found` for a client that is not registered; what the writer's condition says.
pub(crate) async fn put_address<'a>(
    app: &App,
    (client_id, token_id): (&ClientId, &TokenId),
    address: &str,
    writer: impl Into<Writer<'a, OpenLink>>,
) -> Result<(OpenLink, Effect), Problem> {
    if !is_address(address) {
        return Err(Problem::new(Code::InvalidRequest)
            .detail("email is not one address")
            .with("member", "email"));
    }
    require_client(app, client_id).await?;
    let writer = writer.into();
    let first = first_of(app, token_id).await?;
    for _ in 0..TRIES {
        let found = find_address(app, (client_id, token_id)).await?;
        (writer.guard)(found.as_ref())?;
        let before = found.map(|found| found.value);
        if let Some(before) = before
            .as_ref()
            .filter(|before| before.value.as_deref() == Some(address))
        {
            return Ok((before.clone(), Effect::Unchanged));
        }
        let names = (client_id, &first);
        let mut link = sealed(app, LinkKind::Address, names, (first.as_str(), address))?;
        link.made_by = match &writer.actor {
            Actor::Operator(name) => Some(name.to_string()),
            _ => None,
        };
        let made = OpenLink {
            link: link.clone(),
            value: Some(address.to_owned()),
        };
        let link = Box::new(link);
        let put = match before {
            None => Change::AddAccountLink { link },
            Some(_) => Change::PutAccountLink { link },
        };
        let event = (AuditEvent::LinkCreate, writer.actor.clone());
        if writer.is_plan || commit(app, (put, &made), before.as_ref(), event).await? {
            let effect = before.map_or(Effect::Created, |_| Effect::Changed);
            return Ok((made, effect));
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}

/// Takes the address back that was asserted of a person for a client.
///
/// # Errors
/// `not_found` when there is none; what the writer's condition says.
pub(crate) async fn remove_address<'a>(
    app: &App,
    whose: (&ClientId, &TokenId),
    writer: impl Into<Writer<'a, OpenLink>>,
) -> Result<(), Problem> {
    let writer = writer.into();
    for _ in 0..TRIES {
        let found = find_address(app, whose).await?;
        (writer.guard)(found.as_ref())?;
        let link = found.ok_or(Code::NotFound)?.value;
        let remove = removal(link.link.clone());
        let event = (AuditEvent::LinkRemove, writer.actor.clone());
        if commit(app, (remove, &link), Some(&link), event).await? {
            return Ok(());
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}

/// `false`: somebody made one where there was none, or replaced what was there before.
async fn commit(
    app: &App,
    (change, about): (Change, &OpenLink),
    before: Option<&OpenLink>,
    (event, actor): (AuditEvent, Actor),
) -> Result<bool, Problem> {
    let mut fact = fact(event, actor, &about.link);
    if event == AuditEvent::LinkRemove {
        fact = fact.with("count", "1");
    }
    let mut changes = vec![change];
    changes.extend(before.map(|before| {
        Change::Consume(Consumption {
            kind: ConsumptionKind::AccountLink,
            id: sha256_hex(before.link.sealed.as_bytes()),
            expires_at: app.now().plus_seconds(REMEMBERED_SECONDS),
        })
    }));
    let audit = vec![app.audit.record(&*app.durable, fact, app.now()).await?];
    match app.durable.commit(Commit { changes, audit }).await {
        Ok(_) => Ok(true),
        Err(CommitError::AlreadyConsumed | CommitError::Conflict) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
