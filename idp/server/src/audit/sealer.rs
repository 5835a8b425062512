//! Sealing audit facts. Every holder has a key of its own; erasing it erases whom the records were about, and the chain still
//! verifies. Facts about tokenIds that nobody enrolled share one key a month, so that strangers cannot fill the key table.

use std::sync::Arc;
use std::time::Duration;

use hmac_key::reference;
use idp_core::audit::AuditFact;
use idp_store::durable::{AuditRecord, SubjectKey};
use idp_store::{Change, Commit, DurableStore};
use idp_types::encoding::{base64url, from_base64url};
use idp_types::{Secret, Timestamp, TokenId};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};

use crate::crypto::{CryptoError, SealingKey, random};
use crate::keys::ServerSecrets;
use crate::problem::Problem;

mod hmac_key {
    //! Keyed names of subjects.

    use aws_lc_rs::hmac;
    use idp_types::Secret;
    use idp_types::encoding::lowerhex;

    /// The first 128 bits of HMAC-SHA256, lower-case hexadecimal.
    pub(super) fn reference(key: &Secret<32>, text: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.expose());
        let tag = hmac::sign(&key, text.as_bytes());
        lowerhex(tag.as_ref().get(..16).unwrap_or_default())
    }
}

/// Seconds for which a subject is known to have no key. A record about a stranger must not take longer than one about a holder (profile
/// 4); the time is short, because another process may make the key.
const STRANGER_SECONDS: Duration = Duration::from_secs(2);

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Sealed {
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

/// Turns facts into records.
pub struct AuditSealer {
    index: Secret<32>,
    storage: SealingKey,
    keys: Cache<String, Arc<SealingKey>>,
    strangers: Cache<String, ()>,
}

impl AuditSealer {
    /// With the installation's secrets.
    ///
    /// # Errors
    /// [`CryptoError`].
    pub fn new(secrets: &ServerSecrets) -> Result<Self, CryptoError> {
        Ok(Self {
            index: secrets.subject_index.clone(),
            storage: secrets.storage_key()?,
            keys: Cache::builder().max_capacity(100_000).build(),
            strangers: Cache::builder()
                .max_capacity(100_000)
                .time_to_live(STRANGER_SECONDS)
                .build(),
        })
    }

    /// The key that seals records at rest.
    pub fn storage(&self) -> &SealingKey {
        &self.storage
    }

    /// The name under which a holder's key is stored.
    pub fn reference(&self, token_id: &TokenId) -> String {
        reference(&self.index, token_id.as_str())
    }

    fn shared_reference(&self, now: Timestamp) -> String {
        let month: String = now.to_rfc3339().chars().take(7).collect();
        reference(&self.index, &format!("shared {month}"))
    }

    /// A key for a new holder, as a change of the commit that enrols it. Nothing happens if it has one.
    ///
    /// # Errors
    /// [`CryptoError`].
    pub fn new_key(&self, reference: String) -> Result<Change, CryptoError> {
        let sealed = self.storage.seal(reference.as_bytes(), &random::<32>()?)?;
        self.strangers.invalidate(&reference);
        Ok(Change::PutSubjectKey(SubjectKey { reference, sealed }))
    }

    async fn key(
        &self,
        store: &dyn DurableStore,
        reference: &str,
    ) -> Result<Option<Arc<SealingKey>>, Problem> {
        if let Some(key) = self.keys.get(reference) {
            return Ok(Some(key));
        }
        let Some(row) = store.subject_key(reference).await? else {
            return Ok(None);
        };
        let bytes = self.storage.open(reference.as_bytes(), &row.sealed)?;
        let secret: [u8; 32] = bytes.try_into().map_err(|_| CryptoError::Sealed)?;
        let key = Arc::new(SealingKey::new(&Secret::new(secret))?);
        self.keys.insert(reference.to_owned(), key.clone());
        Ok(Some(key))
    }

    /// A holder's own key, with the name it is stored under; `None` for a stranger.
    async fn own_key(
        &self,
        store: &dyn DurableStore,
        token_id: &TokenId,
    ) -> Result<Option<(String, Arc<SealingKey>)>, Problem> {
        let reference = self.reference(token_id);
        if self.strangers.contains_key(&reference) {
            return Ok(None);
        }
        let Some(key) = self.key(store, &reference).await? else {
            self.strangers.insert(reference, ());
            return Ok(None);
        };
        Ok(Some((reference, key)))
    }

    /// The shared key of the month, made on first use.
    async fn shared_key(
        &self,
        store: &dyn DurableStore,
        now: Timestamp,
    ) -> Result<(String, Arc<SealingKey>), Problem> {
        let reference = self.shared_reference(now);
        if let Some(key) = self.key(store, &reference).await? {
            return Ok((reference, key));
        }
        let change = self.new_key(reference.clone())?;
        store
            .commit(Commit {
                changes: vec![change],
                audit: Vec::new(),
            })
            .await?;
        let key = self.key(store, &reference).await?.ok_or(CryptoError::Sealed)?;
        Ok((reference, key))
    }

    /// The record of a fact.
    ///
    /// # Errors
    /// A [`Problem`] when the key store does not answer: nothing happens without its record.
    pub async fn record(
        &self,
        store: &dyn DurableStore,
        fact: AuditFact,
        now: Timestamp,
    ) -> Result<AuditRecord, Problem> {
        let private = fact.subject.is_some() || fact.address.is_some();
        let (subject, sealed) = if private {
            let own = match &fact.subject {
                Some(token_id) => self.own_key(store, token_id).await?,
                None => None,
            };
            let (reference, key) = match own {
                Some(found) => found,
                None => self.shared_key(store, now).await?,
            };
            let content = Sealed {
                subject: fact.subject.map(String::from),
                address: fact.address.map(|address| address.to_string()),
            };
            let plain = serde_json::to_vec(&content).unwrap_or_default();
            let sealed = base64url(&key.seal(reference.as_bytes(), &plain)?);
            (Some(reference), Some(sealed))
        } else {
            (None, None)
        };
        Ok(AuditRecord {
            at: now,
            event: fact.event,
            actor: fact.actor,
            session_id: fact.session_id,
            service_id: fact.service_id,
            subject,
            sealed,
            details: fact.details.into_iter().collect(),
        })
    }

    /// Whom a record is about and from where, for an auditor; `None` when its key was erased.
    ///
    /// # Errors
    /// A [`Problem`] when the key store does not answer.
    pub async fn open(
        &self,
        store: &dyn DurableStore,
        record: &AuditRecord,
    ) -> Result<Option<(Option<String>, Option<String>)>, Problem> {
        let (Some(reference), Some(sealed)) = (&record.subject, &record.sealed) else {
            return Ok(Some((None, None)));
        };
        let Some(key) = self.key(store, reference).await? else {
            return Ok(None);
        };
        let Some(bytes) = from_base64url(sealed) else {
            return Ok(None);
        };
        let Ok(plain) = key.open(reference.as_bytes(), &bytes) else {
            return Ok(None);
        };
        let content: Option<Sealed> = serde_json::from_slice(&plain).ok();
        Ok(content.map(|content| (content.subject, content.address)))
    }

    /// Forgets an erased key in this process.
    pub fn forget(&self, reference: &str) {
        self.keys.invalidate(reference);
    }
}
