//! The words that every crate of IDToken Seal shares.
//!
//! A word here is a type that proves itself: an identifier that was parsed cannot contain the separator of a signed string,
//! a scope that was parsed is in the catalogue, a secret never prints. The crate refuses to know protocols, storage,
//! clocks and cryptography; it builds for wasm32.
//!
//! | specification | module | tests |
//! |---|---|---|
//! | profile 6 (scopes, composites, claims) | [`scope`], [`claims`] | `scope::tests`, `claims::tests` |
//! | profile 4.1 (acr, amr, aal, matching modes) | [`assurance`] | `assurance::tests` |
//! | profile conventions (times, binary text) | [`time`], [`encoding`] | `time::tests`, `encoding::tests` |
//! | profile 4.3 (signed strings: no `|` in a field) | [`id`] | `id::tests` |

pub mod assurance;
pub mod claims;
pub mod date;
pub mod encoding;
#[doc(hidden)]
pub mod fuzzing;
pub mod id;
pub mod scope;
pub mod secret;
pub mod time;

pub use assurance::{Aal, Acr, Amr, MatchingMode, TrustLevel};
pub use claims::{ClaimSet, SourceClaim};
pub use date::CivilDate;
pub use id::{
    ClientId, DeviceId, Fingerprint, IdError, KeyId, OperatorName, RegistrationId, ServiceId, SessionId,
    TokenId,
};
pub use scope::{AtomicScope, Scope, ScopeError, ScopeSet};
pub use secret::Secret;
pub use time::Timestamp;
