//! The promises of a [`DurableStore`](crate::DurableStore).

pub mod audit;
pub mod commits;
pub mod crash;
pub mod credentials;
pub mod federation;
pub mod queries;
pub mod races;
pub mod records;
pub mod revocations;
pub mod saml;
pub mod sessions;

use std::sync::Arc;

use crate::durable::{AuditRecord, Change, Commit, CommitError, Consumption, ConsumptionKind};
use crate::{DurableStore, Version};
use idp_core::enrolment::Holder;
use oidc::Grant;
use oidc::logout::LogoutDelivery;

use super::sample::{self, NOW};

/// The store under test.
pub type Store = Arc<dyn DurableStore>;

/// How many contenders a race has.
pub const CONTENDERS: usize = 64;

/// Every case. The store must be fresh.
pub async fn all(store: &Store) {
    commits::all(store).await;
    records::all(store).await;
    federation::all(store).await;
    saml::all(store).await;
    sessions::all(store).await;
    credentials::all(store).await;
    revocations::all(store).await;
    queries::all(store).await;
    audit::all(store).await;
    races::all(store).await;
}

fn changes(changes: Vec<Change>) -> Commit {
    Commit {
        changes,
        audit: Vec::new(),
    }
}

fn recorded(changes: Vec<Change>, audit: Vec<AuditRecord>) -> Commit {
    Commit { changes, audit }
}

fn put_holder(holder: &Holder, expected: u64) -> Change {
    Change::PutHolder {
        holder: Box::new(holder.clone()),
        expected: Version(expected),
    }
}

fn put_grant(grant: &Grant, expected: u64) -> Change {
    Change::PutGrant {
        grant: Box::new(grant.clone()),
        expected: Version(expected),
    }
}

fn put_delivery(delivery: &LogoutDelivery) -> Change {
    Change::PutLogoutDelivery {
        delivery: Box::new(delivery.clone()),
    }
}

fn consume(kind: ConsumptionKind, id: &str) -> Change {
    Change::Consume(Consumption {
        kind,
        id: id.to_owned(),
        expires_at: NOW.plus_seconds(60),
    })
}

fn name(prefix: &str) -> String {
    format!("{prefix}-{}", sample::serial())
}

/// A status list that no other case uses.
fn list() -> u32 {
    u32::try_from(sample::serial()).unwrap_or(u32::MAX)
}

/// Which refusal it was, to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    AlreadyConsumed,
    Conflict,
    IndexTaken,
    DeviceNotActive,
    Store,
}

fn refusal<T>(result: Result<T, CommitError>) -> Option<Refusal> {
    result.err().map(|error| match error {
        CommitError::AlreadyConsumed => Refusal::AlreadyConsumed,
        CommitError::Conflict => Refusal::Conflict,
        CommitError::IndexTaken => Refusal::IndexTaken,
        CommitError::DeviceNotActive => Refusal::DeviceNotActive,
        CommitError::Store(_) => Refusal::Store,
    })
}
