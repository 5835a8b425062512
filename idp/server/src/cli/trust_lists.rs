//! Reading a trust folder the way a server does, without its private part.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use idp_types::Timestamp;
use idp_vds::TrustStore;
use idp_vds::trust::{ANCHOR, FILE_LIMIT, FILES_LIMIT, GOVERNANCE_LIST, LoadPolicy, TrustBundle};

use super::CliError;
use super::files::read;
use crate::crypto::AwsVerifier;

const FOLDERS: [&str; 5] = ["schemes", "tsl", "vrl", "crl", "certs"];

fn files(directory: &Path) -> Result<BTreeMap<String, Vec<u8>>, CliError> {
    let mut names: Vec<String> = vec![ANCHOR.to_owned(), GOVERNANCE_LIST.to_owned()];
    for folder in FOLDERS {
        // A folder that is not there holds nothing; what that means is for the loader to say.
        let Ok(entries) = fs::read_dir(directory.join(folder)) else {
            continue;
        };
        let inside = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names.extend(
            inside
                .filter(|name| !name.starts_with('.'))
                .map(|name| format!("{folder}/{name}"))
                .take(FILES_LIMIT),
        );
    }
    let mut files = BTreeMap::new();
    for name in names {
        let path = directory.join(&name);
        if path.is_file() {
            files.insert(name, read(&path, FILE_LIMIT)?.to_vec());
        }
    }
    Ok(files)
}

/// The lists of a folder, verified.
pub(super) fn load(directory: &Path, now: Timestamp) -> Result<TrustStore, CliError> {
    let refused = |error: idp_vds::trust::LoadError| {
        let fix = "renew the lists with idp trust sign, or name the folder that has anchor.jwk";
        CliError::failed(
            format!("the trust lists in {} do not hold", directory.display()),
            error,
            fix,
        )
    };
    let bundle = TrustBundle::new(files(directory)?).map_err(refused)?;
    let policy = LoadPolicy {
        grace_seconds: 0,
        previous: None,
    };
    TrustStore::load(&bundle, Arc::new(AwsVerifier), policy, now).map_err(refused)
}
