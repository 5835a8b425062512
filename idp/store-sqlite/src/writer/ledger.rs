//! The decision on a batch, in memory: each commit against the database and against what the commits before it did.

use std::collections::HashMap;

use idp_core::enrolment::Holder;
use idp_store::Version;
use idp_store::durable::{Change, Commit, CommitError};

use super::facts::{Facts, Key};
use crate::row::holder::is_active;

/// The state of the keys, with what was admitted so far. A commit is tried on a draft, which is kept or thrown away as a whole.
pub(super) struct Ledger<'a> {
    facts: Facts<'a>,
    holders: HashMap<&'a str, &'a Holder>,
    draft: Vec<(Key<'a>, u64)>,
    draft_holders: Vec<&'a Holder>,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(facts: Facts<'a>) -> Self {
        Self {
            facts,
            holders: HashMap::new(),
            draft: Vec::new(),
            draft_holders: Vec::new(),
        }
    }

    /// Admits all of a commit, or nothing of it.
    pub(super) fn admit(&mut self, commit: &'a Commit) -> Result<(), CommitError> {
        let verdict = commit
            .changes
            .iter()
            .try_for_each(|change| self.try_change(change));
        if verdict.is_ok() {
            self.facts.extend(self.draft.drain(..));
            let holders = self.draft_holders.drain(..);
            self.holders
                .extend(holders.map(|holder| (holder.token_id.as_str(), holder)));
        } else {
            self.draft.clear();
            self.draft_holders.clear();
        }
        verdict
    }

    fn try_change(&mut self, change: &'a Change) -> Result<(), CommitError> {
        let Some(key) = Key::of(change) else {
            return Ok(());
        };
        match change {
            Change::Consume(_) | Change::ResolveSession(_) => self.use_up(key, CommitError::AlreadyConsumed),
            Change::IssueToken(_) => self.use_up(key, CommitError::IndexTaken),
            Change::RequireActiveDevice { .. } => self.require_active(key),
            Change::PutHolder { holder, expected } => {
                self.put(key, *expected)?;
                self.draft_holders.push(holder);
                Ok(())
            }
            Change::PutService { expected, .. } | Change::PutSupersession { expected, .. } => {
                self.put(key, *expected)
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

    fn put(&mut self, key: Key<'a>, expected: Version) -> Result<(), CommitError> {
        if self.state(key) != expected.0 {
            return Err(CommitError::Conflict);
        }
        self.draft.push((key, expected.0.saturating_add(1)));
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

#[cfg(test)]
mod tests {
    use idp_store::contract::sample;
    use idp_store::durable::{Consumption, ConsumptionKind};

    use super::*;

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
}
