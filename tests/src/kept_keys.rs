//! RSA keys that one test has made and the next one takes: finding their primes would be most of what a short test does.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use idp_server::keys::{KeyGenerator, KeyPurpose, SignError, SystemGenerator};
use zeroize::Zeroizing;

/// Every server of a test has keys of its own; those of the first server of each test are the same, and so on.
#[derive(Debug)]
pub struct KeptKeys {
    folder: PathBuf,
}

impl Default for KeptKeys {
    fn default() -> Self {
        Self {
            folder: Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/test-keys"),
        }
    }
}

impl KeptKeys {
    /// The next of a purpose in this process: no two servers of a test share one.
    fn next(&self, purpose: KeyPurpose) -> PathBuf {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        self.folder.join(format!("{purpose:?}-{number}.der"))
    }
}

impl KeyGenerator for KeptKeys {
    fn generate(&self, purpose: KeyPurpose) -> Result<Zeroizing<Vec<u8>>, SignError> {
        if !matches!(purpose.algorithm_name(), "RS256" | "PS256") {
            return SystemGenerator.generate(purpose);
        }
        let path = self.next(purpose);
        if let Ok(kept) = std::fs::read(&path) {
            return Ok(Zeroizing::new(kept));
        }
        let made = SystemGenerator.generate(purpose)?;
        keep(&path, &made).expect("a folder for keys");
        Ok(made)
    }
}

/// Whole or not at all: other tests look for it at the same time.
fn keep(path: &Path, key: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    std::io::Write::write_all(&mut file, key)?;
    file.persist(path)?;
    Ok(())
}
