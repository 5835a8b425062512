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
//! | did:web, addresses | [`issuer`] | `issuer::tests` |

pub mod credential;
pub mod format;
pub mod issuer;
pub mod metadata;
pub mod reading;
pub mod status;

pub use issuer::{Issuer, IssuerError};
