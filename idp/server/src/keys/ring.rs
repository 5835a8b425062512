//! The keys in use, and their rotation.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use idp_core::keys::{KeyLife, KeyPhase, KeyPurpose, RotationPolicy, active};
use idp_jose::{Jwk, PublicKey};
use idp_types::{KeyId, Secret, Timestamp};

use super::file::{self, KeyFileError, StoredKeys};
use super::make::Material;
use super::published::{PublishedSet, PublishedSets};
use super::retired::RetiredKey;
use super::{KeySetView, ServerSecrets, SignError, Signer, signer};
use crate::crypto::SealingKey;

/// One key of the ring.
pub struct RingKey {
    /// Its dates.
    pub life: KeyLife,
    /// Its private half.
    pub signer: Arc<dyn Signer>,
    certificate: Option<Vec<u8>>,
}

impl RingKey {
    /// Its identifier.
    pub fn kid(&self) -> &str {
        self.life.kid.as_str()
    }

    /// Its public half as it is published, with its certificate where it has one.
    fn jwk(&self) -> Jwk {
        Jwk {
            kid: Some(self.kid().to_owned()),
            alg: Some(self.signer.algorithm().name().to_owned()),
            use_: Some("sig".to_owned()),
            x5c: self.certificate.clone().map(|certificate| vec![certificate]),
            ..Jwk::new(self.signer.public_key().clone())
        }
    }
}

/// What new keys are made by.
#[derive(Debug, Clone)]
pub struct RingSettings {
    /// The dates of a rotation.
    pub rotation: RotationPolicy,
    /// Days that a key is meant to sign.
    pub rotate_days: u32,
    /// The issuer's host, for the subject of certificates.
    pub host: String,
}

impl RingSettings {
    /// For an issuer: an origin, whose host is all that keys need.
    pub fn new(rotation: RotationPolicy, rotate_days: u32, issuer: &str) -> Self {
        let authority = issuer
            .split_once("://")
            .map_or(issuer, |(_, authority)| authority);
        let host = match authority.rsplit_once(':') {
            // A colon inside brackets belongs to the address (RFC 3986 section 3.2.2).
            Some((host, port)) if !port.contains(']') => host,
            _ => authority,
        };
        Self {
            rotation,
            rotate_days,
            host: host.to_owned(),
        }
    }
}

/// One state of the ring.
struct Ring {
    keys: HashMap<KeyId, Arc<RingKey>>,
    stored: StoredKeys,
    published: PublishedSets,
}

impl Ring {
    fn lives(&self) -> Vec<KeyLife> {
        self.stored.keys.iter().map(|key| key.life.clone()).collect()
    }
}

/// The key ring of an installation.
pub struct KeyRing {
    path: PathBuf,
    sealing: SealingKey,
    settings: RingSettings,
    secrets: Arc<ServerSecrets>,
    ring: RwLock<Ring>,
    /// Held by who reads or writes the file, so that nobody has to wait for a new key but the next one who wants one.
    changing: Mutex<()>,
}

impl KeyRing {
    /// Opens the key file, or makes it with one key for each purpose. A file of an earlier version lacks purposes; they are added.
    ///
    /// # Errors
    /// [`KeyFileError`] when the file does not open, can be read by others, or cannot be written.
    pub fn open(
        path: PathBuf,
        seal_key: &Secret<32>,
        settings: RingSettings,
        now: Timestamp,
    ) -> Result<Self, KeyFileError> {
        let sealing = SealingKey::new(seal_key)?;
        let (secrets, mut stored) = match file::read(&path, &sealing)? {
            Some(found) => found,
            None => (ServerSecrets::generate(now)?, StoredKeys::default()),
        };
        let mut missing = KeyPurpose::ALL.to_vec();
        missing.retain(|purpose| !stored.keys.iter().any(|key| key.life.purpose == *purpose));
        for material in Material::generate_all(&missing)? {
            let key = material.plan(&mut stored.keys, &settings, now)?;
            stored.keys.push(key);
        }
        if !missing.is_empty() {
            file::write(&path, &sealing, &secrets, &stored)?;
        }
        let ring = RwLock::new(load(stored, &HashMap::new())?);
        Ok(Self {
            path,
            sealing,
            settings,
            secrets: Arc::new(secrets),
            ring,
            changing: Mutex::new(()),
        })
    }

    /// The symmetric secrets.
    pub fn secrets(&self) -> &Arc<ServerSecrets> {
        &self.secrets
    }

    fn read<T>(&self, look: impl FnOnce(&Ring) -> T) -> T {
        look(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn phase(&self, life: &KeyLife, now: Timestamp) -> KeyPhase {
        life.phase(&self.settings.rotation, now)
    }

    /// The key that signs for a purpose at `now`.
    ///
    /// # Errors
    /// [`SignError`] when none is active, which only a changed clock can bring about.
    pub fn active(&self, purpose: KeyPurpose, now: Timestamp) -> Result<Arc<RingKey>, SignError> {
        self.read(|ring| {
            let found = ring
                .keys
                .values()
                .find(|key| key.life.purpose == purpose && self.phase(&key.life, now) == KeyPhase::Active);
            found.cloned().ok_or(SignError)
        })
    }

    /// The public key of a purpose by its `kid`, while anything it signed can still be valid.
    pub fn verification(&self, purpose: KeyPurpose, kid: &str, now: Timestamp) -> Option<PublicKey> {
        let kid = KeyId::parse(kid).ok()?;
        self.read(|ring| {
            let key = ring.keys.get(&kid)?;
            let alive = key.life.purpose == purpose && self.phase(&key.life, now) != KeyPhase::Gone;
            alive.then(|| key.signer.public_key().clone())
        })
    }

    /// The public key of a purpose by its `kid`, as long as it is remembered: longer than anything that it signed is valid. For
    /// what may have expired, never for what has to be valid.
    pub fn remembered(&self, purpose: KeyPurpose, kid: &str, now: Timestamp) -> Option<PublicKey> {
        let kid = KeyId::parse(kid).ok()?;
        let is_it = |life: &KeyLife| {
            life.kid == kid && life.purpose == purpose && life.is_remembered(&self.settings.rotation, now)
        };
        self.read(|ring| {
            let kept = ring.keys.get(&kid).filter(|key| is_it(&key.life));
            let retired = ring.stored.retired.iter().find(|key| is_it(&key.life));
            kept.map(|key| key.signer.public_key())
                .or(retired.map(|key| &key.public))
                .cloned()
        })
    }

    /// The key set that is published at `now`, upcoming and retiring keys included, written once and kept until it changes.
    pub fn published_view(&self, view: KeySetView, now: Timestamp) -> Arc<PublishedSet> {
        self.read(|ring| ring.published.at(view, now, || self.write_view(ring, view, now)))
    }

    fn write_view(&self, ring: &Ring, view: KeySetView, now: Timestamp) -> PublishedSet {
        let mut keys: Vec<&Arc<RingKey>> = ring.keys.values().collect();
        keys.retain(|key| key.life.purpose.is_published() && view.shows(key.signer.algorithm()));
        let ends = || {
            keys.iter()
                .filter_map(|key| key.life.gone_at(&self.settings.rotation))
        };
        let changes = (
            ends().filter(|end| *end <= now).max(),
            ends().filter(|end| *end > now).min(),
        );
        keys.retain(|key| self.phase(&key.life, now) != KeyPhase::Gone);
        keys.sort_by_key(|key| (key.life.purpose, key.life.active_from));
        let written = keys.iter().map(|key| {
            let mut jwk = key.jwk();
            jwk.x5c = jwk.x5c.filter(|_| view.shows_certificates());
            jwk
        });
        PublishedSet::new(written.collect(), changes)
    }

    /// The dates of all keys.
    pub fn lives(&self) -> Vec<KeyLife> {
        self.read(Ring::lives)
    }

    /// The public key of every key of a purpose, for offline checks.
    pub fn public_keys(&self, purpose: KeyPurpose) -> Vec<Jwk> {
        self.read(|ring| {
            ring.keys
                .values()
                .filter(|key| key.life.purpose == purpose)
                .map(|key| key.jwk())
                .collect()
        })
    }

    fn change(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the file again: another process may have rotated.
    ///
    /// # Errors
    /// [`KeyFileError`]; the ring is unchanged then.
    pub fn reload(&self) -> Result<(), KeyFileError> {
        let _changing = self.change();
        self.reload_changing()
    }

    fn reload_changing(&self) -> Result<(), KeyFileError> {
        match file::read(&self.path, &self.sealing)? {
            Some((_, stored)) => self.replace(stored),
            None => Ok(()),
        }
    }

    /// Puts other keys in place. Those that stay are not parsed again, and if all stay, so does what was published.
    fn replace(&self, stored: StoredKeys) -> Result<(), KeyFileError> {
        let known = self.read(|ring| (ring.stored != stored).then(|| ring.keys.clone()));
        if let Some(known) = known {
            let next = load(stored, &known)?;
            *self.ring.write().unwrap_or_else(PoisonError::into_inner) = next;
        }
        Ok(())
    }

    /// Makes the next key of a purpose, published from now on; it signs after the time that caches keep the key set.
    ///
    /// # Errors
    /// [`KeyFileError`]; the ring is unchanged then.
    pub fn rotate(&self, purpose: KeyPurpose, now: Timestamp) -> Result<KeyId, KeyFileError> {
        let _changing = self.change();
        // The command line may have rotated meanwhile: the file is the truth.
        self.reload_changing()?;
        let material = Material::generate(purpose)?;
        let mut stored = self.read(|ring| ring.stored.clone());
        self.retire(&mut stored, now);
        let key = material.plan(&mut stored.keys, &self.settings, now)?;
        let kid = key.life.kid.clone();
        stored.keys.push(key);
        file::write(&self.path, &self.sealing, &self.secrets, &stored)?;
        self.replace(stored)?;
        Ok(kid)
    }

    /// Destroys the private halves of keys that are gone, and forgets the public ones that nobody needs to remember.
    fn retire(&self, stored: &mut StoredKeys, now: Timestamp) {
        let gone = self.read(|ring| {
            let keys = ring.keys.values();
            let gone = keys.filter(|key| self.phase(&key.life, now) == KeyPhase::Gone);
            gone.map(|key| RetiredKey {
                life: key.life.clone(),
                public: key.signer.public_key().clone(),
            })
            .collect::<Vec<_>>()
        });
        stored
            .keys
            .retain(|key| self.phase(&key.life, now) != KeyPhase::Gone);
        stored.retired.extend(gone);
        stored
            .retired
            .retain(|key| key.is_remembered(&self.settings.rotation, now));
    }

    /// Rotates every purpose whose active key signs for longer than `days` and has no successor yet. Blocks while keys are made.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn rotate_due(&self, days: u32, now: Timestamp) -> Result<Vec<KeyId>, KeyFileError> {
        let oldest = now.minus_seconds(i64::from(days) * 86_400);
        let lives = self.lives();
        let due = KeyPurpose::ALL.into_iter().filter(|purpose| {
            active(&lives, *purpose, &self.settings.rotation, now)
                .is_some_and(|life| life.active_from < oldest && life.retired_at.is_none())
        });
        due.map(|purpose| self.rotate(purpose, now)).collect()
    }
}

/// Parses the keys; those that are `known` have been parsed before.
fn load(stored: StoredKeys, known: &HashMap<KeyId, Arc<RingKey>>) -> Result<Ring, KeyFileError> {
    let mut keys = HashMap::new();
    for key in &stored.keys {
        let parsed = match known.get(&key.life.kid) {
            Some(known) => known.signer.clone(),
            None => signer::from_pkcs8(signer::algorithm_of(key.life.purpose)?, &key.pkcs8)?,
        };
        let ring_key = RingKey {
            life: key.life.clone(),
            signer: parsed,
            certificate: key.certificate.clone(),
        };
        keys.insert(key.life.kid.clone(), Arc::new(ring_key));
    }
    Ok(Ring {
        keys,
        stored,
        published: PublishedSets::default(),
    })
}
