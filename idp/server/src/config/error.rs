//! Errors that name the key, the value's problem and the fix.

use std::fmt;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}{}: {problem}; {fix}", Source(variable.as_deref()))]
#[non_exhaustive]
pub struct ConfigError {
    /// Which key, dotted; a file or a line where no key could be read.
    pub key: String,
    /// The environment variable that set it, where it was not the file.
    pub variable: Option<String>,
    /// What is wrong with the value. Text values are described, never repeated: one may be a secret in the wrong place.
    pub problem: String,
    /// What to write instead.
    pub fix: String,
}

impl ConfigError {
    pub(super) fn new(key: &str, problem: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            key: key.to_owned(),
            variable: None,
            problem: problem.into(),
            fix: fix.into(),
        }
    }
}

struct Source<'a>(Option<&'a str>);

impl fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(variable) => write!(f, " (from {variable})"),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong with a configuration; at least one error, at most one per key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(Vec<ConfigError>);

impl ConfigErrors {
    /// Keeps the first error of each key: what follows from it is noise.
    pub(super) fn new(errors: Vec<ConfigError>) -> Self {
        let mut kept: Vec<ConfigError> = Vec::with_capacity(errors.len());
        for error in errors {
            if kept.iter().all(|earlier| earlier.key != error.key) {
                kept.push(error);
            }
        }
        Self(kept)
    }

    /// The errors, those of the file first.
    pub fn iter(&self) -> impl Iterator<Item = &ConfigError> {
        self.0.iter()
    }
}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> Self {
        Self(vec![error])
    }
}

impl fmt::Display for ConfigErrors {
    /// One error a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}
