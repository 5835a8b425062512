//! What is read at the moment when somebody asks for the numbers.

use std::sync::atomic::Ordering;

use idp_core::keys::{KeyPurpose, active};
use idp_types::Timestamp;

use super::levels::Levels;
use super::process::Process;
use crate::app::App;

/// Every number of the server, as text.
pub(super) fn text(app: &App) -> String {
    let levels = &app.metrics.levels;
    let now = app.now();
    people(app, levels);
    connections(app, levels);
    stores(app, levels);
    providers(app, levels);
    keys(app, levels, now);
    lists(app, levels, now);
    process(app, levels);
    app.metrics.text()
}

/// A count; no server has more than this of anything.
fn count(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn seconds(now: Timestamp, since: Timestamp) -> f64 {
    timestamp(now) - timestamp(since)
}

/// Unix seconds.
#[expect(
    clippy::cast_precision_loss,
    reason = "exact for the next two hundred thousand years"
)]
fn timestamp(moment: Timestamp) -> f64 {
    moment.unix_millis() as f64 / 1000.0
}

fn people(app: &App, levels: &Levels) {
    levels.sessions.set(count(app.metrics.deadlines.open(app.now())));
    levels.websockets.set(count(app.connections.count()));
    levels.push_queue.set(count(app.push.waiting()));
}

fn connections(app: &App, levels: &Levels) {
    let edge = &app.edge;
    levels.connections_open.set(count(edge.open()));
    for (outcome, counter) in [
        ("accepted", &edge.accepted),
        ("refused_full", &edge.refused_full),
        ("refused_address", &edge.refused_address),
        ("silent", &edge.silent),
        ("slow_header", &edge.slow_header),
        ("idle", &edge.idle),
        ("slow_reader", &edge.slow_reader),
        ("tls_failed", &edge.tls_failed),
        ("accept_error", &edge.accept_errors),
    ] {
        levels.connections(outcome, counter.load(Ordering::Relaxed));
    }
}

fn stores(app: &App, levels: &Levels) {
    levels.circuit("durable_store", app.circuits.durable.is_open());
    levels.circuit("ephemeral_store", app.circuits.ephemeral.is_open());
    levels.circuit("push_fcm", app.push.is_open("fcm"));
    levels.circuit("push_apns", app.push.is_open("apns"));
    levels.circuit("push_webpush", app.push.is_open("webpush"));
    let load = app.durable.writer_load();
    levels.writer_queue.set(count(load.queued));
    levels
        .writer_batches
        .inner()
        .store(load.batches, Ordering::Relaxed);
    levels
        .writer_commits
        .inner()
        .store(load.commits, Ordering::Relaxed);
    let outbox = app.oidc.outbox();
    levels.outbox_depth.set(count(outbox.due));
    levels.outbox_age.set(outbox.oldest_seconds);
}

fn providers(app: &App, levels: &Levels) {
    let found = app.providers.found();
    levels.providers.set(count(found.providers));
    levels.providers_ended.set(count(found.ended));
    levels
        .provider_certificate
        .set(found.certificate_ends.map_or(0.0, timestamp));
}

fn keys(app: &App, levels: &Levels, now: Timestamp) {
    let (policy, days) = (&app.config.keys.rotation, app.config.keys.rotate_days);
    let lives = app.keys.lives();
    for purpose in KeyPurpose::ALL {
        if let Some(life) = active(&lives, purpose, policy, now) {
            let due = life.active_from.plus_seconds(i64::from(days) * 86_400);
            let next = life.retired_at.unwrap_or(due);
            levels.key(purpose.as_str(), seconds(now, life.active_from), timestamp(next));
        }
    }
}

fn lists(app: &App, levels: &Levels, now: Timestamp) {
    let trust = app.trust_store();
    let issued = trust.lists().iter().map(|list| list.issued).min();
    let next = trust.lists().iter().map(|list| list.next_update).min();
    levels
        .trust_age
        .set(issued.map_or(0.0, |issued| seconds(now, issued)));
    levels.trust_next.set(next.map_or(0.0, timestamp));
    let oldest = app.status.oldest();
    levels
        .status_age
        .set(oldest.map_or(0.0, |made| seconds(now, made)));
    for (part, is_troubled) in app.known_parts() {
        levels.part(part, is_troubled);
    }
    levels
        .restart_needed
        .set(count(usize::from(app.reloads.needs_restart())));
}

fn process(app: &App, levels: &Levels) {
    let seen = Process::look();
    levels.memory.set(seen.resident);
    levels.descriptors.set(seen.descriptors);
    levels
        .processor
        .inner()
        .store(seen.processor.to_bits(), Ordering::Relaxed);
    levels.started.set(timestamp(app.started_at));
}
