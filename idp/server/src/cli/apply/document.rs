//! The documents of `idp apply`: TOML or JSON, several files as one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use idp_types::{ClientId, ServiceId, TokenId};
use saml::EntityId;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::cli::CliError;
use crate::cli::files::read_text;

/// The largest file.
const FILE_LIMIT: usize = 4 * 1024 * 1024;

/// The largest metadata of a service provider.
const METADATA_LIMIT: usize = 512 * 1024;

/// A service, whole.
#[derive(Debug, Deserialize)]
pub(super) struct ServiceDocument {
    #[serde(rename = "serviceId")]
    pub(super) service_id: ServiceId,
    #[serde(flatten)]
    pub(super) members: Map<String, Value>,
}

/// A client, whole.
#[derive(Debug, Deserialize)]
pub(super) struct ClientDocument {
    pub(super) client_id: ClientId,
    #[serde(flatten)]
    pub(super) members: Map<String, Value>,
}

/// A SAML service provider, whole.
#[derive(Debug, Deserialize)]
pub(super) struct ProviderDocument {
    #[serde(rename = "entityId")]
    pub(super) entity_id: EntityId,
    #[serde(flatten)]
    pub(super) members: Map<String, Value>,
}

impl ProviderDocument {
    /// Puts the text of `metadataFile`, which lies beside the document, in its place.
    fn with_file(&mut self, document: &Path) -> Result<(), CliError> {
        let Some(Value::String(name)) = self.members.remove("metadataFile") else {
            return Ok(());
        };
        let path = document.parent().unwrap_or(Path::new("")).join(name);
        let text = read_text(&path, METADATA_LIMIT)?;
        self.members
            .insert("metadata".to_owned(), Value::String(text.to_string()));
        Ok(())
    }
}

/// An address of a person for a client.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LinkDocument {
    pub(super) client_id: ClientId,
    pub(super) token_id: TokenId,
    pub(super) email: String,
}

/// Everything that is to be.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Documents {
    pub(super) services: Vec<ServiceDocument>,
    pub(super) clients: Vec<ClientDocument>,
    #[serde(rename = "serviceProviders")]
    pub(super) providers: Vec<ProviderDocument>,
    pub(super) links: Vec<LinkDocument>,
}

fn unusable(path: &Path, why: impl std::fmt::Display) -> CliError {
    let what = format!("{} cannot be used", path.display());
    CliError::usage(what, why, "idp apply --help shows the members")
}

/// The files that a path names: itself, or those of a folder by name.
fn files_of(path: &Path) -> Result<Vec<PathBuf>, CliError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = std::fs::read_dir(path).map_err(|error| unusable(path, error))?;
    let mut files = Vec::new();
    for entry in entries {
        let file = entry.map_err(|error| unusable(path, error))?.path();
        if file.extension().is_some_and(|end| end == "toml" || end == "json") {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(unusable(path, "it has no .toml and no .json file"));
    }
    Ok(files)
}

fn parse(text: &str, is_json: bool) -> Result<Documents, String> {
    if is_json {
        serde_json::from_str(text).map_err(|error| error.to_string())
    } else {
        toml::from_str(text).map_err(|error| error.to_string())
    }
}

impl Documents {
    /// Everything that these paths name. What is named twice is a mistake.
    pub(super) fn read(paths: &[PathBuf]) -> Result<Self, CliError> {
        let mut all = Self::default();
        let mut names = BTreeSet::new();
        for path in paths {
            for file in files_of(path)? {
                let is_json = file.extension().is_some_and(|end| end == "json");
                let read = parse(&read_text(&file, FILE_LIMIT)?, is_json);
                let mut read = read.map_err(|error| unusable(&file, error))?;
                for provider in &mut read.providers {
                    provider.with_file(&file)?;
                }
                for name in read.names() {
                    if !names.insert(name.clone()) {
                        return Err(unusable(&file, format!("{name} is described twice")));
                    }
                }
                all.services.extend(read.services);
                all.clients.extend(read.clients);
                all.providers.extend(read.providers);
                all.links.extend(read.links);
            }
        }
        Ok(all)
    }

    /// What is described, by kind and name.
    pub(super) fn names(&self) -> Vec<String> {
        let services = self
            .services
            .iter()
            .map(|one| format!("service {}", one.service_id));
        let clients = self.clients.iter().map(|one| format!("client {}", one.client_id));
        let links = self
            .links
            .iter()
            .map(|one| format!("link {} {}", one.client_id, one.token_id));
        let providers = self
            .providers
            .iter()
            .map(|one| format!("service provider {}", one.entity_id));
        services.chain(clients).chain(providers).chain(links).collect()
    }

    /// What links may be for, once it is made: the service providers.
    pub(super) fn handles(&self) -> Vec<String> {
        let handles = self.providers.iter().map(|one| one.entity_id.handle());
        handles.map(|handle| format!("client {handle}")).collect()
    }
}

pub(super) fn fuzz(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for is_json in [false, true] {
        let names = parse(&text, is_json).map(|documents| documents.names());
        drop(names);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_document_and_names_are_unique() {
        let folder = tempfile::tempdir().unwrap();
        let service = "[[services]]\nserviceId = \"bar\"\nname = \"Bar\"\n";
        std::fs::write(folder.path().join("b.toml"), service).unwrap();
        std::fs::write(
            folder.path().join("a.json"),
            r#"{"clients": [{"client_id": "bar"}]}"#,
        )
        .unwrap();
        std::fs::write(folder.path().join("README.md"), "no document").unwrap();
        let read = Documents::read(&[folder.path().to_owned()]).unwrap();
        assert_eq!(read.names(), ["service bar", "client bar"]);
        assert_eq!(read.services[0].members["name"], "Bar");
        let twice = Documents::read(&[folder.path().to_owned(), folder.path().join("b.toml")]);
        assert!(twice.err().unwrap().to_string().contains("described twice"));
        assert!(
            parse("[[service]]", false).is_err(),
            "a misspelt list is a mistake"
        );
    }
}
