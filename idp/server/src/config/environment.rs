//! The environment over the file: `IDP_` and the key's path in capitals, two underscores between table and key.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use idp_types::Secret;
use toml::{Table, Value};
use zeroize::Zeroizing;

use super::ConfigError;
use super::shape::{Shape, nearest};

const PREFIX: &str = "IDP_";
const SEAL_KEY: &str = "IDP_SEAL_KEY";
/// The command line's own variable: where the file is.
const FILE: &str = "IDP_CONFIG";
/// Where tests find their engines: no part of any configuration.
const TESTS: &str = "IDP_TEST_";
/// Variables with names that others also know, for the keys that they set. Ours comes first where both are there.
const KNOWN_ELSEWHERE: &[(&str, &str)] = &[
    ("DATABASE_URL", "storage.database_url"),
    ("REDIS_URL", "storage.redis_url"),
];
/// The longest value that is read, in bytes.
const VALUE_LIMIT: usize = 4_096;

/// What the variables say.
#[derive(Default)]
pub(super) struct Environment {
    overrides: BTreeMap<String, (String, Value)>,
    seal_key: Option<Secret<32>>,
    errors: Vec<ConfigError>,
}

impl Environment {
    /// Reads the variables that begin with `IDP_` and a few that are known elsewhere; others are none of ours.
    pub(super) fn of(variables: impl IntoIterator<Item = (String, String)>, shape: &Shape) -> Self {
        let paths = shape.paths();
        let names: BTreeMap<String, &String> = paths.iter().map(|path| (variable(path), path)).collect();
        let mut environment = Self::default();
        for (name, text) in variables {
            let text = Zeroizing::new(text);
            let elsewhere = KNOWN_ELSEWHERE
                .iter()
                .find(|(known, _)| *known == name && !text.is_empty());
            let is_ours = name.starts_with(PREFIX) && !name.starts_with(TESTS) && name != FILE;
            if elsewhere.is_none() && !is_ours {
                continue;
            }
            if name == SEAL_KEY {
                environment.take_seal_key(&text);
            } else if text.len() > VALUE_LIMIT {
                let problem = format!("has a value longer than {VALUE_LIMIT} bytes");
                environment
                    .errors
                    .push(ConfigError::new(&name, problem, "write a shorter one"));
            } else if let Some((_, path)) = elsewhere {
                let value = (name, Value::String(text.to_string()));
                environment.overrides.entry((*path).to_owned()).or_insert(value);
            } else if let Some(path) = names.get(&name) {
                let value = value(&text, shape.at(path));
                environment.overrides.insert((*path).clone(), (name, value));
            } else {
                environment.errors.push(unknown(&name, &names));
            }
        }
        environment
    }

    fn take_seal_key(&mut self, text: &str) {
        let decoded = BASE64URL_NOPAD.decode(text.as_bytes()).map(Zeroizing::new);
        match decoded
            .ok()
            .and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok())
        {
            Some(bytes) => self.seal_key = Some(Secret::new(bytes)),
            None => self.errors.push(ConfigError::new(
                SEAL_KEY,
                "is not 32 bytes in base64url without padding",
                "write the 43 characters of a sealing key, or unset it to use keys.seal_key_file",
            )),
        }
    }

    /// Sets each overridden key in the table.
    pub(super) fn lay_over(&self, table: &mut Table) {
        for (path, (_, value)) in &self.overrides {
            let (tables, key) = path.rsplit_once('.').unwrap_or(("", path));
            let mut inner = Some(&mut *table);
            for name in tables.split('.').filter(|name| !name.is_empty()) {
                inner = inner.and_then(|table| {
                    table
                        .entry(name)
                        .or_insert_with(|| Value::Table(Table::new()))
                        .as_table_mut()
                });
            }
            if let Some(inner) = inner {
                inner.insert(key.to_owned(), value.clone());
            }
        }
    }

    /// The sealing key, and what is wrong with the variables themselves.
    pub(super) fn take_errors(&self) -> (Option<Secret<32>>, Vec<ConfigError>) {
        (self.seal_key.clone(), self.errors.clone())
    }

    /// Tells each error on an overridden key which variable it comes from.
    pub(super) fn name_sources(&self, errors: &mut [ConfigError]) {
        for error in errors {
            error.variable = self.overrides.get(&error.key).map(|(name, _)| name.clone());
        }
    }
}

/// The variable of a dotted path.
fn variable(path: &str) -> String {
    format!("{PREFIX}{}", path.replace('.', "__").to_ascii_uppercase())
}

/// A TOML value where it is one; a key that takes text also takes it without quotes, even if it looks like a number.
fn value(text: &str, shape: Option<&Shape>) -> Value {
    let plain = || Value::String(text.to_owned());
    match (text.parse::<Value>(), shape) {
        (Ok(quoted @ Value::String(_)), _) => quoted,
        (_, Some(Shape::Text | Shape::Choice(_))) | (Err(_), _) => plain(),
        (Ok(value), _) => value,
    }
}

fn unknown(name: &str, names: &BTreeMap<String, &String>) -> ConfigError {
    let problem = "is not a variable of the configuration";
    if name.starts_with("IDP_SERVICE_") || name.starts_with("IDP_PORT") {
        let fix = "unset it; Kubernetes sets it for a Service named idp unless the pod has `enableServiceLinks: false`";
        return ConfigError::new(name, problem, fix);
    }
    let known: Vec<String> = names.keys().cloned().collect();
    ConfigError::new(name, problem, nearest(name, &known))
}
