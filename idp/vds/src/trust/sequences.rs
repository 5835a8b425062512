//! Rollback protection: the highest sequence that was ever accepted, for each list.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::{ListProblem, LoadError};

/// List file to highest accepted sequence. The caller keeps it durably; with another anchor it begins anew.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sequences(BTreeMap<String, u64>);

impl Sequences {
    /// The highest accepted sequence of a list.
    pub fn highest(&self, file: &str) -> Option<u64> {
        self.0.get(file).copied()
    }

    /// Accepts a sequence that is not below the highest one.
    pub(super) fn advance(&mut self, file: &str, found: u64) -> Result<(), LoadError> {
        let known = self.highest(file).unwrap_or(0);
        if found < known {
            return Err(ListProblem::Rollback { known, found }.of(file));
        }
        self.0.insert(file.to_owned(), found);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_only_grow() {
        let mut sequences = Sequences::default();
        sequences.advance("a", 5).unwrap();
        sequences.advance("a", 5).unwrap();
        let refused = sequences.advance("a", 4).unwrap_err();
        assert!(matches!(
            refused.problem,
            ListProblem::Rollback { known: 5, found: 4 }
        ));
        assert_eq!(sequences.highest("a"), Some(5));
        sequences.advance("b", 1).unwrap();
    }
}
