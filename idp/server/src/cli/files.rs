//! Files that commands read and write.

use std::fs::{DirBuilder, File};
use std::io::Read;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use zeroize::Zeroizing;

use super::CliError;

fn refused(path: &Path, verb: &str, error: impl std::fmt::Display) -> CliError {
    let fix = "check the name and the rights of the file and its folder";
    CliError::failed(format!("{} cannot be {verb}", path.display()), error, fix)
}

/// A file of at most `limit` bytes; `-` is standard input.
pub(super) fn read(path: &Path, limit: usize) -> Result<Zeroizing<Vec<u8>>, CliError> {
    let mut bytes = Zeroizing::new(Vec::new());
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    read.map_err(|error| refused(path, "read", error))?;
    if bytes.len() > limit {
        return Err(refused(path, "read", format!("it is longer than {limit} bytes")));
    }
    Ok(bytes)
}

/// The same, as text.
pub(super) fn read_text(path: &Path, limit: usize) -> Result<Zeroizing<String>, CliError> {
    let bytes = read(path, limit)?;
    let text = std::str::from_utf8(&bytes).map_err(|error| refused(path, "read", error))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Writes a file that its owner alone may read, in one step: whoever reads meanwhile sees the old or the new one.
pub(super) fn write_private(path: &Path, content: &[u8]) -> Result<(), CliError> {
    crate::keys::write_private(path, content).map_err(|error| refused(path, "written", error))
}

/// Makes a folder that its owner alone may enter.
pub(super) fn make_private_folder(path: &Path) -> Result<(), CliError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|error| refused(path, "made", error))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn private_files_are_private_and_long_ones_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        write_private(&path, b"one").unwrap();
        write_private(&path, b"four").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(read(&path, 4).unwrap().as_slice(), b"four");
        assert!(read(&path, 3).is_err());
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "nothing is left beside it"
        );
    }
}
