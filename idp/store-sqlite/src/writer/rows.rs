//! What the admitted commits of a batch write.

use idp_store::StoreError;
use idp_store::durable::{AuditRecord, Change, Commit, Consumption, SessionOutcome, TokenStatus};
use idp_types::{DeviceId, TokenId};

use super::insert::Insert;
use super::{WriteTransaction, records};
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
    revoked: bool,
}

/// The rows of a batch. What every login writes is gathered by table; `changes` are the rarer ones, in their order.
#[derive(Default)]
pub(super) struct Rows<'a> {
    consumptions: Vec<&'a Consumption>,
    outcomes: Vec<&'a SessionOutcome>,
    tokens: Vec<TokenRow<'a>>,
    pub(super) changes: Vec<&'a Change>,
    pub(super) audit: Vec<AuditRow<'a>>,
}

/// The bulk statements of the writer.
pub(super) struct Statements {
    consumptions: Insert,
    outcomes: Insert,
    tokens: Insert,
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
                "INSERT OR FAIL INTO token_statuses (list, place, token_id, device_id, expires_at, revoked)",
                6,
            ),
            audit: Insert::new(
                "INSERT OR FAIL INTO audit_records
                 (chain_id, sequence, at, event, subject, session_id, hash, canonical)",
                8,
            ),
        }
    }
}

impl<'a> Rows<'a> {
    /// Adds what an admitted commit changes.
    pub(super) fn extend(&mut self, commit: &'a Commit) {
        for change in &commit.changes {
            match change {
                Change::Consume(consumption) => self.consumptions.push(consumption),
                Change::ResolveSession(outcome) => self.outcomes.push(outcome),
                Change::IssueToken(status) => self.tokens.push(TokenRow {
                    status,
                    revoked: false,
                }),
                Change::RequireActiveDevice { .. } => {}
                Change::RevokeTokens { token_id, device_id } => {
                    self.revoke(token_id, device_id.as_ref());
                    self.changes.push(change);
                }
                _ => self.changes.push(change),
            }
        }
    }

    /// Tokens that this batch issued before are revoked here; those that it issues afterwards are not.
    fn revoke(&mut self, token_id: &TokenId, device_id: Option<&DeviceId>) {
        for token in &mut self.tokens {
            let is_of_device = device_id.is_none_or(|device_id| token.status.device_id == *device_id);
            token.revoked |= token.status.token_id == *token_id && is_of_device;
        }
    }

    /// Writes everything. The revocations among `changes` concern stored tokens, so they come before this batch's.
    pub(super) async fn write(
        &self,
        transaction: &mut WriteTransaction<'_>,
        chain_id: i64,
        statements: &Statements,
    ) -> Result<(), StoreError> {
        for change in &self.changes {
            records::apply(transaction, change).await?;
        }
        self.write_login(transaction, statements).await?;
        let audit = statements.audit.run(transaction, &self.audit, |binder, row| {
            binder
                .bind(chain_id)?
                .bind(integer(row.sequence)?)?
                .bind(row.record.at.unix_millis())?
                .bind(row.event)?
                .bind(row.record.subject.as_deref())?
                .bind(row.record.session_id.as_ref().map(AsRef::<str>::as_ref))?
                .bind(row.hash.as_slice())?
                .bind(row.canonical.as_slice())
                .map(drop)
        });
        audit.await
    }

    async fn write_login(
        &self,
        transaction: &mut WriteTransaction<'_>,
        statements: &Statements,
    ) -> Result<(), StoreError> {
        let consumptions = statements
            .consumptions
            .run(transaction, &self.consumptions, |binder, row| {
                binder
                    .bind(row.kind.as_str())?
                    .bind(row.id.as_str())?
                    .bind(row.expires_at.unix_millis())
                    .map(drop)
            });
        consumptions.await?;
        let outcomes = statements
            .outcomes
            .run(transaction, &self.outcomes, |binder, row| {
                binder
                    .bind(row.session_id.as_str())?
                    .bind(row.token_id.as_ref().map(TokenId::as_str))?
                    .bind(row.service_id.as_str())?
                    .bind(status_name(row.status))?
                    .bind(row.initiated_at.unix_millis())?
                    .bind(row.resolved_at.unix_millis())
                    .map(drop)
            });
        outcomes.await?;
        let tokens = statements.tokens.run(transaction, &self.tokens, |binder, row| {
            binder
                .bind(row.status.list)?
                .bind(row.status.index)?
                .bind(row.status.token_id.as_str())?
                .bind(row.status.device_id.as_str())?
                .bind(row.status.expires_at.unix_millis())?
                .bind(row.revoked)
                .map(drop)
        });
        tokens.await
    }
}
