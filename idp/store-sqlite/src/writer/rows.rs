//! What the admitted commits of a batch write.

use idp_store::StoreError;
use idp_store::durable::{AuditRecord, Change, Commit, Consumption, SessionOutcome, TokenStatus};
use idp_types::TokenId;
use oidc::GrantId;
use sqlx::SqliteConnection;

use super::federation::{Grants, Sessions, grants_insert, sessions_insert};
use super::insert::{Insert, Script};
use super::records;
use super::revocations::{Revocation, Whose};
use crate::row::integer;
use crate::row::outcome::status_name;

/// An audit record with its place in the chain.
pub(super) struct AuditRow<'a> {
    pub(super) record: &'a AuditRecord,
    pub(super) event: &'static str,
    pub(super) sequence: u64,
    pub(super) hash: [u8; 32],
    pub(super) canonical: Vec<u8>,
}

struct TokenRow<'a> {
    status: &'a TokenStatus,
    after_revocation: u64,
    revoked: bool,
}

/// The rows of a batch. What every login writes is gathered by table; `changes` are the rarer ones, in their order.
#[derive(Default)]
pub(super) struct Rows<'a> {
    consumptions: Vec<&'a Consumption>,
    outcomes: Vec<&'a SessionOutcome>,
    tokens: Vec<TokenRow<'a>>,
    grants: Grants<'a>,
    sessions: Sessions<'a>,
    /// The sequence of the last revocation.
    revocation: u64,
    pub(super) revocations: Vec<Revocation<'a>>,
    pub(super) changes: Vec<&'a Change>,
    pub(super) audit: Vec<AuditRow<'a>>,
}

/// The bulk statements of the writer.
pub(super) struct Statements {
    consumptions: Insert,
    outcomes: Insert,
    tokens: Insert,
    grants: Insert,
    sessions: Insert,
    audit: Insert,
}

impl Default for Statements {
    fn default() -> Self {
        Self {
            consumptions: Insert::new("INSERT OR FAIL INTO consumptions (kind, id, expires_at)", 3),
            outcomes: Insert::new(
                "INSERT OR FAIL INTO session_outcomes
                 (session_id, token_id, service_id, status, initiated_at, resolved_at)",
                6,
            ),
            tokens: Insert::new(
                "INSERT OR FAIL INTO token_statuses
                 (list, place, token_id, device_id, grant_id, after_revocation, expires_at, revoked)",
                8,
            ),
            grants: grants_insert(),
            sessions: sessions_insert(),
            audit: Insert::new(
                "INSERT OR FAIL INTO audit_records
                 (chain_id, sequence, at, event, subject, session_id, hash, canonical)",
                8,
            ),
        }
    }
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
                Change::PutGrant { grant, expected } => self.grants.put(grant, *expected),
                Change::PutBrowserSession { session, expected } => self.sessions.put(session, *expected),
                Change::RequireActiveDevice { .. } => {}
                Change::RevokeTokens { token_id, device_id } => {
                    self.grants.forget_holder(token_id, device_id.as_ref());
                    self.revoke(Whose::Holder(token_id, device_id.as_ref()));
                }
                Change::RevokeGrant { grant_id, at } => {
                    self.grants.revoke(grant_id, *at);
                    self.revoke(Whose::Grant(grant_id, Some(*at)));
                }
                Change::RevokeToken { list, index } => self.revoke_one(*list, *index),
                Change::RemoveClient { client_id, .. } => {
                    for grant_id in self.grants.forget_client(client_id) {
                        self.revoke(Whose::Grant(grant_id, None));
                    }
                    self.revoke(Whose::Client(client_id));
                    self.changes.push(change);
                }
                _ => self.changes.push(change),
            }
        }
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

    /// Writes everything and commits. Changes and revocations concern what is stored, so they come before what this batch adds.
    pub(super) async fn commit(
        &self,
        connection: &mut SqliteConnection,
        chain_id: i64,
        statements: &Statements,
    ) -> Result<(), StoreError> {
        for change in &self.changes {
            records::apply(connection, change).await?;
        }
        for revocation in &self.revocations {
            revocation.apply(connection).await?;
        }
        let mut script = Script::default();
        self.add_login(&mut script, statements)?;
        self.grants.add_to(&mut script, &statements.grants)?;
        self.sessions.add_to(&mut script, &statements.sessions)?;
        script.insert(&statements.audit, &self.audit, |script, row| {
            script
                .bind(chain_id)?
                .bind(integer(row.sequence)?)?
                .bind(row.record.at.unix_millis())?
                .bind(row.event)?
                .bind(row.record.subject.as_deref())?
                .bind(row.record.session_id.as_ref().map(AsRef::<str>::as_ref))?
                .bind(row.hash.as_slice())?
                .bind(row.canonical.as_slice())
                .map(drop)
        })?;
        script.commit(connection).await
    }

    fn add_login(&self, script: &mut Script, statements: &Statements) -> Result<(), StoreError> {
        script.insert(&statements.consumptions, &self.consumptions, |script, row| {
            script
                .bind(row.kind.as_str())?
                .bind(row.id.as_str())?
                .bind(row.expires_at.unix_millis())
                .map(drop)
        })?;
        script.insert(&statements.outcomes, &self.outcomes, |script, row| {
            script
                .bind(row.session_id.as_str())?
                .bind(row.token_id.as_ref().map(TokenId::as_str))?
                .bind(row.service_id.as_str())?
                .bind(status_name(row.status))?
                .bind(row.initiated_at.unix_millis())?
                .bind(row.resolved_at.unix_millis())
                .map(drop)
        })?;
        script.insert(&statements.tokens, &self.tokens, |script, row| {
            script
                .bind(row.status.list)?
                .bind(row.status.index)?
                .bind(row.status.holder.as_ref().map(|(token_id, _)| token_id.as_str()))?
                .bind(
                    row.status
                        .holder
                        .as_ref()
                        .map(|(_, device_id)| device_id.as_str()),
                )?
                .bind(row.status.grant_id.as_ref().map(GrantId::as_str))?
                .bind(integer(row.after_revocation)?)?
                .bind(row.status.expires_at.unix_millis())?
                .bind(row.revoked)
                .map(drop)
        })
    }
}
