//! The names under which we issue: DID, addresses, types. All follow from one address.

use url::{Host, Url};

use crate::credential::CredentialType;
use crate::metadata::{ContextDocument, TypeMetadata};

/// Why an address cannot be an issuer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an https address without query, fragment and final slash")]
pub struct IssuerError;

/// Who issues. Everything that the outside calls us follows from `base`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    base: String,
    did: String,
    document_prefix: String,
    context: ContextDocument,
    types: Vec<TypeMetadata>,
}

impl Issuer {
    /// The issuer at `base`, such as `https://seal.example`. Plain http is for a loopback demo alone.
    ///
    /// # Errors
    /// [`IssuerError`].
    pub fn new(base: &str) -> Result<Self, IssuerError> {
        let url = Url::parse(base).map_err(|_| IssuerError)?;
        let host = url.host().ok_or(IssuerError)?;
        let is_loopback = match &host {
            Host::Domain(name) => *name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        let is_plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        let is_allowed = url.scheme() == "https" || (url.scheme() == "http" && is_loopback);
        if !is_allowed || !is_plain || base.ends_with('/') {
            return Err(IssuerError);
        }
        Ok(Self {
            base: base.to_owned(),
            did: did_web(&url, &host.to_string()),
            document_prefix: reversed(&host),
            context: ContextDocument::new(base),
            types: CredentialType::ALL
                .into_iter()
                .filter(|kind| *kind != CredentialType::ProofOfAge)
                .map(|kind| TypeMetadata::new(&vct(base, kind), kind))
                .collect(),
        })
    }

    /// The address without a final slash: `iss` of SD-JWT VC.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// `did:web:…` (did:web section 3.1).
    pub fn did(&self) -> &str {
        &self.did
    }

    /// The path of the base, empty or `/…`.
    pub fn path(&self) -> &str {
        let rest = self.base.split_once("://").map_or("", |(_, rest)| rest);
        rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default()
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> &str {
        self.base.strip_suffix(self.path()).unwrap_or(&self.base)
    }

    /// Our JSON-LD context.
    pub const fn context(&self) -> &ContextDocument {
        &self.context
    }

    /// `vct` of a type: the address of its type metadata.
    pub fn vct(&self, credential_type: CredentialType) -> String {
        vct(&self.base, credential_type)
    }

    /// What is published at [`Self::vct`]; none for the European proof of age, which is no SD-JWT VC.
    pub fn type_metadata(&self, credential_type: CredentialType) -> Option<&TypeMetadata> {
        self.types
            .iter()
            .find(|metadata| metadata.credential_type() == credential_type)
    }

    /// Document type and namespace of a type in an mdoc: ours in reverse domain notation, or the European one.
    pub fn doc_type(&self, credential_type: CredentialType) -> String {
        match credential_type {
            CredentialType::ProofOfAge => "eu.europa.ec.av.1".to_owned(),
            own => format!("{}.{}.1", self.document_prefix, own.slug()),
        }
    }

    /// Where Bitstring Status List `number` is published; the first one has the seed's address.
    pub fn bitstring_list(&self, number: u32) -> String {
        match number {
            1 => format!("{}/credentials/status", self.base),
            later => format!("{}/credentials/status/{later}", self.base),
        }
    }

    /// Where Token Status List `number` is published: the same table in the other encoding.
    pub fn token_list(&self, number: u32) -> String {
        format!("{}/credentials/statuslists/{number}", self.base)
    }

    /// Where all Token Status Lists are named.
    pub fn status_aggregation(&self) -> String {
        format!("{}/credentials/statuslists", self.base)
    }
}

fn vct(base: &str, credential_type: CredentialType) -> String {
    format!("{base}/credentials/types/{}/1", credential_type.slug())
}

fn did_web(url: &Url, host: &str) -> String {
    let mut did = match url.port() {
        Some(port) => format!("did:web:{host}%3A{port}"),
        None => format!("did:web:{host}"),
    };
    for segment in url.path().split('/').filter(|segment| !segment.is_empty()) {
        did.push(':');
        did.push_str(segment);
    }
    did
}

/// `seal.example` becomes `example.seal`; an address of the demo has nothing to turn round.
fn reversed(host: &Host<&str>) -> String {
    match host {
        Host::Domain(name) => name.rsplit('.').collect::<Vec<_>>().join("."),
        Host::Ipv4(_) | Host::Ipv6(_) => "localhost".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_follows_from_the_address() {
        let issuer = Issuer::new("https://auth.idtokenseal.id3.eu").unwrap();
        assert_eq!(issuer.did(), "did:web:auth.idtokenseal.id3.eu");
        assert_eq!(
            issuer.doc_type(CredentialType::Identity),
            "eu.id3.idtokenseal.auth.identity.1"
        );
        assert_eq!(issuer.doc_type(CredentialType::ProofOfAge), "eu.europa.ec.av.1");
        assert_eq!(
            issuer.bitstring_list(1),
            "https://auth.idtokenseal.id3.eu/credentials/status"
        );
        assert_eq!(
            (issuer.origin(), issuer.path()),
            ("https://auth.idtokenseal.id3.eu", "")
        );
        let tenant = Issuer::new("https://seal.example:8443/a/b").unwrap();
        assert_eq!(tenant.did(), "did:web:seal.example%3A8443:a:b");
        assert_eq!(
            (tenant.origin(), tenant.path()),
            ("https://seal.example:8443", "/a/b")
        );
    }

    #[test]
    fn other_addresses_are_refused() {
        for base in [
            "http://seal.example",
            "https://seal.example/",
            "https://seal.example?x",
            "https://u@seal.example",
            "seal.example",
            "ftp://localhost",
        ] {
            assert_eq!(Issuer::new(base), Err(IssuerError), "{base}");
        }
        assert!(Issuer::new("http://127.0.0.1:8080").is_ok());
    }
}
