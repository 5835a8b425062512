//! Visible digital seals: bytes in, a verified person or service out, and the way back for issuers.
//!
//! A seal is what a person's phone enrols with: a header that names a manifest and a certificate, a MessagePack payload, an
//! ECDSA P-256 signature, as a QR code. This crate reads and writes it, knows the manifests `0A0001` (person) and `0A0101`
//! (service), walks the trust chain from a configured anchor to the signing certificate, and prepares everything that a scheme
//! of one's own signs.
//!
//! It refuses to know: where lists are fetched or stored, what time it is, who is enrolled, private keys, pictures of QR
//! codes. Time is an argument, signatures come from the caller, and nothing here waits.
//!
//! The wire form is "VDS profile 1": header version 0x02, the only layout with public proof (XP Z42-105 wire form). **No
//! ISO 22376 conformance is claimed**: the header of that standard is not public. [`HeaderCodec`] is where it would go.
//!
//! | specification | module | tests |
//! |---|---|---|
//! | profile 3, header version 0x02; C40 | [`header`] | `header::tests`, `c40::tests`, `tests/vds/vectors.rs` |
//! | profile 3, payload: positional or map, limits | [`payload`] | `payload::*::tests` |
//! | profile 3, manifests `0A0001`, `0A0101`; profile 6, partial birth dates | [`manifest`] | `manifest::*::tests` |
//! | profile 2, `vdsData` text forms | [`carrier`] | `carrier::tests`, `tests/vds/vectors.rs` |
//! | profile 3, signature, fingerprint, low-S | [`seal`], [`issue`] | `seal::tests`, `tests/vds/vectors.rs`, `tests/vds/bit_flips.rs` |
//! | profile 3, trust chain, staleness, rollback; profile 2, reasons | [`trust`] | `tests/vds/trust.rs`, `trust::*::tests` |
//! | RFC 5280, certificates and CRLs of the chain | [`trust`] | `tests/vds/certificates.rs` |
//! | profile 4.2, service seals | [`service`] | `tests/vds/service.rs` |
//! | profile 2, admission `attested`: key attestation of phones | [`attestation`] | `attestation::tests` |

pub mod attestation;
mod c40;
pub mod carrier;
mod content;
#[doc(hidden)]
pub mod fuzzing;
pub mod header;
pub mod issue;
pub mod manifest;
pub mod payload;
pub mod seal;
pub mod service;
mod signature;
pub mod trust;

pub use carrier::{Carrier, CarrierError, decode_text, encode_text};
pub use content::Content;
pub use header::{CertificateReference, Header, HeaderCodec, HeaderError, HeaderV2};
pub use issue::{IssueError, PreparedSeal};
pub use manifest::{BirthDate, ManifestId, Person, PersonPayload, Service, ServicePayload};
pub use payload::PayloadError;
pub use seal::{Seal, SealError};
pub use service::VerifiedServiceSeal;
pub use trust::{TrustError, TrustStore, VerifiedSeal};
