//! What expires.

use idp_types::Timestamp;

use super::statement::Statement;

/// How long the session of a browser is remembered after its end.
const ENDED_SESSION_SECONDS: i64 = 86_400;

/// So many rows of a table are forgotten in one transaction, so that commits do not wait for long.
const LIMIT: i64 = 2000;

/// What expires, by its time and how many at once.
const EXPIRED: [&str; 6] = [
    "DELETE FROM consumptions WHERE (kind, id) IN
     (SELECT kind, id FROM consumptions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
    "DELETE FROM token_statuses WHERE (list, place) IN
     (SELECT list, place FROM token_statuses WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
    "DELETE FROM token_revocations WHERE rowid IN
     (SELECT rowid FROM token_revocations WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)
     AND sequence < (SELECT MAX(sequence) FROM token_revocations)",
    "DELETE FROM enrolment_codes WHERE digest IN
     (SELECT digest FROM enrolment_codes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
    "DELETE FROM grants WHERE grant_id IN
     (SELECT grant_id FROM grants WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
    "DELETE FROM logout_deliveries WHERE id IN
     (SELECT id FROM logout_deliveries WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
];

const ENDED_SESSIONS: &str = "DELETE FROM browser_sessions WHERE id IN
     (SELECT id FROM browser_sessions WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)";

/// One turn of forgetting, to be run in one transaction and again until it deletes nothing.
pub fn prune(now: Timestamp) -> Vec<Statement<'static>> {
    let expired = EXPIRED.map(|text| (text, now));
    let ended = (ENDED_SESSIONS, now.minus_seconds(ENDED_SESSION_SECONDS));
    expired
        .into_iter()
        .chain([ended])
        .map(|(text, before)| Statement::new(text, vec![before.into(), LIMIT.into()]))
        .collect()
}
