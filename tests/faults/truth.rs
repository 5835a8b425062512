//! What the store says, read past the server where there is a database to ask, and the judgement of what people were told by it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;
use tests::{Call, Database};

use crate::customers::{End, Story, Tally, Told};
use crate::scene::Scene;

const ENDS: [(&str, &str); 3] = [
    ("AUTH_APPROVE", "approved"),
    ("AUTH_REJECT", "rejected"),
    ("AUTH_EXPIRE", "expired"),
];

/// The durable truth about sessions.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    /// What ended each session, and how often that is recorded.
    ends: BTreeMap<String, Vec<(String, u64)>>,
    /// The outcome row of each session; only a database shows them.
    outcomes: Option<BTreeMap<String, String>>,
    /// How many direct tokens were given a place in a status list; only a database shows it.
    tokens: Option<u64>,
}

impl Truth {
    /// Of a scene.
    pub(crate) async fn of(scene: &Scene) -> Self {
        match &scene.shared {
            Some(shared) => Self::of_database(&shared.database),
            None => Self::of_log(scene).await,
        }
    }

    /// Of a PostgreSQL, asked past the server.
    pub(crate) fn of_database(database: &Database) -> Self {
        let counted = "SELECT session_id, event, COUNT(*) FROM audit_records \
             WHERE event IN ('AUTH_APPROVE', 'AUTH_REJECT', 'AUTH_EXPIRE') GROUP BY 1, 2";
        let mut truth = Self::default();
        for line in database.ask(counted).lines() {
            let cells: Vec<&str> = line.split('|').collect();
            truth.add(cells[0], cells[1], cells[2].parse().expect("a count"));
        }
        let outcomes = database.ask("SELECT session_id, status FROM session_outcomes");
        let pairs = outcomes.lines().filter_map(|line| line.split_once('|'));
        truth.outcomes = Some(
            pairs
                .map(|(id, status)| (id.to_owned(), status.to_owned()))
                .collect(),
        );
        truth.tokens = Some(database.count("SELECT COUNT(*) FROM token_statuses WHERE grant_id IS NULL"));
        truth
    }

    /// Of an embedded installation, by its audit log.
    async fn of_log(scene: &Scene) -> Self {
        let mut truth = Self::default();
        for (event, _) in ENDS {
            let mut page = 1;
            loop {
                let path = format!("/admin/audit?event={event}&limit=100&page={page}");
                let found = scene
                    .site
                    .send(Call::get(path).bearer(&scene.operator))
                    .await
                    .expect(200);
                let records = found["records"].as_array().expect("records").clone();
                if records.is_empty() {
                    break;
                }
                for id in records.iter().filter_map(|record| record["session_id"].as_str()) {
                    truth.add(id, event, 1);
                }
                page += 1;
            }
        }
        truth
    }

    fn add(&mut self, session_id: &str, event: &str, count: u64) {
        let events = self.ends.entry(session_id.to_owned()).or_default();
        match events.iter_mut().find(|(known, _)| known == event) {
            Some((_, sum)) => *sum += count,
            None => events.push((event.to_owned(), count)),
        }
    }

    /// How often an event stands in the log for a session.
    pub(crate) fn recorded(&self, session_id: &str, event: &str) -> u64 {
        let events = self.ends.get(session_id).into_iter().flatten();
        events
            .filter(|(known, _)| known == event)
            .map(|(_, count)| count)
            .sum()
    }

    /// Every session ended at most once, its outcome and its record say the same, and every token has its approval.
    pub(crate) fn assert_consistent(&self) {
        for (session_id, events) in &self.ends {
            let once = matches!(events.as_slice(), [(_, 1)]);
            assert!(once, "{session_id} ended more than once: {events:?}");
        }
        let Some(outcomes) = &self.outcomes else { return };
        for (session_id, status) in outcomes {
            let (event, _) = ENDS
                .iter()
                .find(|(_, known)| known == status)
                .expect("a known status");
            let count = self.recorded(session_id, event);
            assert_eq!(count, 1, "{session_id} is {status} and has {count} records of it");
        }
        let approved = outcomes.values().filter(|status| *status == "approved").count();
        assert_eq!(
            self.tokens,
            u64::try_from(approved).ok(),
            "a token for every approval"
        );
        assert_eq!(
            outcomes.len(),
            self.ends.len(),
            "an outcome for every record of an end"
        );
    }
}

/// The count of each class.
#[derive(Debug, Default, Clone)]
pub(crate) struct Verdict {
    pub(crate) logins: usize,
    pub(crate) approved: usize,
    pub(crate) denied: usize,
    pub(crate) expired: usize,
    pub(crate) forgotten: usize,
    /// Approved, and the one answer with the token was lost.
    pub(crate) undelivered: usize,
    /// Approved, and the process ended before the result was in its mailbox: the person is told to begin again.
    pub(crate) interrupted: usize,
    pub(crate) tally: Tally,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} logins: {} approved, {} denied, {} expired, {} interrupted, {} forgotten; {} tokens lost on the way, \
             {} refused with 503, {} without answer",
            self.logins,
            self.approved,
            self.denied,
            self.expired,
            self.interrupted,
            self.forgotten,
            self.undelivered,
            self.tally.refused,
            self.tally.unanswered
        )
    }
}

/// Holds what people were told against the truth.
///
/// # Panics
/// At the first word that is not true.
pub(crate) fn judge(told: &Told, truth: &Truth) -> Verdict {
    truth.assert_consistent();
    let mut tokens = BTreeSet::new();
    let mut verdict = Verdict {
        logins: told.stories.len(),
        tally: told.tally.clone(),
        ..Verdict::default()
    };
    for story in &told.stories {
        check(story, truth);
        for token in &story.tokens {
            assert!(
                tokens.insert(identifier(token)),
                "a token was handed out twice: {story:?}"
            );
        }
        match story.end {
            End::Approved => verdict.approved += 1,
            End::Denied => verdict.denied += 1,
            End::Expired => verdict.expired += 1,
            End::Interrupted => verdict.interrupted += 1,
            End::Forgotten => verdict.forgotten += 1,
            End::Unknown => panic!("nobody said how it ended: {story:?}"),
        }
        verdict.undelivered += usize::from(story.end == End::Approved && story.tokens.is_empty());
    }
    let strange = &told.tally.strange;
    assert!(
        strange.is_empty(),
        "{} strange answers: {:?}",
        strange.len(),
        strange.first()
    );
    verdict
}

fn check(story: &Story, truth: &Truth) {
    let recorded = |event| truth.recorded(&story.session_id, event);
    let (approvals, refusals) = (recorded("AUTH_APPROVE"), recorded("AUTH_REJECT"));
    assert!(
        !story.approved || approvals == 1,
        "an acknowledged approval is lost: {story:?}"
    );
    assert!(
        !story.denied || refusals == 1,
        "an acknowledged refusal is lost: {story:?}"
    );
    assert!(story.tokens.len() <= 1, "two tokens: {story:?}");
    assert!(
        story.tokens.is_empty() || approvals == 1,
        "a token without approval: {story:?}"
    );
    assert!(
        story.end != End::Approved || approvals == 1,
        "no record of the approval: {story:?}"
    );
    assert!(
        story.end != End::Expired || recorded("AUTH_EXPIRE") == 1,
        "told that it expired, and the log says otherwise: {story:?}"
    );
    assert!(
        story.end != End::Interrupted || approvals == 1,
        "told to begin again, and nobody had approved: {story:?}"
    );
    assert!(
        story.end != End::Denied || refusals == 1,
        "no record of the refusal: {story:?}"
    );
}

/// What identifies a token.
fn identifier(token: &str) -> String {
    let claims: Value = tests::web::payload(token);
    claims["jti"].as_str().unwrap_or_default().to_owned()
}
