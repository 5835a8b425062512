//! Documents of the protocols' records: the record's own JSON, and beside it its times to the millisecond, because that JSON has whole
//! seconds. What a protocol adds to its record needs nothing here, unless it is a time.

use std::collections::BTreeMap;

use idp_core::approval::{Session, State};
use idp_types::Timestamp;
use oidc::link::AccountLink;
use oidc::logout::LogoutDelivery;
use oidc::{Authentication, BrowserSession, Client, Grant};
use saml::provider::ServiceProvider;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::DocumentError;

/// The first moment that RFC 3339 can write, the beginning of the year 0: what lies before it would not read back.
const FIRST: i64 = -62_167_219_200_000;

/// A time by its name in the document.
pub type Named<'a> = (String, &'a mut Timestamp);

/// A record with times.
pub trait Timed: Clone + Serialize + DeserializeOwned {
    /// The largest document, in bytes.
    const LIMIT: usize;

    /// Its times, by names that are never used for another one.
    fn times(&mut self) -> Vec<Named<'_>>;
}

#[derive(Serialize, Deserialize)]
struct Row<T> {
    record: T,
    times: BTreeMap<String, i64>,
}

/// The document of a record.
///
/// # Errors
/// [`DocumentError`] when it is too long, or a time would not read back.
pub fn document<T: Timed>(record: &T) -> Result<String, DocumentError> {
    let mut record = record.clone();
    let times: BTreeMap<_, _> = record
        .times()
        .into_iter()
        .map(|(name, time)| (name, time.unix_millis()))
        .collect();
    if times.values().any(|millis| *millis < FIRST) {
        return Err(DocumentError::Time);
    }
    super::write(&Row { record, times }, T::LIMIT)
}

/// The record of a document.
///
/// # Errors
/// [`DocumentError`] when it is too long, or no such record's.
pub fn parse<T: Timed>(document: &str) -> Result<T, DocumentError> {
    let Row { mut record, times } = super::read::<Row<T>>(document, T::LIMIT)?;
    for (name, time) in record.times() {
        if let Some(millis) = times.get(&name) {
            *time = Timestamp::from_unix_millis(*millis);
        }
    }
    Ok(record)
}

fn named<'a>(times: impl IntoIterator<Item = (&'static str, &'a mut Timestamp)>) -> Vec<Named<'a>> {
    times
        .into_iter()
        .map(|(name, time)| (name.to_owned(), time))
        .collect()
}

fn times_of(authentication: &mut Authentication) -> Vec<Named<'_>> {
    let mut times = named([("auth_time", &mut authentication.auth_time)]);
    let evidence = authentication.evidence.as_mut();
    times.extend(named(
        evidence.map(|evidence| ("enrolled_at", &mut evidence.enrolled_at)),
    ));
    times
}

impl Timed for Client {
    const LIMIT: usize = 256 * 1024;

    fn times(&mut self) -> Vec<Named<'_>> {
        named([
            ("created_at", &mut self.created_at),
            ("updated_at", &mut self.updated_at),
        ])
    }
}

/// When it was revoked stands in a column, so that a revocation writes no document.
impl Timed for Grant {
    const LIMIT: usize = 64 * 1024;

    fn times(&mut self) -> Vec<Named<'_>> {
        let mut times = named([
            ("created_at", &mut self.created_at),
            ("expires_at", &mut self.expires_at),
            ("claims_until", &mut self.claims_until),
        ]);
        times.extend(times_of(&mut self.authentication));
        if let Some(family) = &mut self.refresh {
            times.extend(named([("idle_until", &mut family.idle_until)]));
            let rotated_at = family.rotated_at.as_mut();
            times.extend(named(rotated_at.map(|time| ("rotated_at", time))));
        }
        times
    }
}

impl Timed for BrowserSession {
    const LIMIT: usize = 256 * 1024;

    fn times(&mut self) -> Vec<Named<'_>> {
        let mut times = named([
            ("created_at", &mut self.created_at),
            ("expires_at", &mut self.expires_at),
        ]);
        times.extend(times_of(&mut self.authentication));
        times.extend(named(self.ended.as_mut().map(|(at, _)| ("ended_at", at))));
        let clients = self.clients.iter_mut().enumerate();
        times.extend(clients.map(|(place, client)| (format!("since_{place}"), &mut client.since)));
        times
    }
}

impl Timed for LogoutDelivery {
    const LIMIT: usize = 16 * 1024;

    fn times(&mut self) -> Vec<Named<'_>> {
        named([
            ("ended_at", &mut self.ended_at),
            ("due_at", &mut self.due_at),
            ("expires_at", &mut self.expires_at),
        ])
    }
}

impl Timed for Session {
    const LIMIT: usize = 64 * 1024;

    fn times(&mut self) -> Vec<Named<'_>> {
        let mut times = named([
            ("created_at", &mut self.created_at),
            ("expires_at", &mut self.expires_at),
        ]);
        times.extend(match &mut self.state {
            State::AwaitingScan | State::Pending { .. } => Vec::new(),
            State::Approved(approval) => named([
                ("approved_at", &mut approval.at),
                ("token_expires_at", &mut approval.token_expires_at),
            ]),
            State::Rejected { at, .. } | State::Expired { at } | State::Interrupted { at } => {
                named([("ended_at", at)])
            }
        });
        times
    }
}

impl Timed for AccountLink {
    const LIMIT: usize = 16 * 1024;

    fn times(&mut self) -> Vec<Named<'_>> {
        named([("created_at", &mut self.created_at)])
    }
}

impl Timed for ServiceProvider {
    const LIMIT: usize = 1024 * 1024;

    fn times(&mut self) -> Vec<Named<'_>> {
        let mut times = named([("read_at", &mut self.source.read_at)]);
        times.extend(named(
            self.source.valid_until.as_mut().map(|time| ("valid_until", time)),
        ));
        times
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use crate::contract::sample::{self, NOW};
    use oidc::link::LinkKind;
    use oidc::session::SessionEnd;

    use super::*;

    fn assert_reads_back<T: Timed + PartialEq + Debug>(record: &T) {
        assert_eq!(parse::<T>(&document(record).unwrap()).unwrap(), *record);
        let blanks = " ".repeat(T::LIMIT + 1);
        assert!(matches!(parse::<T>(&blanks), Err(DocumentError::TooLong(_))));
    }

    #[test]
    fn records_read_back_to_the_millisecond() {
        let client_id = sample::client_id();
        assert_reads_back(&sample::client(&client_id));
        assert_reads_back(&sample::logout_delivery(&client_id));
        assert_reads_back(&sample::service_provider(&sample::entity_id()));
        let link = sample::account_link(LinkKind::Foreign, &client_id, &sample::token_id());
        assert_reads_back(&link);
        let mut session = sample::browser_session(&sample::token_id());
        assert_reads_back(&session);
        session.ended = Some((NOW, SessionEnd::Disowned));
        assert_reads_back(&session);
        let mut grant = sample::grant(&sample::client_id(), &sample::token_id());
        assert_reads_back(&grant);
        grant.refresh = None;
        grant.authentication.evidence = None;
        assert_reads_back(&grant);
    }

    #[test]
    fn what_would_not_read_back_is_not_written() {
        let mut grant = sample::grant(&sample::client_id(), &sample::token_id());
        grant.created_at = Timestamp::from_unix_millis(FIRST - 1);
        assert!(matches!(document(&grant), Err(DocumentError::Time)));
        grant.created_at = Timestamp::from_unix_millis(FIRST);
        assert_reads_back(&grant);
        grant.created_at = Timestamp::from_unix_millis(i64::MAX);
        assert_reads_back(&grant);
        grant.subject = "x".repeat(Grant::LIMIT);
        assert!(matches!(document(&grant), Err(DocumentError::TooLong(_))));
    }
}
