//! What changes the ring: rotation, a key from outside, the end of a key that somebody else may have. Each change is made on what the home
//! says at that moment, and made again when another process was faster.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use idp_core::keys::{KeyLife, KeyPhase, KeyPurpose, active, revoke};
use idp_store::Version;
use idp_types::{KeyId, Timestamp};

use super::document::{self, StoredKey, StoredKeys};
use super::make::{Material, destroy};
use super::opening::TRIES;
use super::retired::RetiredKey;
use super::ring::load;
use super::{KeyError, KeyRing, RingKey};

/// What came of asking for the next key of a purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotated {
    /// It was made.
    Made(KeyId),
    /// It was there already and waits for its time.
    Waiting(KeyId),
}

/// What came of retiring a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retired {
    /// The key that signs from now on, where the retired one did.
    pub successor: Option<KeyId>,
}

impl KeyRing {
    /// Reads the home again: another process may have changed the keys.
    ///
    /// # Errors
    /// [`KeyError`]; the ring is unchanged then.
    pub async fn reload(&self) -> Result<(), KeyError> {
        let _changing = self.changing.lock().await;
        self.refresh().await
    }

    /// To be called by who holds `changing`.
    async fn refresh(&self) -> Result<(), KeyError> {
        let Some(found) = self.home.read().await? else {
            return Ok(());
        };
        if self.read(|ring| ring.version == found.version) {
            return Ok(());
        }
        let (_, stored) = document::open(&found.value, &self.sealing, &self.home.name())?;
        self.replace(stored, found.version)
    }

    /// Puts other keys in place. Those that stay are not parsed again, and if all stay, so does what was published.
    fn replace(&self, stored: StoredKeys, version: Version) -> Result<(), KeyError> {
        let known = self.read(|ring| (ring.stored != stored).then(|| ring.keys.clone()));
        let next = match known {
            Some(known) => Some(load(stored, version, (&known, &self.settings))?),
            None => None,
        };
        let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        match next {
            Some(next) => *ring = next,
            None => ring.version = version,
        }
        Ok(())
    }

    /// Writes a change and puts it in place; `false` when somebody was faster. To be called by who holds `changing`.
    async fn write(&self, stored: StoredKeys) -> Result<bool, KeyError> {
        let sealed = document::seal(&self.sealing, self.secrets(), &stored)?;
        let expected = self.read(|ring| ring.version);
        if !self.home.write(sealed, expected).await? {
            return Ok(false);
        }
        let before = self.token_ids();
        self.refresh().await?;
        if let Some(token) = self.token() {
            for id in before.difference(&self.token_ids()) {
                destroy(token, id.clone()).await;
            }
        }
        Ok(true)
    }

    fn token_ids(&self) -> BTreeSet<Vec<u8>> {
        self.read(|ring| ring.stored.keys.iter().filter_map(StoredKey::token_id).collect())
    }

    /// Makes the next key of a purpose, published from now on; it signs after the time that caches keep the key set. While there is one
    /// that waits, that one is the answer.
    ///
    /// # Errors
    /// [`KeyError`]; the ring is unchanged then.
    pub async fn rotate(&self, purpose: KeyPurpose, now: Timestamp) -> Result<Rotated, KeyError> {
        let _changing = self.changing.lock().await;
        let mut made: Option<Material> = None;
        for _ in 0..TRIES {
            self.refresh().await?;
            if let Some(waiting) = self.upcoming(purpose, now) {
                if let Some(material) = made.take() {
                    material.discard(&self.settings).await;
                }
                return Ok(Rotated::Waiting(waiting));
            }
            let material = match made.take() {
                Some(material) => material,
                None => Material::generate(purpose, &self.settings).await?,
            };
            if let Some(kid) = self.publish(&material, now).await? {
                return Ok(Rotated::Made(kid));
            }
            made = Some(material);
        }
        Err(KeyError::Contended(self.home.name()))
    }

    /// The key that signs for a purpose, made now where there is none yet.
    ///
    /// # Errors
    /// [`KeyError`]; the ring is unchanged then.
    pub async fn ensure(&self, purpose: KeyPurpose, now: Timestamp) -> Result<Arc<RingKey>, KeyError> {
        if let Ok(key) = self.active(purpose, now) {
            return Ok(key);
        }
        let _changing = self.changing.lock().await;
        let mut made: Option<Material> = None;
        for _ in 0..TRIES {
            self.refresh().await?;
            if let Ok(key) = self.active(purpose, now) {
                if let Some(material) = made.take() {
                    material.discard(&self.settings).await;
                }
                return Ok(key);
            }
            let material = match made.take() {
                Some(material) => material,
                None => Material::generate(purpose, &self.settings).await?,
            };
            if self.publish(&material, now).await?.is_some() {
                return Ok(self.active(purpose, now)?);
            }
            made = Some(material);
        }
        Err(KeyError::Contended(self.home.name()))
    }

    /// Publishes a private key that was made elsewhere, PKCS#8 in PEM (RFC 7468 section 10), as the next one of a purpose. One that is in
    /// the ring already is the answer.
    ///
    /// # Errors
    /// [`KeyError::InToken`] when those of the purpose are made in the token, [`KeyError::Foreign`] when it is none for its algorithm, [`KeyError::Upcoming`] when another one waits already.
    pub async fn import(&self, purpose: KeyPurpose, pem: &str, now: Timestamp) -> Result<Rotated, KeyError> {
        if self.settings.token_of(purpose).is_some() {
            return Err(KeyError::InToken);
        }
        let material = Material::parse(purpose, pem)?;
        let kid = material.kid()?;
        let _changing = self.changing.lock().await;
        for _ in 0..TRIES {
            self.refresh().await?;
            if self.read(|ring| ring.keys.contains_key(&kid)) {
                return Ok(Rotated::Waiting(kid));
            }
            if let Some(waiting) = self.upcoming(purpose, now) {
                return Err(KeyError::Upcoming(waiting.to_string()));
            }
            if let Some(kid) = self.publish(&material, now).await? {
                return Ok(Rotated::Made(kid));
            }
        }
        Err(KeyError::Contended(self.home.name()))
    }

    /// Ends a key at once, because somebody else may have it: it is published no more, nothing that it signed is accepted, and its private
    /// half is destroyed. Where it signed, the one that waits signs from now on, or a new one.
    ///
    /// # Errors
    /// [`KeyError::Unknown`] when no key of the purpose has this name.
    pub async fn retire(
        &self,
        purpose: KeyPurpose,
        kid: &KeyId,
        now: Timestamp,
    ) -> Result<Retired, KeyError> {
        let _changing = self.changing.lock().await;
        let mut made: Option<Material> = None;
        for _ in 0..TRIES {
            self.refresh().await?;
            let mut stored = self.read(|ring| ring.stored.clone());
            let is_it = |life: &KeyLife| life.kid == *kid && life.purpose == purpose;
            let is_over = |life: &KeyLife| is_it(life) && life.revoked_at.is_some();
            if stored.retired.iter().any(|key| is_over(&key.life)) {
                return Ok(Retired { successor: None });
            }
            if !stored.keys.iter().any(|key| is_it(&key.life)) {
                return Err(KeyError::Unknown(kid.to_string()));
            }
            let mut lives = stored.lives();
            let before = active(&lives, purpose, &self.settings.rotation, now).map(|life| life.kid.clone());
            revoke(&mut lives, kid, &self.settings.rotation, now);
            stored.put_lives(lives);
            if active(&stored.lives(), purpose, &self.settings.rotation, now).is_none() {
                let material = match made.take() {
                    Some(material) => material,
                    None => Material::generate(purpose, &self.settings).await?,
                };
                let key = material.plan(&mut stored.keys, &self.settings, now).await?;
                stored.keys.push(key);
                made = Some(material);
            }
            self.drop_gone(&mut stored, now);
            if self.write(stored).await? {
                let signs = self.active(purpose, now)?.life.kid.clone();
                let successor = (before.as_ref() == Some(kid)).then_some(signs);
                return Ok(Retired { successor });
            }
        }
        Err(KeyError::Contended(self.home.name()))
    }

    /// Adds a key; `None` when somebody was faster.
    async fn publish(&self, material: &Material, now: Timestamp) -> Result<Option<KeyId>, KeyError> {
        let mut stored = self.read(|ring| ring.stored.clone());
        self.drop_gone(&mut stored, now);
        let key = material.plan(&mut stored.keys, &self.settings, now).await?;
        let kid = key.life.kid.clone();
        stored.keys.push(key);
        Ok(self.write(stored).await?.then_some(kid))
    }

    fn upcoming(&self, purpose: KeyPurpose, now: Timestamp) -> Option<KeyId> {
        let lives = self.lives();
        let mut upcoming = lives
            .into_iter()
            .filter(|life| life.purpose == purpose && self.phase(life, now) == KeyPhase::Upcoming);
        upcoming.next().map(|life| life.kid)
    }

    /// Destroys the private halves of keys that are gone, and forgets the public ones that nobody needs to remember.
    fn drop_gone(&self, stored: &mut StoredKeys, now: Timestamp) {
        let (gone, kept) = std::mem::take(&mut stored.keys)
            .into_iter()
            .partition(|key| self.phase(&key.life, now) == KeyPhase::Gone);
        stored.keys = kept;
        let gone: Vec<_> = gone;
        let remembered = self.read(|ring| {
            let public = |key: StoredKey| {
                let known = ring.keys.get(&key.life.kid)?;
                Some(RetiredKey {
                    life: key.life,
                    public: known.signer.public_key().clone(),
                })
            };
            gone.into_iter().filter_map(public).collect::<Vec<_>>()
        });
        stored.retired.extend(remembered);
        stored
            .retired
            .retain(|key| key.is_remembered(&self.settings.rotation, now));
    }

    /// Rotates every purpose whose active key signs for longer than `days` and has no successor yet; which ones were made.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn rotate_due(&self, days: u32, now: Timestamp) -> Result<Vec<KeyId>, KeyError> {
        let oldest = now.minus_seconds(i64::from(days) * 86_400);
        let lives = self.lives();
        let due = KeyPurpose::ALL.into_iter().filter(|purpose| {
            !purpose.is_saml()
                && active(&lives, *purpose, &self.settings.rotation, now)
                    .is_some_and(|life| life.active_from < oldest && life.retired_at.is_none())
        });
        let mut made = Vec::new();
        for purpose in due {
            if let Rotated::Made(kid) = self.rotate(purpose, now).await? {
                made.push(kid);
            }
        }
        Ok(made)
    }
}
