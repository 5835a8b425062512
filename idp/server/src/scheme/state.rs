//! What a scheme remembers between signings.

use std::collections::BTreeSet;
use std::path::Path;

use idp_types::encoding::{from_lowerhex, lowerhex};
use idp_types::{Fingerprint, Timestamp, TokenId};
use idp_vds::trust::{AgencyCode, AuthorityCode, CertificateCode, RegionCode, RevokedCertificate};
use serde::{Deserialize, Serialize};

use super::SchemeError;
use crate::keys::write_private;

pub(super) const FILE: &str = "private/scheme.json";

/// What a scheme is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemeNames {
    /// The scheme operator, for people.
    pub operator: String,
    /// Issuing agency code, three characters.
    pub agency: AgencyCode,
    /// The region of the trust service list.
    pub region: RegionCode,
    /// The CA, four characters.
    pub authority: AuthorityCode,
}

#[derive(Serialize, Deserialize)]
struct Revoked {
    serial: String,
    at: Timestamp,
}

#[derive(Serialize, Deserialize)]
pub(super) struct State {
    pub(super) names: SchemeNames,
    pub(super) sequence: u64,
    pub(super) certificate_number: u16,
    pub(super) certificate: CertificateCode,
    pub(super) serial: String,
    revoked_certificates: Vec<Revoked>,
    pub(super) revoked_seals: BTreeSet<Fingerprint>,
    pub(super) revoked_tokens: BTreeSet<TokenId>,
}

impl State {
    pub(super) fn new(names: SchemeNames) -> Self {
        Self {
            names,
            sequence: 0,
            certificate_number: 0,
            certificate: code(0),
            serial: String::new(),
            revoked_certificates: Vec::new(),
            revoked_seals: BTreeSet::new(),
            revoked_tokens: BTreeSet::new(),
        }
    }

    pub(super) fn read(directory: &Path) -> Result<Self, SchemeError> {
        let path = directory.join(FILE);
        let text = std::fs::read(&path).map_err(|_| SchemeError::Missing(directory.to_owned()))?;
        serde_json::from_slice(&text).map_err(|_| SchemeError::State(path))
    }

    pub(super) fn write(&self, directory: &Path) -> Result<(), SchemeError> {
        let text = serde_json::to_vec_pretty(self)?;
        Ok(write_private(&directory.join(FILE), &text)?)
    }

    /// Names the next signing certificate.
    pub(super) fn next_certificate(&mut self, serial: &[u8; 16]) {
        self.certificate_number += 1;
        self.certificate = code(self.certificate_number);
        self.serial = lowerhex(serial);
    }

    pub(super) fn revoke_certificate(&mut self, now: Timestamp) {
        let revoked = Revoked {
            serial: std::mem::take(&mut self.serial),
            at: now,
        };
        self.revoked_certificates.push(revoked);
    }

    pub(super) fn revoked_certificates(&self) -> Vec<RevokedCertificate> {
        let rows = self.revoked_certificates.iter();
        rows.map(|row| RevokedCertificate {
            serial: from_lowerhex(&row.serial).unwrap_or_default(),
            revoked_at: row.at,
        })
        .collect()
    }
}

/// `0001`, `0002`, ...; the number wraps after 9999 certificates of one CA.
#[expect(clippy::expect_used, reason = "four decimal digits are a certificate code")]
fn code(number: u16) -> CertificateCode {
    format!("{:04}", number % 10_000)
        .parse()
        .expect("four decimal digits")
}
