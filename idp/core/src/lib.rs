//! The engine of IDToken Seal: approval sessions, enrolled devices, consent, services, key lifecycle, audit facts.
//!
//! *State + event + now -> state + effects.* The crate refuses to know HTTP, storage, clocks, randomness and how a signature is
//! verified: the shell verifies and hands facts in, the engine decides, the shell carries the effects out. Whoever asks for a
//! login (direct JWT, OIDC, SAML, credential issuance, a QR) is a client of the same engine.
//!
//! | specification | module | tests |
//! |---|---|---|
//! | profile 4.3, 4.4, 7; X.1280 8.2 to 8.5 | [`approval`] | `approval::tests` (properties over event orders) |
//! | profile 4 (OTP, wsToken), 4.6, 7, 8 vectors | [`derive`] | vectors beside each formula |
//! | profile 1, 6 (release rule) | [`claims`] | `claims::tests` |
//! | profile 2, 11 | [`enrolment`] | `enrolment::tests` |
//! | profile 4 (services, allow-lists) | [`service`] | `service::tests` |
//! | profile 5 (keys) | [`keys`] | `keys::tests` |
//! | profile 12 | [`audit`] | the chain: `idp-store` |

pub mod approval;
pub mod audit;
pub mod claims;
pub mod derive;
pub mod enrolment;
pub mod keys;
pub mod service;
