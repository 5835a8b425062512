//! XML Signature and the detached signature of the Redirect binding. What we issue is prepared here and signed elsewhere; what others
//! signed is checked over the one tree of the document.

mod algorithm;
mod canonical;
mod certificate;
mod enveloped;
mod prepare;
mod verify;

pub use algorithm::{SignatureAlgorithm, SigningAlgorithm, Verifier};
pub use certificate::{Certificate, CertificateError, KeyKind};
pub use enveloped::SignatureError;
pub(crate) use enveloped::{is_signed, verify};
pub use prepare::{Draft, Prepared};
pub(crate) use verify::check_with_any;
