//! What a batch depends on: the keys of its commits, to be asked for at once.

use std::collections::HashMap;

use crate::durable::{ChainHead, Change, Commit, ConsumptionKind};

/// Something whose state admits or refuses a change. A borrowed name: it lives as long as the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key<'a> {
    /// An approval session that ended.
    Session(&'a str),
    /// A used identifier.
    Consumption(ConsumptionKind, &'a str),
    /// A token's list and entry.
    TokenPlace(u32, u32),
    /// A credential's list and entry.
    CredentialPlace(u32, u32),
    /// A device of a holder.
    Device(&'a str, &'a str),
    /// A holder.
    Holder(&'a str),
    /// A service.
    Service(&'a str),
    /// A supersession, by the old tokenId.
    Supersession(&'a str),
    /// A client.
    Client(&'a str),
    /// A grant.
    Grant(&'a str),
    /// A browser's session.
    BrowserSession(&'a str),
    /// A SAML service provider.
    ServiceProvider(&'a str),
    /// A sealed document.
    SealedDocument(&'a str),
    /// An account link: its kind, what it is looked up by, and its client.
    AccountLink(&'static str, &'a str, &'a str),
}

/// The kinds of keys.
pub const KINDS: usize = 14;

/// The state of each key as a number: a version, or one for "used" and "active". What is not in the map is at zero.
pub type Facts<'a> = HashMap<Key<'a>, u64>;

/// What the database says before a batch.
#[derive(Debug)]
pub struct Known<'a> {
    /// The state of every key that the batch depends on.
    pub facts: Facts<'a>,
    /// The sequence of the last revocation.
    pub revocation: u64,
    /// Where this process' chain ends.
    pub head: ChainHead,
}

impl<'a> Key<'a> {
    /// What a change depends on.
    pub fn of(change: &'a Change) -> Option<Self> {
        Some(match change {
            Change::Consume(consumption) => Key::Consumption(consumption.kind, &consumption.id),
            Change::ResolveSession(outcome) => Key::Session(outcome.session_id.as_str()),
            Change::RequireActiveDevice { token_id, device_id } => {
                Key::Device(token_id.as_str(), device_id.as_str())
            }
            Change::PutHolder { holder, .. } => Key::Holder(holder.token_id.as_str()),
            Change::PutService { service, .. } => Key::Service(service.service_id.as_str()),
            Change::IssueToken(status) => Key::TokenPlace(status.list, status.index),
            Change::IssueCredential(status) => Key::CredentialPlace(status.list, status.index),
            Change::PutSupersession { supersession, .. } => Key::Supersession(supersession.token_id.as_str()),
            Change::PutClient { client, .. } => Key::Client(client.client_id.as_str()),
            Change::RemoveClient { client_id, .. } | Change::RequireClient { client_id, .. } => {
                Key::Client(client_id.as_str())
            }
            Change::PutGrant { grant, .. } => Key::Grant(grant.grant_id.as_str()),
            Change::PutBrowserSession { session, .. } => Key::BrowserSession(&session.id),
            Change::PutServiceProvider { provider, .. } => Key::ServiceProvider(provider.entity_id.as_str()),
            Change::RemoveServiceProvider { entity_id, .. } => Key::ServiceProvider(entity_id.as_str()),
            Change::PutSealedDocument { name, .. } => Key::SealedDocument(name),
            Change::RequireService { service_id, .. } => Key::Service(service_id.as_str()),
            Change::PutAccountLink { link } | Change::AddAccountLink { link } => {
                Key::AccountLink(link.kind.as_str(), &link.key, link.client_id.as_str())
            }
            Change::RemoveAccountLink { kind, key, client_id } => {
                Key::AccountLink(kind.as_str(), key, client_id.as_str())
            }
            Change::RevokeTokens { .. }
            | Change::PutEnrolmentCode(_)
            | Change::PutSubjectKey(_)
            | Change::EraseSubjectKey { .. }
            | Change::PutMark { .. }
            | Change::RevokeToken { .. }
            | Change::RevokeGrant { .. }
            | Change::RevokeSession { .. }
            | Change::RevokeCredentials { .. }
            | Change::PutLogoutDelivery { .. }
            | Change::RemoveLogoutDelivery { .. } => return None,
        })
    }

    /// Its kind, below [`KINDS`].
    pub const fn kind(&self) -> usize {
        match self {
            Key::Session(_) => 0,
            Key::Consumption(..) => 1,
            Key::TokenPlace(..) => 2,
            Key::Device(..) => 3,
            Key::Holder(_) => 4,
            Key::Service(_) => 5,
            Key::Supersession(_) => 6,
            Key::Client(_) => 7,
            Key::Grant(_) => 8,
            Key::BrowserSession(_) => 9,
            Key::ServiceProvider(_) => 10,
            Key::SealedDocument(_) => 11,
            Key::CredentialPlace(..) => 12,
            Key::AccountLink(..) => 13,
        }
    }
}

/// The keys of a batch by their kind, each in order and once.
#[derive(Debug, Default)]
pub struct Questions<'a> {
    kinds: [Vec<Key<'a>>; KINDS],
}

impl<'a> Questions<'a> {
    /// What these commits depend on.
    pub fn of(commits: &'a [Commit]) -> Self {
        let mut questions = Self::default();
        for key in commits
            .iter()
            .flat_map(|commit| &commit.changes)
            .filter_map(Key::of)
        {
            if let Some(keys) = questions.kinds.get_mut(key.kind()) {
                keys.push(key);
            }
        }
        for keys in &mut questions.kinds {
            keys.sort_unstable();
            keys.dedup();
        }
        questions
    }

    /// The keys, kind by kind.
    pub fn kinds(&self) -> impl Iterator<Item = &[Key<'a>]> {
        self.kinds.iter().map(Vec::as_slice)
    }

    /// Who asked: the key at this place among those of its kind.
    pub fn key(&self, kind: usize, place: usize) -> Option<Key<'a>> {
        self.kinds.get(kind)?.get(place).copied()
    }
}
