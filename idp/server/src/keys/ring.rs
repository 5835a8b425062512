//! The keys in use, and their rotation.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use idp_core::keys::{KeyLife, KeyPhase, KeyPurpose, RotationPolicy, active, rotate};
use idp_jose::{EcPublicKey, Jwk, PublicKey};
use idp_types::encoding::base64url;
use idp_types::{KeyId, Secret, Timestamp};
use zeroize::Zeroizing;

use super::file::{self, KeyFileError, StoredKey};
use super::{ServerSecrets, SignError, Signer, SoftwareSigner};
use crate::crypto::{SealingKey, sha256};

/// One key of the ring.
pub struct RingKey {
    /// Its dates.
    pub life: KeyLife,
    /// Its private half.
    pub signer: Arc<dyn Signer>,
}

impl RingKey {
    /// Its identifier.
    pub fn kid(&self) -> &str {
        self.life.kid.as_str()
    }
}

struct Ring {
    keys: HashMap<KeyId, Arc<RingKey>>,
    stored: Vec<StoredKey>,
}

impl Ring {
    fn lives(&self) -> Vec<KeyLife> {
        self.stored.iter().map(|key| key.life.clone()).collect()
    }
}

/// The key ring of an installation.
pub struct KeyRing {
    path: PathBuf,
    sealing: SealingKey,
    policy: RotationPolicy,
    secrets: Arc<ServerSecrets>,
    ring: RwLock<Ring>,
}

impl KeyRing {
    /// Opens the key file, or makes it with one key for each purpose.
    ///
    /// # Errors
    /// [`KeyFileError`] when the file does not open, can be read by others, or cannot be written.
    pub fn open(
        path: PathBuf,
        seal_key: &Secret<32>,
        policy: RotationPolicy,
        now: Timestamp,
    ) -> Result<Self, KeyFileError> {
        let sealing = SealingKey::new(seal_key)?;
        let (secrets, mut stored) = match file::read(&path, &sealing)? {
            Some(found) => found,
            None => (ServerSecrets::generate(now)?, Vec::new()),
        };
        let mut changed = false;
        for purpose in KeyPurpose::ALL {
            if !stored.iter().any(|key| key.life.purpose == purpose) {
                let key = new_key(&mut stored, purpose, &policy, now)?;
                stored.push(key);
                changed = true;
            }
        }
        if changed {
            file::write(&path, &sealing, &secrets, &stored)?;
        }
        let ring = RwLock::new(load(stored)?);
        Ok(Self {
            path,
            sealing,
            policy,
            secrets: Arc::new(secrets),
            ring,
        })
    }

    /// The symmetric secrets.
    pub fn secrets(&self) -> &Arc<ServerSecrets> {
        &self.secrets
    }

    fn read<T>(&self, look: impl FnOnce(&Ring) -> T) -> T {
        look(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The key that signs for a purpose at `now`.
    ///
    /// # Errors
    /// [`SignError`] when none is active, which only a changed clock can bring about.
    pub fn active(&self, purpose: KeyPurpose, now: Timestamp) -> Result<Arc<RingKey>, SignError> {
        self.read(|ring| {
            let found = ring.keys.values().find(|key| {
                key.life.purpose == purpose && key.life.phase(&self.policy, now) == KeyPhase::Active
            });
            found.cloned().ok_or(SignError)
        })
    }

    /// The public key of a purpose by its `kid`, while anything it signed can still be valid.
    pub fn verification(&self, purpose: KeyPurpose, kid: &str, now: Timestamp) -> Option<EcPublicKey> {
        let kid = KeyId::parse(kid).ok()?;
        self.read(|ring| {
            let key = ring.keys.get(&kid)?;
            let alive = key.life.purpose == purpose && key.life.phase(&self.policy, now) != KeyPhase::Gone;
            alive.then(|| key.signer.public_key().clone())
        })
    }

    /// The key set that is published at `now`, upcoming and retiring keys included.
    pub fn published(&self, now: Timestamp) -> Vec<Jwk> {
        self.read(|ring| {
            let mut keys: Vec<&Arc<RingKey>> = ring.keys.values().collect();
            keys.retain(|key| {
                key.life.purpose.is_published() && key.life.phase(&self.policy, now) != KeyPhase::Gone
            });
            keys.sort_by_key(|key| (key.life.purpose, key.life.active_from));
            keys.iter().map(|key| jwk(key)).collect()
        })
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
                .map(|key| jwk(key))
                .collect()
        })
    }

    /// Reads the file again: another process may have rotated.
    ///
    /// # Errors
    /// [`KeyFileError`]; the ring is unchanged then.
    pub fn reload(&self) -> Result<(), KeyFileError> {
        let Some((_, stored)) = file::read(&self.path, &self.sealing)? else {
            return Ok(());
        };
        let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        *ring = load(stored)?;
        Ok(())
    }

    /// Makes the next key of a purpose, published from now on; it signs after the time that caches keep the key set.
    ///
    /// # Errors
    /// [`KeyFileError`]; the ring is unchanged then.
    pub fn rotate(&self, purpose: KeyPurpose, now: Timestamp) -> Result<KeyId, KeyFileError> {
        // The command line may have rotated meanwhile: the file is the truth.
        self.reload()?;
        let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        let mut stored: Vec<StoredKey> = ring
            .stored
            .iter()
            .filter(|key| key.life.phase(&self.policy, now) != KeyPhase::Gone)
            .map(|key| StoredKey {
                life: key.life.clone(),
                pkcs8: key.pkcs8.clone(),
            })
            .collect();
        let key = new_key(&mut stored, purpose, &self.policy, now)?;
        let kid = key.life.kid.clone();
        stored.push(key);
        file::write(&self.path, &self.sealing, &self.secrets, &stored)?;
        *ring = load(stored)?;
        Ok(kid)
    }

    /// Rotates every purpose whose active key signs for longer than `days` and has no successor yet.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn rotate_due(&self, days: u32, now: Timestamp) -> Result<Vec<KeyId>, KeyFileError> {
        let oldest = now.minus_seconds(i64::from(days) * 86_400);
        let lives = self.lives();
        let due = KeyPurpose::ALL.into_iter().filter(|purpose| {
            active(&lives, *purpose, &self.policy, now)
                .is_some_and(|life| life.active_from < oldest && life.retired_at.is_none())
        });
        due.map(|purpose| self.rotate(purpose, now)).collect()
    }
}

fn jwk(key: &RingKey) -> Jwk {
    Jwk {
        key: PublicKey::P256(key.signer.public_key().clone()),
        kid: Some(key.kid().to_owned()),
        alg: Some("ES256".to_owned()),
        use_: Some("sig".to_owned()),
    }
}

fn new_key(
    stored: &mut [StoredKey],
    purpose: KeyPurpose,
    policy: &RotationPolicy,
    now: Timestamp,
) -> Result<StoredKey, KeyFileError> {
    let pkcs8 = Zeroizing::new(SoftwareSigner::generate()?);
    let public = SoftwareSigner::from_pkcs8(&pkcs8)?;
    let kid = kid_of(public.public_key(), purpose)?;
    let mut lives: Vec<KeyLife> = stored.iter().map(|key| key.life.clone()).collect();
    let life = rotate(&mut lives, kid, purpose, policy, now);
    for (key, changed) in stored.iter_mut().zip(lives) {
        key.life = changed;
    }
    Ok(StoredKey { life, pkcs8 })
}

/// A Service VDS names its key in nine characters of C40, so its `kid` is made of those; others use the thumbprint's beginning.
fn kid_of(public: &EcPublicKey, purpose: KeyPurpose) -> Result<KeyId, SignError> {
    const C40: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let digest = sha256(public.to_sec1());
    let text = match purpose {
        KeyPurpose::ServiceSeal => {
            let character = |byte: &u8| char::from(*C40.get(usize::from(*byte) % 36).unwrap_or(&b'0'));
            format!(
                "IDTS{}0",
                digest.iter().take(4).map(character).collect::<String>()
            )
        }
        _ => base64url(digest.get(..16).unwrap_or_default()),
    };
    KeyId::parse(text).map_err(|_| SignError)
}

fn load(stored: Vec<StoredKey>) -> Result<Ring, KeyFileError> {
    let mut keys = HashMap::new();
    for key in &stored {
        let signer = Arc::new(SoftwareSigner::from_pkcs8(&key.pkcs8)?);
        keys.insert(
            key.life.kid.clone(),
            Arc::new(RingKey {
                life: key.life.clone(),
                signer,
            }),
        );
    }
    Ok(Ring { keys, stored })
}
