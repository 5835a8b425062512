//! A trust directory in memory: names and bytes. Who reads the files, or fetches them, is the caller.

use std::collections::BTreeMap;

use super::code::{AgencyCode, AuthorityCode, RegionCode};
use super::error::{ListProblem, LoadError};

/// The largest file of a trust directory, in bytes.
pub const FILE_LIMIT: usize = 4 * 1024 * 1024;

/// The most files of a trust directory.
pub const FILES_LIMIT: usize = 4096;

/// The anchor: the JWK that signs the governance list. Everything else is reached from it.
pub const ANCHOR: &str = "anchor.jwk";

/// The governance list.
pub const GOVERNANCE_LIST: &str = "governance.jwt";

/// `schemes/{IAC}.jwt`
pub fn scheme_list_name(agency: &AgencyCode) -> String {
    format!("schemes/{agency}.jwt")
}

/// `tsl/{IAC}-{region}.jwt`
pub fn trust_service_list_name(agency: &AgencyCode, region: &RegionCode) -> String {
    format!("tsl/{agency}-{region}.jwt")
}

/// `vrl/{IAC}-{region}.jwt`
pub fn seal_revocation_list_name(agency: &AgencyCode, region: &RegionCode) -> String {
    format!("vrl/{agency}-{region}.jwt")
}

/// `crl/{CA}.crl`
pub fn certificate_revocation_list_name(authority: &AuthorityCode) -> String {
    format!("crl/{authority}.crl")
}

/// `certs/{CA}{certificate}.pem`, by the first eight characters of a certificate reference.
pub fn signing_certificate_name(certificate_key: &str) -> String {
    format!("certs/{certificate_key}.pem")
}

/// The files of a trust directory by their names relative to it, `/` between folder and file.
#[derive(Debug, Clone, Default)]
pub struct TrustBundle(BTreeMap<String, Vec<u8>>);

impl TrustBundle {
    /// Takes the files over. Names that no list leads to are never read, so a directory may hold more.
    ///
    /// # Errors
    /// [`ListProblem::TooLarge`] for a file above [`FILE_LIMIT`] or more than [`FILES_LIMIT`] files.
    pub fn new(files: BTreeMap<String, Vec<u8>>) -> Result<Self, LoadError> {
        if files.len() > FILES_LIMIT {
            return Err(ListProblem::TooLarge.of("."));
        }
        match files.iter().find(|(_, bytes)| bytes.len() > FILE_LIMIT) {
            Some((name, _)) => Err(ListProblem::TooLarge.of(name)),
            None => Ok(Self(files)),
        }
    }

    /// The file of that name.
    pub fn file(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(Vec::as_slice)
    }

    /// The file of that name as text.
    pub(super) fn text(&self, name: &str) -> Result<&str, LoadError> {
        let bytes = self.file(name).ok_or_else(|| ListProblem::Missing.of(name))?;
        str::from_utf8(bytes)
            .map(str::trim)
            .map_err(|_| ListProblem::Text.of(name))
    }

    /// The files of one CA's signing certificates.
    pub(super) fn signing_certificates(&self, authority: &AuthorityCode) -> impl Iterator<Item = &str> {
        let prefix = format!("certs/{authority}");
        self.0.keys().map(String::as_str).filter(move |name| {
            let rest = name
                .strip_prefix(&prefix)
                .and_then(|rest| rest.strip_suffix(".pem"));
            rest.is_some_and(|certificate| certificate.len() == 4)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_limits_hold() {
        let large = BTreeMap::from([("x".to_owned(), vec![0; FILE_LIMIT + 1])]);
        assert!(TrustBundle::new(large).is_err());
        let many = (0..=FILES_LIMIT)
            .map(|number| (number.to_string(), Vec::new()))
            .collect();
        assert!(TrustBundle::new(many).is_err());
    }

    #[test]
    fn certificates_are_found_by_their_authority() {
        let names = [
            "certs/XX010001.pem",
            "certs/XX010002.pem",
            "certs/XX020001.pem",
            "certs/XX01.pem",
        ];
        let files = names.map(|name| (name.to_owned(), Vec::new()));
        let bundle = TrustBundle::new(files.into()).unwrap();
        let authority = "XX01".parse().unwrap();
        let found: Vec<_> = bundle.signing_certificates(&authority).collect();
        assert_eq!(found, ["certs/XX010001.pem", "certs/XX010002.pem"]);
    }
}
