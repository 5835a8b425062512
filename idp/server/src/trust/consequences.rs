//! What the lists in force mean for devices that are enrolled (profile 3): a revoked seal takes its devices with it.

use std::collections::BTreeSet;

use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_core::enrolment::{Device, Holder, RevocationReason};
use idp_jose::jws;
use idp_store::{Change, Commit, CommitError, Version};
use idp_types::{Fingerprint, Timestamp, TokenId};
use idp_vds::TrustStore;
use idp_vds::trust::{FILE_LIMIT, SealRevocationList, TrustBundle};

use crate::app::App;
use crate::enrolment::{announce, reason_name};
use crate::oidc::logout;
use crate::problem::{Code, Problem};

/// How often a decision is made again because the holder changed meanwhile.
const TRIES: usize = 5;

/// Fingerprints of one question to the store.
const QUESTION: usize = 200;

/// Revokes every enrolled device whose seal, or whose holder, the lists revoke. Done after every refresh, changed lists or not,
/// because the work may have been interrupted the last time.
pub(super) async fn draw(app: &App, bundle: &TrustBundle, store: &TrustStore) -> Result<(), Problem> {
    let (fingerprints, mut holders) = candidates(bundle, store);
    let fingerprints: Vec<Fingerprint> = fingerprints.into_iter().collect();
    for question in fingerprints.chunks(QUESTION) {
        holders.extend(app.durable.holders_of_seals(question).await?);
    }
    for token_id in holders {
        revoke(app, store, &token_id).await?;
    }
    Ok(())
}

/// Whom the seal revocation lists may concern. The lists are read here without their signatures, because the store verified the
/// same bytes a moment ago; it is the store that is asked before anything is revoked.
fn candidates(bundle: &TrustBundle, store: &TrustStore) -> (BTreeSet<Fingerprint>, BTreeSet<TokenId>) {
    let mut fingerprints = BTreeSet::new();
    let mut holders = BTreeSet::new();
    let lists = store.lists().iter().filter(|list| list.file.starts_with("vrl/"));
    for list in lists.filter_map(|list| peek(bundle, &list.file)) {
        fingerprints.extend(list.fingerprints);
        holders.extend(list.token_ids);
    }
    (fingerprints, holders)
}

fn peek(bundle: &TrustBundle, file: &str) -> Option<SealRevocationList> {
    let text = str::from_utf8(bundle.file(file)?).ok()?.trim();
    let claims = jws::parse(text, FILE_LIMIT).ok()?.peek_unverified_claims().ok()?;
    serde_json::from_value(serde_json::Value::Object(claims)).ok()
}

fn is_revoked<'a>(store: &'a TrustStore, token_id: &TokenId) -> impl Fn(&Device) -> bool + use<'a> {
    let whole = store.token_revoked(token_id);
    move |device| whole || store.revoked(device.seal.fingerprint)
}

async fn revoke(app: &App, store: &TrustStore, token_id: &TokenId) -> Result<(), Problem> {
    let now = app.now();
    for _ in 0..TRIES {
        let Some(found) = app.durable.holder(token_id).await? else {
            return Ok(());
        };
        let revoked = is_revoked(store, token_id);
        let fresh: Vec<&Device> = found
            .value
            .devices
            .iter()
            .filter(|device| device.revoked.is_none() && revoked(device))
            .collect();
        if fresh.is_empty() {
            return Ok(());
        }
        let next = found.value.clone().revoke_seals(&revoked, now);
        match commit(app, (next, found.version), &fresh, now).await {
            Ok(()) => return announce(app, token_id).await,
            Err(CommitError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::new(Code::Unavailable))
}

fn refused(problem: &Problem) -> CommitError {
    CommitError::Store(idp_store::StoreError::new(problem.code().as_str()))
}

async fn commit(
    app: &App,
    (next, expected): (Holder, Version),
    fresh: &[&Device],
    now: Timestamp,
) -> Result<(), CommitError> {
    let mut audit = Vec::with_capacity(fresh.len());
    let token_id = next.token_id.clone();
    let mut changes = vec![Change::PutHolder {
        holder: Box::new(next),
        expected,
    }];
    for device in fresh {
        let fact = AuditFact::new(AuditEvent::Revoke, Actor::System)
            .about(&token_id)
            .with("device", device.device_id.as_str())
            .with("reason", reason_name(RevocationReason::RevokedSeal));
        audit.push(
            app.audit
                .record(&*app.durable, fact, now)
                .await
                .map_err(|problem| refused(&problem))?,
        );
        let ending = logout::endings_of_device(app, &token_id, Some(&device.device_id)).await;
        let ending = ending.map_err(|problem| refused(&problem))?;
        changes.extend(ending.changes);
        audit.extend(ending.audit);
        let device_id = Some(device.device_id.clone());
        changes.push(Change::RevokeTokens {
            token_id: token_id.clone(),
            device_id,
        });
    }
    app.durable.commit(Commit { changes, audit }).await.map(|_| ())
}
