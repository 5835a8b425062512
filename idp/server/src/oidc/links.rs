//! Account links (profile 8): what an operator asserted of a tokenId for one client, and which accounts of a foreign directory are
//! whose. They are the one thing about people that the server keeps (profile 1): sealed under the server's key, looked up by keyed
//! digests, and deleted on request, with the client, or when the holder is forgotten.
//!
//! A link belongs to the first tokenId of a chain, so that it holds when a new seal takes over from an old one (profile 11).

mod write;

use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_store::durable::{LinkFilter, Page};
use idp_store::{Change, Commit};
use idp_types::encoding::{base64url, from_base64url, lowerhex};
use idp_types::{ClientId, Timestamp, TokenId};
use oidc::link::{AccountLink, LinkKind};

pub(crate) use write::{find_address, put_address, remove_address};

use super::derived;
use crate::app::App;
use crate::problem::{Code, Problem};
use crate::saml::participant::is_provider;

/// Rows of one question to the store.
const ROWS: u32 = 100;

/// A link as operators see it, opened.
#[derive(Debug, Clone)]
pub(crate) struct OpenLink {
    /// The link.
    pub(crate) link: AccountLink,
    /// The address, or issuer, tenant and account on a line each; absent when the server's key changed since.
    pub(crate) value: Option<String>,
}

/// The address that an operator asserts of a person for this client.
///
/// # Errors
/// The store's problems.
pub(crate) async fn address_of(
    app: &App,
    client_id: &ClientId,
    first_token_id: &TokenId,
) -> Result<Option<String>, Problem> {
    let key = key_of(app, LinkKind::Address, first_token_id.as_str());
    let found = app
        .durable
        .account_link(LinkKind::Address, &key, client_id)
        .await?;
    Ok(found.and_then(|link| open(app, &link)))
}

/// Deletes what links a person to a client, of one kind or of both; how many there were.
///
/// # Errors
/// `not_found` when there is none; the store's problems.
pub(crate) async fn remove_links(
    app: &App,
    (client_id, token_id): (&ClientId, &TokenId),
    kind: Option<LinkKind>,
    actor: Actor,
) -> Result<usize, Problem> {
    let filter = LinkFilter {
        client_id: Some(client_id.clone()),
        token_id: Some(first_of(app, token_id).await?),
    };
    let mut links = all(app, &filter).await?;
    links.retain(|link| kind.is_none_or(|kind| kind == link.kind));
    let first = links.first().ok_or(Code::NotFound)?;
    let fact = fact(AuditEvent::LinkRemove, actor, first).with("count", links.len().to_string());
    let count = links.len();
    commit(app, links.into_iter().map(removal).collect(), fact).await?;
    Ok(count)
}

/// What deletes every link of a holder: part of the commit that forgets it.
///
/// # Errors
/// The store's problems.
pub(crate) async fn removals_of(app: &App, token_id: &TokenId) -> Result<Vec<Change>, Problem> {
    let filter = LinkFilter {
        client_id: None,
        token_id: Some(first_of(app, token_id).await?),
    };
    Ok(all(app, &filter).await?.into_iter().map(removal).collect())
}

/// A page of links, opened, and how many there are in all.
///
/// # Errors
/// The store's problems.
pub(crate) async fn list(
    app: &App,
    client_id: Option<ClientId>,
    token_id: Option<&TokenId>,
    page: Page,
) -> Result<(Vec<OpenLink>, u64), Problem> {
    let token_id = match token_id {
        Some(token_id) => Some(first_of(app, token_id).await?),
        None => None,
    };
    let filter = LinkFilter { client_id, token_id };
    let listing = app.durable.account_links(&filter, page).await?;
    let opened = listing.rows.into_iter().map(|link| OpenLink {
        value: open(app, &link),
        link,
    });
    Ok((opened.collect(), listing.total))
}

/// Whose a foreign account is, for this client: the first tokenId of the chain.
///
/// # Errors
/// The store's problems.
pub(crate) async fn holder_of_foreign(
    app: &App,
    client_id: &ClientId,
    name: &str,
) -> Result<Option<TokenId>, Problem> {
    let key = key_of(app, LinkKind::Foreign, name);
    let found = app
        .durable
        .account_link(LinkKind::Foreign, &key, client_id)
        .await?;
    Ok(found.map(|link| link.token_id))
}

/// The link of a foreign account that a person made with an approval, and the record of it: part of the commit that answers.
///
/// # Errors
/// `internal` when it cannot be sealed.
pub(crate) fn foreign_link(
    app: &App,
    (client_id, first_token_id): (&ClientId, &TokenId),
    name: &str,
) -> Result<(Change, AuditFact), Problem> {
    let link = sealed(app, LinkKind::Foreign, (client_id, first_token_id), (name, name))?;
    let fact = fact(AuditEvent::LinkCreate, Actor::Device, &link);
    Ok((Change::PutAccountLink { link: Box::new(link) }, fact))
}

fn key_of(app: &App, kind: LinkKind, name: &str) -> String {
    let label: &'static [u8] = match kind {
        LinkKind::Address => b"link-address",
        LinkKind::Foreign => b"link-foreign",
    };
    lowerhex(&derived::tag::<16>(app, label, name.as_bytes()))
}

/// What a sealed value is bound to: moved to another row it does not open.
fn context(link: &AccountLink) -> String {
    format!("link|{}|{}|{}", link.kind.as_str(), link.client_id, link.key)
}

fn sealed(
    app: &App,
    kind: LinkKind,
    (client_id, token_id): (&ClientId, &TokenId),
    (name, value): (&str, &str),
) -> Result<AccountLink, Problem> {
    let mut link = AccountLink {
        kind,
        key: key_of(app, kind, name),
        client_id: client_id.clone(),
        token_id: token_id.clone(),
        sealed: String::new(),
        made_by: None,
        created_at: app.now(),
    };
    let sealed = app
        .audit
        .storage()
        .seal(context(&link).as_bytes(), value.as_bytes())?;
    link.sealed = base64url(&sealed);
    Ok(link)
}

fn open(app: &App, link: &AccountLink) -> Option<String> {
    let sealed = from_base64url(&link.sealed)?;
    let plain = app.audit.storage().open(context(link).as_bytes(), &sealed).ok()?;
    String::from_utf8(plain).ok()
}

fn removal(link: AccountLink) -> Change {
    Change::RemoveAccountLink {
        kind: link.kind,
        key: link.key,
        client_id: link.client_id,
    }
}

/// The first tokenId of the chain; somebody who is not enrolled yet begins one.
async fn first_of(app: &App, token_id: &TokenId) -> Result<TokenId, Problem> {
    let holder = app.durable.holder(token_id).await?;
    Ok(holder.map_or_else(|| token_id.clone(), |holder| holder.value.first_token_id.clone()))
}

async fn require_client(app: &App, client_id: &ClientId) -> Result<(), Problem> {
    let is_known = if is_provider(client_id) {
        crate::saml::providers::is_handle(app, client_id.as_str()).await?
    } else {
        app.durable.client(client_id).await?.is_some()
    };
    if is_known {
        Ok(())
    } else {
        Err(Problem::new(Code::NotFound).detail("there is no such client"))
    }
}

async fn all(app: &App, filter: &LinkFilter) -> Result<Vec<AccountLink>, Problem> {
    let mut links = Vec::new();
    for number in 1.. {
        let page = Page { number, limit: ROWS };
        let listing = app.durable.account_links(filter, page).await?;
        let is_last = listing.rows.len() < ROWS as usize;
        links.extend(listing.rows);
        if is_last {
            break;
        }
    }
    Ok(links)
}

fn fact(event: AuditEvent, actor: Actor, link: &AccountLink) -> AuditFact {
    AuditFact::new(event, actor)
        .about(&link.token_id)
        .with("client", link.client_id.as_str())
        .with("kind", link.kind.as_str())
}

async fn commit(app: &App, changes: Vec<Change>, fact: AuditFact) -> Result<(), Problem> {
    let audit = vec![app.audit.record(&*app.durable, fact, app.now()).await?];
    app.durable.commit(Commit { changes, audit }).await?;
    Ok(())
}

/// A link on the wire: for operators alone.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LinkView {
    /// `address` or `foreign`.
    kind: &'static str,
    /// For which client.
    client_id: String,
    /// The first tokenId of the person's chain.
    token_id: String,
    /// The address that an operator asserts.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// The foreign account: issuer, tenant and object.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    account: Vec<String>,
    /// The operator who made it; absent when the person did.
    #[serde(skip_serializing_if = "Option::is_none")]
    made_by: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<OpenLink> for LinkView {
    fn from(open: OpenLink) -> Self {
        let OpenLink { link, value } = open;
        let lines = |text: &str| text.lines().map(str::to_owned).collect();
        let (email, account) = match link.kind {
            LinkKind::Address => (value, Vec::new()),
            LinkKind::Foreign => (None, value.as_deref().map(lines).unwrap_or_default()),
        };
        Self {
            kind: link.kind.as_str(),
            client_id: link.client_id.to_string(),
            token_id: link.token_id.to_string(),
            email,
            account,
            made_by: link.made_by,
            created_at: link.created_at,
        }
    }
}

impl LinkView {
    /// Kind, client, tokenId and value, for a table.
    pub(crate) fn row(&self) -> [String; 4] {
        let value = self.email.clone().unwrap_or_else(|| self.account.join(" "));
        [
            self.kind.to_owned(),
            self.client_id.clone(),
            self.token_id.clone(),
            value,
        ]
    }
}
