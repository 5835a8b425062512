//! What a commit costs: `cargo run --release -p idp-store-sqlite --example commits -- [file] [logins] [concurrency]`.
//!
//! A login is two commits, as the server makes them: one audit record when it begins; the device, the session, the token's index and two
//! records when it is approved. The processor time is that of the whole process, the driver's included.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use idp_core::audit::AuditEvent;
use idp_store::contract::sample;
use idp_store::{Change, Commit, CommitError, DurableStore, Version};
use idp_store_sqlite::{Location, Options, SqliteStore};
use idp_types::{SessionId, TokenId};
use tokio::task::JoinSet;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const HOLDERS: usize = 10_000;

/// Odd, so that its multiples meet every index of a list of 2^20 before any comes again.
const STRIDE: u32 = 0x9e37_79b1;

struct Load {
    store: Arc<dyn DurableStore>,
    holders: Vec<TokenId>,
    logins: u32,
    next: AtomicU32,
}

fn initiate(session_id: &SessionId) -> Commit {
    Commit {
        changes: Vec::new(),
        audit: vec![sample::audit(
            AuditEvent::AuthInitiate,
            Some(session_id),
            Some("c3ViamVjdA"),
        )],
    }
}

fn approve(session_id: &SessionId, token_id: &TokenId, number: u32) -> Commit {
    let index = number.wrapping_mul(STRIDE);
    let place = sample::token_status(index >> 20, index & 0xf_ffff, token_id, "phone");
    Commit {
        changes: vec![
            Change::RequireActiveDevice {
                token_id: token_id.clone(),
                device_id: sample::device_id("phone"),
            },
            Change::ResolveSession(sample::outcome(session_id, Some(token_id))),
            Change::IssueToken(place),
        ],
        audit: [AuditEvent::Consent, AuditEvent::AuthApprove]
            .map(|event| sample::audit(event, Some(session_id), Some("c3ViamVjdA")))
            .to_vec(),
    }
}

/// Session identifiers are random; a multiplication spreads these as widely.
fn session_id(number: u32) -> Result<SessionId, Failure> {
    let spread = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Ok(SessionId::parse(format!("sess_{spread:016x}{number:06x}"))?)
}

async fn work(load: Arc<Load>) -> Result<(), Failure> {
    loop {
        let number = load.next.fetch_add(1, Ordering::Relaxed);
        if number >= load.logins {
            return Ok(());
        }
        let session_id = session_id(number)?;
        let place = usize::try_from(number.wrapping_mul(STRIDE))? % load.holders.len();
        let holder = load.holders.get(place).ok_or("no holder")?;
        load.store.commit(initiate(&session_id)).await?;
        load.store.commit(approve(&session_id, holder, number)).await?;
    }
}

async fn enrol(store: &Arc<dyn DurableStore>) -> Result<Vec<TokenId>, Failure> {
    let mut pending = JoinSet::new();
    let holders: Vec<_> = (0..HOLDERS).map(|_| sample::token_id()).collect();
    for token_id in holders.clone() {
        let store = Arc::clone(store);
        pending.spawn(async move {
            let put = Change::PutHolder {
                holder: Box::new(sample::holder(&token_id, &["phone"])),
                expected: Version(0),
            };
            let commit = Commit {
                changes: vec![put],
                audit: Vec::new(),
            };
            store.commit(commit).await
        });
    }
    let results = pending.join_all().await;
    results.into_iter().collect::<Result<Vec<_>, CommitError>>()?;
    Ok(holders)
}

/// Processor seconds of this process so far, from the kernel's account in hundredths.
fn processor_seconds() -> Result<f64, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().ok_or("no fields")?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: Vec<f64> = ticks.map(str::parse).collect::<Result<_, _>>()?;
    Ok(ticks.iter().sum::<f64>() / 100.0)
}

#[tokio::main]
#[expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let location = match arguments.next().as_deref() {
        None | Some("-") => Location::Temporary,
        Some(path) => Location::File(PathBuf::from(path)),
    };
    let logins: u32 = arguments.next().as_deref().unwrap_or("100000").parse()?;
    let concurrency: u32 = arguments.next().as_deref().unwrap_or("256").parse()?;
    let store = SqliteStore::open(location, Options::new("bench")).await?;
    let store: Arc<dyn DurableStore> = Arc::new(store);
    let load = Arc::new(Load {
        holders: enrol(&store).await?,
        store,
        logins,
        next: AtomicU32::new(0),
    });
    let (began, processor) = (Instant::now(), processor_seconds()?);
    let mut workers = JoinSet::new();
    for _ in 0..concurrency {
        workers.spawn(work(Arc::clone(&load)));
    }
    while let Some(worker) = workers.join_next().await {
        worker??;
    }
    let (wall, processor) = (began.elapsed().as_secs_f64(), processor_seconds()? - processor);
    let count = f64::from(logins);
    writeln!(
        std::io::stdout(),
        "{logins} logins, {concurrency} at once: {:.0} a second, {:.1} us of processor a login, {:.1} us a commit",
        count / wall,
        processor / count * 1e6,
        processor / count * 5e5,
    )?;
    Ok(())
}
