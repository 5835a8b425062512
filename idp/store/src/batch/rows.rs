//! What the admitted commits of a batch write: what every login writes gathered by table, the rarer changes in their order.

use std::collections::BTreeMap;

use idp_types::{ClientId, DeviceId, Timestamp, TokenId};
use oidc::{BrowserSession, Grant, GrantId};

use super::revocation::{Revocation, Whose, is_of_holder};
use crate::Version;
use crate::cache::Withdrawal;
use crate::durable::{AuditRecord, ChainHead, Change, Commit, Consumption, SessionOutcome, TokenStatus};

/// An audit record with its place in the chain.
#[derive(Debug)]
pub struct AuditRow<'a> {
    /// The record.
    pub record: &'a AuditRecord,
    /// Its place.
    pub sequence: u64,
    /// Its hash.
    pub hash: [u8; 32],
    /// The octets that were hashed.
    pub canonical: Vec<u8>,
}

/// A token's entry with its place in the order of tokens and revocations.
#[derive(Debug)]
pub struct TokenRow<'a> {
    /// The entry.
    pub status: &'a TokenStatus,
    /// The last revocation, of whatever, before it was issued.
    pub after_revocation: u64,
    /// Whether it was revoked by itself in the same batch.
    pub revoked: bool,
}

/// A versioned record, in the last version that the batch gives it.
#[derive(Debug)]
pub struct VersionedRow<'a, T> {
    /// The record.
    pub record: &'a T,
    /// Its version.
    pub version: u64,
    /// Whether the database has no earlier version of it.
    pub is_new: bool,
}

/// Grants that are written, in the order of their identifiers, each with when it was revoked.
pub type GrantRows<'a> = BTreeMap<&'a str, (VersionedRow<'a, Grant>, Option<Timestamp>)>;

/// Browsers' sessions that are written, in the order of their identifiers.
pub type SessionRows<'a> = BTreeMap<&'a str, VersionedRow<'a, BrowserSession>>;

/// The rows of a batch. Changes and revocations concern what is stored, so they are to be written before what the batch adds.
#[derive(Debug, Default)]
pub struct Rows<'a> {
    /// The rarer changes.
    pub changes: Vec<&'a Change>,
    /// Revocations.
    pub revocations: Vec<Revocation<'a>>,
    /// Used identifiers.
    pub consumptions: Vec<&'a Consumption>,
    /// Ended sessions.
    pub outcomes: Vec<&'a SessionOutcome>,
    /// Issued tokens.
    pub tokens: Vec<TokenRow<'a>>,
    /// Grants.
    pub grants: GrantRows<'a>,
    /// Browsers' sessions.
    pub sessions: SessionRows<'a>,
    /// The records of all of them.
    pub audit: Vec<AuditRow<'a>>,
    /// The sequence of the last revocation.
    revocation: u64,
}

impl<'a> Rows<'a> {
    /// The rows of a batch that begins after this revocation.
    pub(super) fn after(revocation: u64) -> Self {
        Self {
            revocation,
            ..Self::default()
        }
    }

    /// Adds what an admitted commit changes.
    pub(super) fn extend(&mut self, commit: &'a Commit) {
        for change in &commit.changes {
            match change {
                Change::Consume(consumption) => self.consumptions.push(consumption),
                Change::ResolveSession(outcome) => self.outcomes.push(outcome),
                Change::IssueToken(status) => self.tokens.push(TokenRow {
                    status,
                    after_revocation: self.revocation,
                    revoked: false,
                }),
                Change::PutGrant { grant, expected } => self.put_grant(grant, *expected),
                Change::PutBrowserSession { session, expected } => self.put_session(session, *expected),
                Change::RequireActiveDevice { .. }
                | Change::RequireService { .. }
                | Change::RequireClient { .. } => {}
                Change::RevokeTokens { token_id, device_id } => {
                    self.forget_grants_of(token_id, device_id.as_ref());
                    self.revoke(Whose::Holder(token_id, device_id.as_ref()));
                }
                Change::RevokeGrant { grant_id, at } => {
                    self.revoke_grant(grant_id, *at);
                    self.revoke(Whose::Grant(grant_id, Some(*at)));
                }
                Change::RevokeSession { sid } => self.revoke(Whose::Session(sid)),
                Change::RevokeToken { list, index } => self.revoke_one(*list, *index),
                Change::RemoveClient { client_id, .. } => {
                    for grant_id in self.forget_grants_for(client_id) {
                        self.revoke(Whose::Grant(grant_id, None));
                    }
                    self.revoke(Whose::Client(client_id));
                    self.changes.push(change);
                }
                _ => self.changes.push(change),
            }
        }
    }

    /// Adds a record that the chain's head has just moved on to.
    pub(super) fn record(&mut self, record: &'a AuditRecord, canonical: Vec<u8>, head: &ChainHead) {
        self.audit.push(AuditRow {
            record,
            sequence: head.sequence,
            hash: head.hash,
            canonical,
        });
    }

    /// Which cached records the rows replace; none, as in a login.
    pub fn withdrawal(&self) -> Withdrawal {
        let mut withdrawal = Withdrawal {
            sessions: self.sessions.keys().map(|id| (*id).to_owned()).collect(),
            every_token: !self.revocations.is_empty(),
            ..Withdrawal::default()
        };
        for change in &self.changes {
            match change {
                Change::PutHolder { holder, .. } => withdrawal.holders.push(holder.token_id.clone()),
                Change::PutService { service, .. } => withdrawal.services.push(service.service_id.clone()),
                Change::PutClient { client, .. } => withdrawal.clients.push(client.client_id.clone()),
                Change::RemoveClient { client_id, .. } => withdrawal.clients.push(client_id.clone()),
                Change::PutServiceProvider { provider, .. } => {
                    withdrawal.service_providers.push(provider.entity_id.clone());
                }
                Change::RemoveServiceProvider { entity_id, .. } => {
                    withdrawal.service_providers.push(entity_id.clone());
                }
                _ => {}
            }
        }
        withdrawal
    }

    fn put_grant(&mut self, grant: &'a Grant, expected: Version) {
        let id = grant.grant_id.as_str();
        let was_new = self.grants.get(id).is_some_and(|(row, _)| row.is_new);
        let row = VersionedRow::after(grant, expected, was_new);
        self.grants.insert(id, (row, grant.revoked_at));
    }

    fn put_session(&mut self, session: &'a BrowserSession, expected: Version) {
        let was_new = self
            .sessions
            .get(session.id.as_str())
            .is_some_and(|row| row.is_new);
        self.sessions
            .insert(&session.id, VersionedRow::after(session, expected, was_new));
    }

    fn revoke_grant(&mut self, grant_id: &GrantId, at: Timestamp) {
        if let Some((row, revoked_at)) = self.grants.get_mut(grant_id.as_str()) {
            row.version = row.version.saturating_add(1);
            revoked_at.get_or_insert(at);
        }
    }

    fn forget_grants_of(&mut self, token_id: &TokenId, device_id: Option<&DeviceId>) {
        self.grants
            .retain(|_, (row, _)| !is_of_holder(row.record, token_id, device_id));
    }

    /// Which ones they were.
    fn forget_grants_for(&mut self, client_id: &ClientId) -> Vec<&'a GrantId> {
        let forgotten = self
            .grants
            .extract_if(.., |_, (row, _)| row.record.client_id == *client_id);
        forgotten.map(|(_, (row, _))| &row.record.grant_id).collect()
    }

    /// What this batch issued before is at a lower sequence, like what is stored.
    fn revoke(&mut self, whose: Whose<'a>) {
        self.revocation += 1;
        self.push(whose);
    }

    fn push(&mut self, whose: Whose<'a>) {
        let issued = self.tokens.iter().map(|token| token.status.expires_at);
        self.revocations.push(Revocation {
            sequence: self.revocation,
            latest: issued.max().unwrap_or_default(),
            whose,
        });
    }

    fn revoke_one(&mut self, list: u32, index: u32) {
        let mut tokens = self.tokens.iter_mut();
        match tokens.find(|token| (token.status.list, token.status.index) == (list, index)) {
            Some(token) => token.revoked = true,
            None => self.push(Whose::Token(list, index)),
        }
    }
}

impl<'a, T> VersionedRow<'a, T> {
    fn after(record: &'a T, expected: Version, was_new: bool) -> Self {
        Self {
            record,
            version: expected.0.saturating_add(1),
            is_new: was_new || expected == Version(0),
        }
    }
}
