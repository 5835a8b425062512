//! The first look at a home: what is there, and what is missing from it.

use idp_core::keys::KeyPurpose;
use idp_store::Version;
use idp_types::Timestamp;

use super::document::{self, StoredKeys};
use super::make::Material;
use super::{KeyError, KeyHome, RingSettings, ServerSecrets};
use crate::crypto::SealingKey;

/// How often a race for the first keys is tried again.
pub(super) const TRIES: usize = 20;

/// Whose keys, and how new ones are made.
pub(super) struct Opening {
    pub(super) home: KeyHome,
    pub(super) sealing: SealingKey,
    pub(super) settings: RingSettings,
}

impl Opening {
    /// The secrets and keys of the home, every purpose but those of SAML with one, and the version at which they stand there. Of two instances that make the
    /// first ones at once, both use those of the faster one.
    pub(super) async fn run(&self, now: Timestamp) -> Result<(ServerSecrets, StoredKeys, Version), KeyError> {
        let mut made: Vec<Material> = Vec::new();
        for _ in 0..TRIES {
            let Some((secrets, mut stored, version)) = self.look(now).await? else {
                continue;
            };
            let mut missing = KeyPurpose::ALL.to_vec();
            missing.retain(|purpose| !purpose.is_saml());
            missing.retain(|purpose| !stored.keys.iter().any(|key| key.life.purpose == *purpose));
            if missing.is_empty() && version != Version(0) {
                self.discard(made, &stored).await?;
                return Ok((secrets, stored, version));
            }
            missing.retain(|purpose| made.iter().all(|material| material.purpose() != *purpose));
            made.extend(Material::generate_all(missing, &self.settings).await?);
            for material in &made {
                let is_there = |purpose| stored.keys.iter().any(|key| key.life.purpose == purpose);
                if !is_there(material.purpose()) {
                    let key = material.plan(&mut stored.keys, &self.settings, now).await?;
                    stored.keys.push(key);
                }
            }
            let sealed = document::seal(&self.sealing, &secrets, &stored)?;
            self.home.write(sealed, version).await?;
            // Read once more: what counts is what is there.
        }
        Err(KeyError::Contended(self.home.name()))
    }

    /// Of those that were made, the ones that another instance was faster with.
    async fn discard(&self, made: Vec<Material>, stored: &StoredKeys) -> Result<(), KeyError> {
        for material in made {
            let kid = material.kid()?;
            if !stored.keys.iter().any(|key| key.life.kid == kid) {
                material.discard(&self.settings).await;
            }
        }
        Ok(())
    }

    /// What is there; `None` when it has just been put there.
    async fn look(&self, now: Timestamp) -> Result<Option<(ServerSecrets, StoredKeys, Version)>, KeyError> {
        if let Some(found) = self.home.read().await? {
            let (secrets, stored) = document::open(&found.value, &self.sealing, &self.home.name())?;
            return Ok(Some((secrets, stored, found.version)));
        }
        if let Some(former) = self.home.former().await? {
            document::open(&former, &self.sealing, "the key file")?;
            if self.home.write(former, Version(0)).await? {
                tracing::info!(
                    "the keys of the key file are in the database now, for all instances; the file is not read any more"
                );
            }
            return Ok(None);
        }
        let secrets = ServerSecrets::generate(now)?;
        Ok(Some((secrets, StoredKeys::default(), Version(0))))
    }
}
