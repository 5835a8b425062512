//! What a batch depends on, asked in one statement.

use std::collections::HashMap;

use idp_store::StoreError;
use idp_store::durable::{Change, Commit, ConsumptionKind};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::row::{column, failed, unsigned};

/// Something whose state admits or refuses a change. A borrowed name: it lives as long as the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key<'a> {
    Session(&'a str),
    Consumption(ConsumptionKind, &'a str),
    TokenPlace(u32, u32),
    Device(&'a str, &'a str),
    Holder(&'a str),
    Service(&'a str),
    Supersession(&'a str),
    Client(&'a str),
    Grant(&'a str),
    BrowserSession(&'a str),
}

/// The state of each key as a number: a version, or one for "used" and "active". What is not in the map is at zero.
pub(super) type Facts<'a> = HashMap<Key<'a>, u64>;

/// What the database answered.
pub(super) struct Answers<'a> {
    pub(super) facts: Facts<'a>,
    /// The sequence of the last revocation.
    pub(super) revocation: u64,
    pub(super) sequence: u64,
    pub(super) hash: [u8; 32],
    pub(super) data_version: i64,
}

impl<'a> Key<'a> {
    /// What a change depends on.
    pub(super) fn of(change: &'a Change) -> Option<Self> {
        Some(match change {
            Change::Consume(consumption) => Key::Consumption(consumption.kind, &consumption.id),
            Change::ResolveSession(outcome) => Key::Session(outcome.session_id.as_str()),
            Change::RequireActiveDevice { token_id, device_id } => {
                Key::Device(token_id.as_str(), device_id.as_str())
            }
            Change::PutHolder { holder, .. } => Key::Holder(holder.token_id.as_str()),
            Change::PutService { service, .. } => Key::Service(service.service_id.as_str()),
            Change::IssueToken(status) => Key::TokenPlace(status.list, status.index),
            Change::PutSupersession { supersession, .. } => Key::Supersession(supersession.token_id.as_str()),
            Change::PutClient { client, .. } => Key::Client(client.client_id.as_str()),
            Change::RemoveClient { client_id, .. } => Key::Client(client_id.as_str()),
            Change::PutGrant { grant, .. } => Key::Grant(grant.grant_id.as_str()),
            Change::PutBrowserSession { session, .. } => Key::BrowserSession(&session.id),
            // These always apply. The enumeration grows in the crate that this one implements: what is new and unknown here is refused
            // when it is written.
            _ => return None,
        })
    }
}

/// The questions of one kind each, in the order of the statement's parameters, and who asked.
#[derive(Default)]
struct Questions<'a> {
    kinds: [Vec<Key<'a>>; 10],
}

impl<'a> Questions<'a> {
    fn add(&mut self, key: Key<'a>) {
        let [
            sessions,
            consumptions,
            places,
            devices,
            holders,
            services,
            supersessions,
            clients,
            grants,
            browser_sessions,
        ] = &mut self.kinds;
        match key {
            Key::Session(_) => sessions.push(key),
            Key::Consumption(..) => consumptions.push(key),
            Key::TokenPlace(..) => places.push(key),
            Key::Device(..) => devices.push(key),
            Key::Holder(_) => holders.push(key),
            Key::Service(_) => services.push(key),
            Key::Supersession(_) => supersessions.push(key),
            Key::Client(_) => clients.push(key),
            Key::Grant(_) => grants.push(key),
            Key::BrowserSession(_) => browser_sessions.push(key),
        }
    }
}

fn json(key: &Key<'_>) -> serde_json::Value {
    match *key {
        Key::Session(name)
        | Key::Holder(name)
        | Key::Service(name)
        | Key::Supersession(name)
        | Key::Client(name)
        | Key::Grant(name)
        | Key::BrowserSession(name) => name.into(),
        Key::Consumption(kind, id) => serde_json::json!([kind.as_str(), id]),
        Key::TokenPlace(list, place) => serde_json::json!([list, place]),
        Key::Device(token_id, device_id) => serde_json::json!([token_id, device_id]),
    }
}

/// Takes the write lock first. `CROSS JOIN` makes SQLite take the questions one by one and look each up by its primary key.
const STATEMENT: &str = "
BEGIN IMMEDIATE;
SELECT 0 AS kind, j.key AS place, 1 AS state, NULL AS hash
  FROM json_each(?1) AS j CROSS JOIN session_outcomes AS s ON s.session_id = j.value
UNION ALL SELECT 1, j.key, 1, NULL
  FROM json_each(?2) AS j CROSS JOIN consumptions AS c ON c.kind = j.value ->> 0 AND c.id = j.value ->> 1
UNION ALL SELECT 2, j.key, 1, NULL
  FROM json_each(?3) AS j CROSS JOIN token_statuses AS t ON t.list = j.value ->> 0 AND t.place = j.value ->> 1
UNION ALL SELECT 3, j.key, 1, NULL
  FROM json_each(?4) AS j CROSS JOIN devices AS d
    ON d.token_id = j.value ->> 0 AND d.device_id = j.value ->> 1 AND d.active = 1
UNION ALL SELECT 4, j.key, h.version, NULL
  FROM json_each(?5) AS j CROSS JOIN holders AS h ON h.token_id = j.value
UNION ALL SELECT 5, j.key, s.version, NULL
  FROM json_each(?6) AS j CROSS JOIN services AS s ON s.service_id = j.value
UNION ALL SELECT 6, j.key, s.version, NULL
  FROM json_each(?7) AS j CROSS JOIN supersessions AS s ON s.token_id = j.value
UNION ALL SELECT 7, j.key, c.version, NULL
  FROM json_each(?8) AS j CROSS JOIN clients AS c ON c.client_id = j.value
UNION ALL SELECT 8, j.key, g.version, NULL
  FROM json_each(?9) AS j CROSS JOIN grants AS g ON g.grant_id = j.value
UNION ALL SELECT 9, j.key, s.version, NULL
  FROM json_each(?10) AS j CROSS JOIN browser_sessions AS s ON s.id = j.value
UNION ALL SELECT 10, 0, data_version, NULL FROM pragma_data_version
UNION ALL SELECT 11, 0, COALESCE(MAX(sequence), 0), NULL FROM token_revocations
UNION ALL SELECT 12, 0, a.sequence, a.hash
  FROM (SELECT sequence, hash FROM audit_records WHERE chain_id = ?11 ORDER BY sequence DESC LIMIT 1) AS a";

const DATA_VERSION: usize = 10;
const REVOCATION: usize = 11;

/// Begins the transaction, and asks for all that the batch depends on and where the chain ends.
pub(super) async fn ask<'a>(
    connection: &mut SqliteConnection,
    chain_id: i64,
    commits: &'a [Commit],
) -> Result<Answers<'a>, StoreError> {
    let mut questions = Questions::default();
    for change in commits.iter().flat_map(|commit| &commit.changes) {
        if let Some(key) = Key::of(change) {
            questions.add(key);
        }
    }
    let mut query = sqlx::query(STATEMENT);
    for keys in &questions.kinds {
        let asked: Vec<_> = keys.iter().map(json).collect();
        query = query.bind(serde_json::Value::Array(asked).to_string());
    }
    let rows = query.bind(chain_id).fetch_all(connection).await;
    let mut answers = Answers {
        facts: Facts::default(),
        revocation: 0,
        sequence: 0,
        hash: [0; 32],
        data_version: 0,
    };
    for row in rows.map_err(failed)? {
        answers.read(&row, &questions)?;
    }
    Ok(answers)
}

impl<'a> Answers<'a> {
    fn read(&mut self, row: &SqliteRow, questions: &Questions<'a>) -> Result<(), StoreError> {
        let kind: usize = unsigned(row, "kind")?;
        if let Some(keys) = questions.kinds.get(kind) {
            let place: usize = unsigned(row, "place")?;
            if let Some(key) = keys.get(place) {
                self.facts.insert(*key, unsigned(row, "state")?);
            }
        } else if kind == DATA_VERSION {
            self.data_version = column(row, "state")?;
        } else if kind == REVOCATION {
            self.revocation = unsigned(row, "state")?;
        } else {
            self.sequence = unsigned(row, "state")?;
            let hash: &[u8] = row.try_get("hash").map_err(failed)?;
            self.hash = hash.try_into().map_err(failed)?;
        }
        Ok(())
    }
}
