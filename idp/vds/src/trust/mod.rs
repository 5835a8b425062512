//! Trust (profile 3): governance list -> scheme list -> trust service list -> CA -> signing certificate -> seal.
//!
//! Lists are ES256 JWS JSON, certificates and their revocation lists X.509. A scheme of one's own is made with the same types
//! that read it: [`SignedList::prepare`] for lists, [`prepare_authority_certificate`], [`prepare_signing_certificate`] and
//! [`prepare_revocation_list`] for X.509; the caller signs and completes.
//!
//! # The trust directory
//!
//! | file | content | signed by |
//! |---|---|---|
//! | `anchor.jwk` | public JWK | nobody: it *is* the trust, and comes with the configuration |
//! | `governance.jwt` | [`GovernanceList`], `vds-governance+jwt` | the anchor |
//! | `schemes/{IAC}.jwt` | [`SchemeList`], `vds-scheme+jwt` | the operator's key in the governance list |
//! | `tsl/{IAC}-{region}.jwt` | [`TrustServiceList`], `vds-tsl+jwt`, with the CA certificates | the region's key in the scheme list |
//! | `vrl/{IAC}-{region}.jwt` | [`SealRevocationList`], `vds-vrl+jwt` | the key in the trust service list |
//! | `crl/{CA}.crl` | X.509 CRL, DER | the CA |
//! | `certs/{CA}{certificate}.pem` | signing certificate, PEM | the CA |
//!
//! Other files (a scheme's private keys, CA certificates as PEM) may stand beside them and are never read.

mod authority;
mod bundle;
mod certificate;
mod code;
mod error;
mod lists;
mod load;
mod revocation;
mod sequences;
mod store;
mod verified;
mod wire;
mod x509;

pub use authority::{
    CertificateTemplate, RevocationTemplate, RevokedCertificate, SigningRights,
    prepare_authority_certificate, prepare_revocation_list, prepare_signing_certificate,
};
pub use bundle::{
    ANCHOR, FILE_LIMIT, FILES_LIMIT, GOVERNANCE_LIST, TrustBundle, certificate_revocation_list_name,
    scheme_list_name, seal_revocation_list_name, signing_certificate_name, trust_service_list_name,
};
pub use certificate::{
    AuthorityCertificate, CERTIFICATE_LIMIT, CertificateError, SigningCertificate, TRUST_LEVEL, USAGE_LIST,
    ValidityPeriod, from_pem, to_pem,
};
pub use code::{AgencyCode, AuthorityCode, CertificateCode, CodeError, RegionCode};
pub use error::{ListProblem, LoadError, TrustError};
pub use lists::{
    AuthorityEntry, GovernanceList, ListFrame, OperatorEntry, RegionEntry, SchemeList, SealRevocationList,
    SignedList, TrustServiceList,
};
pub use load::LoadPolicy;
pub use revocation::CertificateRevocationList;
pub use sequences::Sequences;
pub use store::{CLOCK_SKEW_SECONDS, CertificateStatus, ListStatus, TrustStore};
pub(crate) use store::{check_manifest, check_not_expired, check_signing_time};
pub use verified::{SchemeOperator, VerifiedSeal};
pub use x509::PreparedDer;
