//! The private keys of a scheme: one file each, mode 0600.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::SchemeError;
use crate::keys::{SoftwareSigner, write_private};

/// Who signs what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// The governance list.
    Anchor,
    /// The scheme list.
    Operator,
    /// The trust service list.
    Region,
    /// The seal revocation list.
    Revocation,
    /// Certificates and their revocation list.
    Authority,
    /// Seals.
    Signer,
}

impl Role {
    const ALL: [Self; 6] = [
        Self::Anchor,
        Self::Operator,
        Self::Region,
        Self::Revocation,
        Self::Authority,
        Self::Signer,
    ];

    fn path(self, directory: &Path) -> PathBuf {
        let name = match self {
            Self::Anchor => "anchor",
            Self::Operator => "operator",
            Self::Region => "region",
            Self::Revocation => "revocation",
            Self::Authority => "authority",
            Self::Signer => "signer",
        };
        directory.join("private").join(format!("{name}.p8"))
    }
}

pub(super) struct SchemeKeys(BTreeMap<Role, SoftwareSigner>);

impl SchemeKeys {
    /// Makes a key for each role.
    pub(super) fn generate(directory: &Path) -> Result<Self, SchemeError> {
        use std::os::unix::fs::DirBuilderExt;
        let private = directory.join("private");
        let made = std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&private);
        made.map_err(|source| SchemeError::Io {
            path: private,
            source,
        })?;
        let mut keys = Self(BTreeMap::new());
        for role in Role::ALL {
            keys.replace(directory, role)?;
        }
        Ok(keys)
    }

    pub(super) fn read(directory: &Path) -> Result<Self, SchemeError> {
        let mut keys = BTreeMap::new();
        for role in Role::ALL {
            let path = role.path(directory);
            let der = std::fs::read(&path).map(Zeroizing::new);
            let der = der.map_err(|source| SchemeError::Io { path, source })?;
            keys.insert(role, SoftwareSigner::from_pkcs8(&der)?);
        }
        Ok(Self(keys))
    }

    /// Makes a new key for a role.
    pub(super) fn replace(&mut self, directory: &Path, role: Role) -> Result<(), SchemeError> {
        let der = Zeroizing::new(SoftwareSigner::generate()?);
        write_private(&role.path(directory), &der)?;
        self.0.insert(role, SoftwareSigner::from_pkcs8(&der)?);
        Ok(())
    }

    pub(super) fn signer(&self, role: Role) -> Result<&SoftwareSigner, SchemeError> {
        Ok(self.0.get(&role).ok_or(crate::keys::SignError)?)
    }
}
