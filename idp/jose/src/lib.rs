//! Signed and encrypted JSON: bytes in, bytes out.
//!
//! The crate prepares what others sign and verifies what others signed. It refuses to know where keys are kept (no
//! function takes a signing key), what time it is (`now` is an argument), where randomness comes from (salts, scalars and
//! initialisation vectors are arguments), who issues tokens and what their claims mean. It builds for wasm32.
//!
//! The signature primitive is injected as a [`Verifier`], because servers, the gateway filter and phones have different
//! best ones. There is no value for `none` or HMAC in [`Algorithm`], so that no policy can allow them.
//!
//! | specification | module | tests |
//! |---|---|---|
//! | RFC 7515 (JWS), RFC 7797 refused | [`jws`] | `jws::tests`, `tests/vectors.rs` (appendices A.2, A.3) |
//! | RFC 7517 (JWK and sets), RFC 7518 section 6, RFC 7638 (thumbprint) | [`key`] | `key::jwk::tests`, `key::set::tests`, `tests/vectors.rs` |
//! | RFC 5480, RFC 7468 (P-256 keys in DER and PEM), SEC 1 | [`key`] | `key::ec::tests` |
//! | RFC 8017 appendix A.1.1 (RSA keys) | [`key`] | `key::rsa::tests`, `tests/vectors.rs` |
//! | RFC 8037 (Ed25519 keys and signatures), RFC 8032 section 5.1 | [`key`], [`alg`] | `key::ed25519::tests`, `tests/vectors.rs` |
//! | RFC 7518 sections 3.3 to 3.5, RFC 3279 section 2.2.3 | [`alg`], [`verifier`] | `verifier::tests` |
//! | RFC 7519 (JWT claims), RFC 8725 (best practice) | [`jwt`], [`jws`] | `jwt::tests`, `jws::tests` |
//! | RFC 7516, RFC 7518 section 4.6 (ECDH-ES) and 5.3 (AES-GCM) | [`jwe`] | `jwe::tests` (appendix C) |
//! | RFC 9901 (SD-JWT), profile 1 (enrolment credential) | [`sd_jwt`] | `sd_jwt::tests`, `tests/vectors.rs` (section 5) |
//! | draft-ietf-oauth-status-list, profile 5 (revocation before `exp`) | [`status_list`] | `status_list::tests` |
//! | RFC 4648 (base64 and base64url, canonical) | [`base64`](mod@base64) | `base64::tests` |
//! | RFC 8259 section 4 (no repeated member) | [`json`] | `json::tests` |
//! | every parser: no panic, round trips | [`fuzzing`] | `tests/properties.rs` |

pub mod alg;
pub mod base64;
#[doc(hidden)]
pub mod fuzzing;
pub mod json;
pub mod jwe;
pub mod jws;
pub mod jwt;
pub mod key;
mod redaction;
pub mod sd_jwt;
pub mod status_list;
pub mod verifier;

pub use alg::{Algorithm, UnknownAlgorithm};
pub use key::{EcPublicKey, Ed25519PublicKey, Jwk, JwkSet, KeyError, PublicKey, RsaPublicKey};
pub use verifier::{P256Verifier, SignatureError, Verifier, ecdsa_signature_to_raw};
