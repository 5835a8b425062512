//! The trust directory on disk, read into memory with limits. Only files of the layout are read, so that private keys of a
//! scheme of one's own may lie beside them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use idp_vds::trust::{ANCHOR, FILE_LIMIT, FILES_LIMIT, GOVERNANCE_LIST, TrustBundle};

use super::TrustProblem;

/// Folders of the layout with the ending of their files.
const FOLDERS: [(&str, &str); 5] = [
    ("schemes", ".jwt"),
    ("tsl", ".jwt"),
    ("vrl", ".jwt"),
    ("crl", ".crl"),
    ("certs", ".pem"),
];

/// Reads the files of the layout. What is missing is not there; whether that matters is decided by the lists.
pub(super) fn read(directory: &Path) -> Result<TrustBundle, TrustProblem> {
    if !directory.is_dir() {
        return Err(TrustProblem::Missing(directory.display().to_string()));
    }
    let mut files = BTreeMap::new();
    for name in [ANCHOR, GOVERNANCE_LIST] {
        if let Some(bytes) = read_file(&directory.join(name))? {
            files.insert(name.to_owned(), bytes);
        }
    }
    for (folder, ending) in FOLDERS {
        read_folder(directory, folder, ending, &mut files)?;
    }
    Ok(TrustBundle::new(files)?)
}

fn read_folder(
    directory: &Path,
    folder: &str,
    ending: &str,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> Result<(), TrustProblem> {
    let path = directory.join(folder);
    let entries = match fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(io(&path, source)),
    };
    for entry in entries {
        let entry = entry.map_err(|source| io(&path, source))?;
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| name.ends_with(ending)) else {
            continue;
        };
        // One more than allowed is enough for the bundle to refuse; the rest need not be read.
        if files.len() > FILES_LIMIT {
            break;
        }
        if let Some(bytes) = read_file(&entry.path())? {
            files.insert(format!("{folder}/{name}"), bytes);
        }
    }
    Ok(())
}

/// At most one byte more than allowed, which the bundle then refuses.
fn read_file(path: &Path) -> Result<Option<Vec<u8>>, TrustProblem> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(io(path, source)),
    };
    if !file.metadata().map_err(|source| io(path, source))?.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let limit = u64::try_from(FILE_LIMIT).unwrap_or(u64::MAX).saturating_add(1);
    file.take(limit)
        .read_to_end(&mut bytes)
        .map_err(|source| io(path, source))?;
    Ok(Some(bytes))
}

fn io(path: &Path, source: std::io::Error) -> TrustProblem {
    TrustProblem::Io {
        path: path.display().to_string(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_layout_are_read() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir_all(directory.path().join("certs")).unwrap();
        fs::create_dir_all(directory.path().join("keys")).unwrap();
        for name in [
            "anchor.jwk",
            "governance.jwt",
            "certs/XX010001.pem",
            "certs/XX010001.key",
            "keys/ca.pem",
        ] {
            fs::write(directory.path().join(name), name).unwrap();
        }
        let bundle = read(directory.path()).unwrap();
        assert_eq!(
            bundle.file("certs/XX010001.pem"),
            Some(&b"certs/XX010001.pem"[..])
        );
        assert!(bundle.file("anchor.jwk").is_some() && bundle.file("governance.jwt").is_some());
        assert!(bundle.file("certs/XX010001.key").is_none() && bundle.file("keys/ca.pem").is_none());
    }

    #[test]
    fn a_file_above_the_limit_refuses_the_directory() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(
            directory.path().join("governance.jwt"),
            vec![b'x'; FILE_LIMIT + 1],
        )
        .unwrap();
        assert!(matches!(read(directory.path()), Err(TrustProblem::Lists(_))));
        assert!(matches!(
            read(&directory.path().join("none")),
            Err(TrustProblem::Missing(_))
        ));
    }
}
