//! The decision on a batch, in memory: each commit against the database and against what the commits before it did.

use std::collections::HashMap;

use idp_core::enrolment::Holder;
use oidc::Grant;

use super::key::{Facts, Key};
use super::revocation::is_of_holder;
use crate::Version;
use crate::document::holder::is_active;
use crate::durable::{Change, Commit, CommitError};

/// The state of the keys, with what was admitted so far. A commit is tried on a draft, which is kept or thrown away as a whole.
pub(super) struct Ledger<'a> {
    facts: Facts<'a>,
    holders: HashMap<&'a str, &'a Holder>,
    draft: Vec<(Key<'a>, u64)>,
    draft_holders: Vec<&'a Holder>,
    /// What may have ended grants, in order.
    ends: Vec<&'a Change>,
    /// How many of these came before the last version of a grant.
    grants: HashMap<&'a str, usize>,
    draft_grants: Vec<(&'a str, usize)>,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(facts: Facts<'a>) -> Self {
        Self {
            facts,
            holders: HashMap::new(),
            draft: Vec::new(),
            draft_holders: Vec::new(),
            ends: Vec::new(),
            grants: HashMap::new(),
            draft_grants: Vec::new(),
        }
    }

    /// Admits all of a commit, or nothing of it.
    pub(super) fn admit(&mut self, commit: &'a Commit) -> Result<(), CommitError> {
        let ends = self.ends.len();
        let verdict = commit
            .changes
            .iter()
            .try_for_each(|change| self.try_change(change));
        if verdict.is_ok() {
            self.facts.extend(self.draft.drain(..));
            let holders = self.draft_holders.drain(..);
            self.holders
                .extend(holders.map(|holder| (holder.token_id.as_str(), holder)));
            self.grants.extend(self.draft_grants.drain(..));
        } else {
            self.draft.clear();
            self.draft_holders.clear();
            self.draft_grants.clear();
            self.ends.truncate(ends);
        }
        verdict
    }

    fn try_change(&mut self, change: &'a Change) -> Result<(), CommitError> {
        if matches!(
            change,
            Change::RevokeTokens { .. } | Change::RevokeGrant { .. } | Change::RemoveClient { .. }
        ) {
            self.ends.push(change);
        }
        let Some(key) = Key::of(change) else {
            return Ok(());
        };
        match change {
            Change::Consume(_) | Change::ResolveSession(_) => self.use_up(key, CommitError::AlreadyConsumed),
            Change::IssueToken(_) | Change::IssueCredential(_) => self.use_up(key, CommitError::IndexTaken),
            Change::RequireActiveDevice { .. } => self.require_active(key),
            Change::PutHolder { holder, expected } => {
                self.put(key, *expected)?;
                self.draft_holders.push(holder);
                Ok(())
            }
            Change::PutGrant { grant, expected } => self.put_grant(key, grant, *expected),
            Change::RemoveClient { expected, .. } | Change::RemoveServiceProvider { expected, .. } => {
                self.put(key, *expected)?;
                self.draft.push((key, 0));
                Ok(())
            }
            Change::PutService { expected, .. }
            | Change::PutSupersession { expected, .. }
            | Change::PutClient { expected, .. }
            | Change::PutServiceProvider { expected, .. }
            | Change::PutBrowserSession { expected, .. }
            | Change::PutSealedDocument { expected, .. } => self.put(key, *expected),
            Change::RequireService { expected, .. } | Change::RequireClient { expected, .. } => {
                self.require(key, *expected)
            }
            Change::AddAccountLink { .. } => self.use_up(key, CommitError::Conflict),
            Change::PutAccountLink { .. } => {
                self.draft.push((key, 1));
                Ok(())
            }
            Change::RemoveAccountLink { .. } => {
                self.draft.push((key, 0));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn state(&self, key: Key<'a>) -> u64 {
        let drafted = self.draft.iter().rev().find(|(other, _)| *other == key);
        drafted
            .map(|(_, state)| *state)
            .or_else(|| self.facts.get(&key).copied())
            .unwrap_or_default()
    }

    fn use_up(&mut self, key: Key<'a>, refusal: CommitError) -> Result<(), CommitError> {
        if self.state(key) != 0 {
            return Err(refusal);
        }
        self.draft.push((key, 1));
        Ok(())
    }

    fn require(&self, key: Key<'a>, expected: Version) -> Result<(), CommitError> {
        let is_at = self.state(key) == expected.0;
        is_at.then_some(()).ok_or(CommitError::Conflict)
    }

    fn put(&mut self, key: Key<'a>, expected: Version) -> Result<(), CommitError> {
        self.require(key, expected)?;
        self.draft.push((key, expected.0.saturating_add(1)));
        Ok(())
    }

    fn put_grant(&mut self, key: Key<'a>, grant: &'a Grant, expected: Version) -> Result<(), CommitError> {
        let id = grant.grant_id.as_str();
        let drafted = self.draft_grants.iter().rev().find(|(other, _)| *other == id);
        let before = drafted
            .map(|(_, before)| *before)
            .or_else(|| self.grants.get(id).copied());
        let since = self.ends.iter().skip(before.unwrap_or_default());
        let version = since.fold(self.state(key), |version, end| after(end, grant, version));
        if version != expected.0 {
            return Err(CommitError::Conflict);
        }
        self.draft.push((key, version.saturating_add(1)));
        self.draft_grants.push((id, self.ends.len()));
        Ok(())
    }

    /// A holder that this batch wrote speaks for its devices; otherwise the database does.
    fn require_active(&self, key: Key<'a>) -> Result<(), CommitError> {
        let is_admitted = match key {
            Key::Device(token_id, device_id) => match self.written_holder(token_id) {
                Some(holder) => holder
                    .devices
                    .iter()
                    .any(|device| device.device_id.as_str() == device_id && is_active(holder, device)),
                None => self.state(key) == 1,
            },
            _ => false,
        };
        is_admitted.then_some(()).ok_or(CommitError::DeviceNotActive)
    }

    fn written_holder(&self, token_id: &str) -> Option<&'a Holder> {
        let drafted = self
            .draft_holders
            .iter()
            .rev()
            .find(|holder| holder.token_id.as_str() == token_id);
        drafted.or_else(|| self.holders.get(token_id)).copied()
    }
}

/// The version of a grant after something that may have ended it; zero when it is not there any more.
fn after(end: &Change, grant: &Grant, version: u64) -> u64 {
    let is_forgotten = match end {
        Change::RevokeGrant { grant_id, .. } if *grant_id == grant.grant_id => {
            return if version == 0 {
                0
            } else {
                version.saturating_add(1)
            };
        }
        Change::RevokeTokens { token_id, device_id } => is_of_holder(grant, token_id, device_id.as_ref()),
        Change::RemoveClient { client_id, .. } => grant.client_id == *client_id,
        _ => false,
    };
    if is_forgotten { 0 } else { version }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::sample;
    use crate::durable::{Consumption, ConsumptionKind};

    fn consume(id: &str) -> Change {
        Change::Consume(Consumption {
            kind: ConsumptionKind::AssertionId,
            id: id.to_owned(),
            expires_at: sample::NOW,
        })
    }

    fn commit(changes: Vec<Change>) -> Commit {
        Commit {
            changes,
            audit: Vec::new(),
        }
    }

    #[test]
    fn a_refused_commit_leaves_its_keys_free_for_the_next() {
        let commits = [
            commit(vec![consume("a"), consume("b"), consume("b")]),
            commit(vec![consume("a")]),
            commit(vec![consume("a")]),
        ];
        let mut ledger = Ledger::new(Facts::default());
        assert!(matches!(
            ledger.admit(&commits[0]),
            Err(CommitError::AlreadyConsumed)
        ));
        assert!(ledger.admit(&commits[1]).is_ok());
        assert!(matches!(
            ledger.admit(&commits[2]),
            Err(CommitError::AlreadyConsumed)
        ));
    }

    #[test]
    fn a_holder_of_the_batch_speaks_for_its_devices() {
        let token_id = sample::token_id();
        let mut superseded = sample::holder(&token_id, &["phone"]);
        superseded.superseded_by = Some(sample::token_id());
        let put = |holder, expected| Change::PutHolder {
            holder: Box::new(holder),
            expected: Version(expected),
        };
        let require = Change::RequireActiveDevice {
            token_id: token_id.clone(),
            device_id: sample::device_id("phone"),
        };
        let commits = [
            commit(vec![require.clone()]),
            commit(vec![
                put(sample::holder(&token_id, &["phone"]), 0),
                require.clone(),
            ]),
            commit(vec![put(superseded, 1)]),
            commit(vec![require]),
        ];
        let mut ledger = Ledger::new(Facts::default());
        let verdicts: Vec<_> = commits
            .iter()
            .map(|commit| ledger.admit(commit).is_ok())
            .collect();
        assert_eq!(verdicts, [false, true, true, false]);
    }

    #[test]
    fn what_ends_a_grant_counts_from_its_last_version_on() {
        let (client_id, token_id) = (sample::client_id(), sample::token_id());
        let grant = sample::grant(&client_id, &token_id);
        let put = |expected| {
            commit(vec![Change::PutGrant {
                grant: Box::new(grant.clone()),
                expected: Version(expected),
            }])
        };
        let revoke = commit(vec![Change::RevokeGrant {
            grant_id: grant.grant_id.clone(),
            at: sample::NOW,
        }]);
        let forget = |device: &str| {
            commit(vec![Change::RevokeTokens {
                token_id: token_id.clone(),
                device_id: Some(sample::device_id(device)),
            }])
        };
        let refused = commit(vec![
            forget("phone").changes.remove(0),
            consume("a"),
            consume("a"),
        ]);
        // The grant is stored at version 4 when the batch begins.
        let script = [
            (revoke.clone(), true),
            (put(4), false),
            (put(5), true),
            (revoke, true),
            (refused, false),
            (forget("tablet"), true),
            (put(7), true),
            (forget("phone"), true),
            (put(8), false),
            (put(0), true),
            (put(1), true),
        ];
        let facts = [(Key::Grant(grant.grant_id.as_str()), 4)];
        let mut ledger = Ledger::new(Facts::from(facts));
        for (step, (commit, is_admitted)) in script.iter().enumerate() {
            assert_eq!(ledger.admit(commit).is_ok(), *is_admitted, "step {step}");
        }
    }
}
