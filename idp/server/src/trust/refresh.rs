//! Reading the trust directory again (profile 3): verified as a whole or not at all, never older than before.

use std::sync::{Arc, PoisonError};

use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_store::ephemeral::Topic;
use idp_store::{Commit, StoreError};
use idp_types::Timestamp;
use idp_vds::TrustStore;
use idp_vds::trust::{LoadPolicy, Sequences, TrustBundle};

use super::{TrustProblem, consequences, directory, empty, overdue, sequences};
use crate::app::App;
use crate::crypto::AwsVerifier;
use crate::problem::Problem;

/// For whom the directory is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// For all instances: what the lists revoke is looked for among all devices, changed lists or not.
    Leader,
    /// For this instance. What is new is no less urgent for that: who reads it first records it, draws its consequences and tells the
    /// others.
    Follower,
}

/// Reads the directory, puts its lists in force and revokes what they revoke. On failure the lists in force stay, until they
/// are stale; only lists that are older than some that were accepted before give way to trust in nobody.
///
/// # Errors
/// What an operator should look at, as a sentence.
pub async fn refresh(app: &App) -> Result<(), String> {
    read(app, Reader::Leader).await
}

/// The same where another instance does the work for all: only lists that nobody has read yet mean more than putting them in force.
///
/// # Errors
/// As [`refresh`].
pub async fn follow(app: &App) -> Result<(), String> {
    read(app, Reader::Follower).await
}

/// What this instance has to do of the two.
///
/// # Errors
/// As [`refresh`].
pub async fn refresh_or_follow(app: &App) -> Result<(), String> {
    if app.leads() {
        refresh(app).await
    } else {
        follow(app).await
    }
}

async fn read(app: &App, reader: Reader) -> Result<(), String> {
    let now = app.now();
    let refreshed = attempt(app, reader, now).await;
    if let Err(error) = refreshed {
        return Err(error.to_string());
    }
    match overdue(&app.trust_store(), now) {
        Some(trouble) => Err(trouble),
        None => Ok(()),
    }
}

async fn attempt(app: &App, reader: Reader, now: Timestamp) -> Result<(), TrustProblem> {
    let directory = app.config.trust.directory.clone();
    let bundle = blocking(move || directory::read(&directory)).await?;
    let Some(anchor) = sequences::anchor_of(&bundle) else {
        return verify(bundle, Sequences::default(), app.config.trust.grace_seconds, now)
            .await
            .map(|_| ());
    };
    let known = sequences::read(&*app.durable, &anchor).await.map_err(stored)?;
    match verify(bundle, known.clone(), app.config.trust.grace_seconds, now).await {
        Ok((bundle, store)) => install(app, reader, (&anchor, &known), &bundle, store).await,
        Err(error) => {
            distrust_rolled_back(app, &known, now);
            Err(error)
        }
    }
}

fn stored(error: StoreError) -> TrustProblem {
    Problem::from(error).into()
}

/// Files and curves keep a thread busy for a while.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, TrustProblem> + Send + 'static,
) -> Result<T, TrustProblem> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| TrustProblem::Interrupted)?
}

async fn verify(
    bundle: TrustBundle,
    known: Sequences,
    grace_seconds: i64,
    now: Timestamp,
) -> Result<(TrustBundle, TrustStore), TrustProblem> {
    blocking(move || {
        let policy = LoadPolicy {
            grace_seconds,
            previous: Some(&known),
        };
        let store = TrustStore::load(&bundle, Arc::new(AwsVerifier), policy, now)?;
        Ok((bundle, store))
    })
    .await
}

/// Remembers the sequences, then puts the lists in force, then draws the consequences.
async fn install(
    app: &App,
    reader: Reader,
    (anchor, known): (&str, &Sequences),
    bundle: &TrustBundle,
    store: TrustStore,
) -> Result<(), TrustProblem> {
    let is_news = store.sequences() != known;
    if is_news {
        let fact = AuditFact::new(AuditEvent::TrustRefresh, Actor::System)
            .with("anchor", anchor)
            .with("lists", store.lists().len().to_string());
        let record = app.audit.record(&*app.durable, fact, app.now()).await?;
        let changes = sequences::changes(anchor, store.sequences()).map_err(stored)?;
        app.durable
            .commit(Commit {
                changes,
                audit: vec![record],
            })
            .await
            .map_err(Problem::from)?;
    }
    let store = Arc::new(store);
    put_in_force(app, store.clone());
    if is_news || reader == Reader::Leader {
        consequences::draw(app, bundle, &store).await?;
    }
    if is_news {
        tell(app).await;
    }
    Ok(())
}

/// Tells the other instances to read their directories. Who does not hear it reads at its next interval.
async fn tell(app: &App) {
    if let Err(error) = app.ephemeral.wake(Topic::Trust).await {
        tracing::debug!(%error, "the other instances were not told that the trust lists changed");
    }
}

fn put_in_force(app: &App, store: Arc<TrustStore>) {
    *app.trust.write().unwrap_or_else(PoisonError::into_inner) = store;
}

/// The lists of the start were read without the durable memory of sequences. If they are older than what it knows, somebody put
/// an old directory in place, and what it does not revoke any more must not be accepted.
fn distrust_rolled_back(app: &App, known: &Sequences, now: Timestamp) {
    if sequences::is_behind(&app.trust_store(), known) {
        tracing::error!(
            "the trust directory is older than one that was accepted before: no seal is accepted"
        );
        put_in_force(app, Arc::new(empty::store(now)));
    }
}
