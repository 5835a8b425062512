//! Credential issuer: requests in, checks, prepared credentials and documents out; no clock, randomness, I/O or private key.
//!
//! A credential is made in three steps: [`credential`] says what is certified, [`format`](mod@format) prepares the octets of one
//! copy, and the shell signs them. What was completed is read again on another path ([`reading`]) and compared before it leaves.
//! The crate refuses to know how the person was authenticated, where offers and nonces are kept, and who signs.
//!
//! | specification | module | tests |
//! |---|---|---|
//! | the seed's types and claims, profile 10 (evidence, denial) | [`credential`] | `credential::*::tests` |
//! | VCDM 2.0 with VC-JOSE-COSE, VCDM 1.1, SD-JWT VC, ISO/IEC 18013-5 | [`format`](mod@format), [`reading`] | `format::tests` |
//! | Bitstring Status List 1.0, Token Status List | [`status`] | `status::*::tests` |
//! | OpenID4VCI 1.0 sections 4 to 11, its drafts 11 to 14 by shape | [`request`], [`response`], [`offer`], [`pre_authorized`], [`authorization`], [`error`] | beside each |
//! | three issuer identifiers, configurations | [`configuration`] | `configuration::tests` |
//! | OpenID4VCI 1.0 section 12.2, draft 11, SD-JWT VC sections 5 and 6, did:web, DIF well-known configuration | [`metadata`] | `metadata::*::tests` |
//! | every parser: no panic | `fuzzing` | `tests/tests/fuzz_corpus.rs` |
//! | did:web, addresses | [`issuer`] | `issuer::tests` |

pub mod authorization;
pub mod configuration;
pub mod credential;
pub mod error;
pub mod format;
#[doc(hidden)]
pub mod fuzzing;
pub mod issuer;
pub mod metadata;
pub mod offer;
pub mod pre_authorized;
pub mod reading;
pub mod request;
pub mod response;
pub mod status;

pub use issuer::{Issuer, IssuerError};
