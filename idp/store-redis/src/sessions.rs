//! Sessions and their three indexes. An index entry is a hint with the time at which its session is forgotten, or is to be ended: it is
//! written before or with the session, and whoever follows it reads the session and checks.

use idp_core::approval::Session;
use idp_store::ephemeral::Swap;
use idp_store::{StoreError, Version, Versioned};
use idp_types::{SessionId, Timestamp, TokenId};
use tokio::try_join;

use crate::stored::{self, moment, parse_session, session_text};
use crate::{Failure, RedisStore, script, swap_of};

/// Sessions that are read by one command.
const PAGE: usize = 256;

/// The identifier of a session is taken.
#[derive(Debug, thiserror::Error)]
#[error("a session of this identifier exists")]
struct Exists;

/// There are as many sessions as there may be.
#[derive(Debug, thiserror::Error)]
#[error("the store holds its {0} sessions already")]
struct Full(usize);

/// Swapped, and the indexes have to be told.
const SWAPPED_AND_MOVED: u8 = 3;

impl RedisStore {
    pub(crate) async fn insert(&self, session: Session, until: Timestamp) -> Result<(), StoreError> {
        let Session { id, token_id, .. } = &session;
        let text = session_text(&session, Version(1))?;
        let (key, until) = (self.names.session(id), moment(until));
        let holder = self.index_holder(token_id.as_ref(), &until, id);
        if !self
            .index(&self.names.sessions(), &until, id, self.sessions)
            .await?
        {
            return Err(StoreError::new(Full(self.sessions)));
        }
        let arguments = [until.as_bytes(), text.as_bytes()];
        let inserted = script::INSERT_SESSION.run::<bool>(&self.link, &key, &arguments);
        let (inserted, (), ()) = try_join!(inserted, holder, self.index_deadline(&session))?;
        if !inserted {
            return Err(StoreError::new(Exists));
        }
        Ok(())
    }

    pub(crate) async fn one(
        &self,
        id: &SessionId,
        now: Timestamp,
    ) -> Result<Option<Versioned<Session>>, StoreError> {
        let mut command = redis::cmd("GET");
        let stored = self.link.query(command.arg(self.names.session(id))).await?;
        live(stored, now)
    }

    pub(crate) async fn replace(
        &self,
        session: Session,
        expected: Version,
        until: Timestamp,
    ) -> Result<Swap, StoreError> {
        let Session { id, token_id, .. } = &session;
        let text = session_text(&session, Version(expected.0.saturating_add(1)))?;
        let (key, until, expected) = (self.names.session(id), moment(until), expected.0.to_string());
        let arguments = [until.as_bytes(), expected.as_bytes(), text.as_bytes()];
        let code: u8 = script::REPLACE_SESSION.run(&self.link, &key, &arguments).await?;
        if code != SWAPPED_AND_MOVED {
            return Ok(swap_of(code));
        }
        let all = self.names.sessions();
        try_join!(
            self.index(&all, &until, id, 0),
            self.index_holder(token_id.as_ref(), &until, id),
            self.index_deadline(&session),
        )?;
        Ok(Swap::Swapped)
    }

    pub(crate) async fn of_holder(
        &self,
        token_id: &TokenId,
        now: Timestamp,
    ) -> Result<Vec<Versioned<Session>>, StoreError> {
        let index = self.names.holder(token_id);
        let mut found = Vec::new();
        let mut page = self.page(&index, now, 0).await?;
        let mut seen = 0;
        while !page.is_empty() {
            seen += page.len();
            found.extend(self.several(&page, now).await?);
            page = self.page(&index, now, seen).await?;
        }
        // A session that was handed to another holder leaves its old entry behind.
        found.retain(|found| found.value.token_id.as_ref() == Some(token_id));
        found.sort_by_key(|found| found.value.created_at);
        Ok(found)
    }

    pub(crate) async fn all_live(&self, limit: usize, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let index = self.names.sessions();
        let mut found = Vec::new();
        let mut seen = 0;
        while found.len() < limit {
            let page = self.page(&index, now, seen).await?;
            if page.is_empty() {
                break;
            }
            seen += page.len();
            let sessions = self.several(&page, now).await?;
            found.extend(sessions.into_iter().map(|found| found.value));
        }
        found.truncate(limit);
        Ok(found)
    }

    pub(crate) async fn due(&self, limit: usize, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let index = self.names.deadlines();
        let mut due: Vec<Session> = Vec::new();
        while due.len() < limit {
            // Those before are due and stay until they have ended.
            let page = self.passed(&index, now, due.len()).await?;
            if page.is_empty() {
                break;
            }
            let sessions = self.several(&page, now).await?.into_iter();
            let pending = sessions.map(|found| found.value);
            let pending: Vec<_> = pending.filter(|session| !session.is_terminal()).collect();
            self.forget_deadlines(&index, &page, &pending).await?;
            for session in pending {
                if session.expires_at <= now {
                    due.push(session);
                } else {
                    // A QR that was scanned got a fresh minute.
                    self.index_deadline(&session).await?;
                }
            }
        }
        due.truncate(limit);
        Ok(due)
    }

    /// Drops the deadlines of a page whose sessions need none any more.
    async fn forget_deadlines(
        &self,
        index: &str,
        page: &[String],
        pending: &[Session],
    ) -> Result<(), Failure> {
        let is_pending = |id: &String| pending.iter().any(|session| session.id.as_str() == id);
        let over: Vec<&String> = page.iter().filter(|id| !is_pending(id)).collect();
        if over.is_empty() {
            return Ok(());
        }
        let mut command = redis::cmd("ZREM");
        command.arg(index).arg(over);
        self.link.query(&command).await
    }

    /// Drops the entries of forgotten sessions, which Redis forgets by itself.
    pub(crate) async fn prune_index(&self, now: Timestamp) -> Result<usize, StoreError> {
        let mut command = redis::cmd("ZREMRANGEBYSCORE");
        command
            .arg(self.names.sessions())
            .arg("-inf")
            .arg(now.unix_millis());
        Ok(self.link.query(&command).await?)
    }

    /// Enters a session in an index; whether there was room.
    async fn index(&self, index: &str, until: &str, id: &SessionId, limit: usize) -> Result<bool, Failure> {
        let limit = limit.to_string();
        let arguments = [until.as_bytes(), id.as_str().as_bytes(), limit.as_bytes()];
        script::INDEX.run(&self.link, index, &arguments).await
    }

    async fn index_holder(
        &self,
        token_id: Option<&TokenId>,
        until: &str,
        id: &SessionId,
    ) -> Result<(), Failure> {
        let Some(token_id) = token_id else { return Ok(()) };
        self.index(&self.names.holder(token_id), until, id, 0)
            .await
            .map(drop)
    }

    /// A session that has ended keeps its entry until somebody follows it.
    async fn index_deadline(&self, session: &Session) -> Result<(), Failure> {
        if session.is_terminal() {
            return Ok(());
        }
        let deadline = moment(session.expires_at);
        self.index(&self.names.deadlines(), &deadline, &session.id, 0)
            .await
            .map(drop)
    }

    /// Deadlines that have passed, after the first `seen` of them.
    async fn passed(&self, index: &str, now: Timestamp, seen: usize) -> Result<Vec<String>, Failure> {
        let mut command = redis::cmd("ZRANGEBYSCORE");
        command.arg(index).arg("-inf").arg(now.unix_millis());
        command.arg("LIMIT").arg(seen).arg(PAGE);
        self.link.query(&command).await
    }

    /// Entries of an index that are not forgotten, after the first `seen` of them.
    async fn page(&self, index: &str, now: Timestamp, seen: usize) -> Result<Vec<String>, Failure> {
        let mut command = redis::cmd("ZRANGEBYSCORE");
        let after = format!("({}", now.unix_millis());
        command.arg(index).arg(after).arg("+inf");
        command.arg("LIMIT").arg(seen).arg(PAGE);
        self.link.query(&command).await
    }

    /// Of these sessions, those that are there.
    async fn several(&self, ids: &[String], now: Timestamp) -> Result<Vec<Versioned<Session>>, StoreError> {
        let mut command = redis::cmd("MGET");
        for id in ids {
            command.arg(self.names.session_named(id));
        }
        let stored: Vec<Option<Vec<u8>>> = self.link.query(&command).await?;
        let live = stored.into_iter().map(|stored| live(stored, now));
        live.filter_map(Result::transpose).collect()
    }
}

/// A stored session, unless it is forgotten.
fn live(stored: Option<Vec<u8>>, now: Timestamp) -> Result<Option<Versioned<Session>>, StoreError> {
    let Some(stored) = stored else { return Ok(None) };
    stored::live(&stored, now)?.map(parse_session).transpose()
}
