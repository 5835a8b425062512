//! What a vendor revoked: serial numbers, in the form of Google's attestation status list.

use std::collections::{BTreeMap, BTreeSet};

use idp_types::encoding::lowerhex;
use serde::Deserialize;

/// The longest status list, in bytes.
pub const STATUS_LIST_LIMIT: usize = 8 * 1024 * 1024;

/// Why a status list is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StatusListError {
    /// Longer than [`STATUS_LIST_LIMIT`].
    #[error("is longer than {STATUS_LIST_LIMIT} bytes")]
    TooLong,
    /// Not JSON with `entries`, each with a status.
    #[error("is not a status list: JSON with a member `entries`")]
    Malformed,
    /// A serial number that is not hexadecimal would never match anything.
    #[error("has a serial number that is not hexadecimal")]
    Serial,
}

#[derive(Deserialize)]
struct StatusList {
    entries: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
struct Entry {
    status: String,
}

/// Serial numbers of certificates that are not to be trusted, whatever the chain. Lower-case hexadecimal without leading zeros.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RevokedSerials(BTreeSet<String>);

impl RevokedSerials {
    /// Reads `{"entries": {"SERIAL": {"status": ..., ...}}}`. Whatever its status, revoked or suspended, an entry is not trusted.
    ///
    /// # Errors
    /// [`StatusListError`].
    pub fn from_status_list(text: &str) -> Result<Self, StatusListError> {
        if text.len() > STATUS_LIST_LIMIT {
            return Err(StatusListError::TooLong);
        }
        let list: StatusList = serde_json::from_str(text).map_err(|_| StatusListError::Malformed)?;
        if list.entries.values().any(|entry| entry.status.is_empty()) {
            return Err(StatusListError::Malformed);
        }
        let serials = list.entries.into_keys().map(|serial| {
            let is_serial = !serial.is_empty() && serial.bytes().all(|byte| byte.is_ascii_hexdigit());
            is_serial
                .then(|| canonical(&serial))
                .ok_or(StatusListError::Serial)
        });
        serials.collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn contains(&self, serial: &[u8]) -> bool {
        self.0.contains(&canonical(&lowerhex(serial)))
    }
}

fn canonical(hexadecimal: &str) -> String {
    hexadecimal.trim_start_matches('0').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_match_whatever_their_zeros_and_case() {
        let list = RevokedSerials::from_status_list(
            r#"{"entries": {"0AbC": {"status": "REVOKED"}, "ff01": {"status": "SUSPENDED", "reason": "SOFTWARE_FLAW"}}}"#,
        )
        .unwrap();
        assert!(list.contains(&[0x0A, 0xBC]) && list.contains(&[0x00, 0xFF, 0x01]));
        assert!(!list.contains(&[0xBC]) && !list.contains(&[]));
    }

    #[test]
    fn a_list_that_would_match_nothing_is_refused() {
        for (text, error) in [
            ("{}", StatusListError::Malformed),
            ("[]", StatusListError::Malformed),
            (r#"{"entries": {"12": {}}}"#, StatusListError::Malformed),
            (
                r#"{"entries": {"12": {"status": ""}}}"#,
                StatusListError::Malformed,
            ),
            (
                r#"{"entries": {"12x": {"status": "REVOKED"}}}"#,
                StatusListError::Serial,
            ),
            (
                r#"{"entries": {"": {"status": "REVOKED"}}}"#,
                StatusListError::Serial,
            ),
        ] {
            assert_eq!(RevokedSerials::from_status_list(text), Err(error), "{text}");
        }
        let long = " ".repeat(STATUS_LIST_LIMIT + 1);
        assert_eq!(
            RevokedSerials::from_status_list(&long),
            Err(StatusListError::TooLong)
        );
    }
}
