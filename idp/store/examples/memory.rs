//! What the in-process store costs: `cargo run --release -p idp-store --example memory`.

use std::io::Write;
use std::time::Instant;

use idp_store::contract::sample::{self, NOW};
use idp_store::ephemeral::Topic;
use idp_store::{EphemeralStore, MemoryStore};

type Failure = Box<dyn std::error::Error>;

const SESSIONS: u32 = 100_000;
const SUBSCRIBERS: u32 = 50_000;

/// Resident kibibytes of this process.
fn resident() -> Result<u32, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    let field = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(field.ok_or("no VmRSS")?.parse()?)
}

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
async fn main() -> Result<(), Failure> {
    let store = MemoryStore::default();
    let until = NOW.plus_seconds(60);
    let sessions: Vec<_> = (0..SESSIONS)
        .map(|_| sample::session(Some(&sample::token_id())))
        .collect();
    let began = Instant::now();
    for session in sessions {
        let id = session.id.clone();
        store.insert_session(session, until).await?;
        let found = store.session(&id, NOW).await?.ok_or("the session is gone")?;
        store.replace_session(found.value, found.version, until).await?;
    }
    let each = began.elapsed().as_secs_f64() * 1e6 / f64::from(SESSIONS);
    let before = resident()?;
    let mut subscriptions = Vec::new();
    for number in 0..SUBSCRIBERS {
        let topic = Topic::Session(format!("sess_{number:022}"));
        subscriptions.push(store.subscribe(topic).await?);
    }
    let bytes = (resident()? - before) * 1024 / SUBSCRIBERS;
    writeln!(
        std::io::stdout(),
        "insert, read and replace of a session: {each:.2} us; an idle subscriber: {bytes} bytes"
    )?;
    Ok(())
}
