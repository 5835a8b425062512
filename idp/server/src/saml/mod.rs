//! The SAML 2.0 identity provider: the `saml` crate's decisions with routes, stores and keys.
//!
//! | specification | module | tests |
//! |---|---|---|
//! | Metadata 2, profile 9: service providers | [`providers`] | `tests/tests/saml_providers.rs` |

pub(crate) mod addresses;
pub(crate) mod providers;
mod verify;
