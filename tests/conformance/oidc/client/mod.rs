//! A relying party that believes nothing: what `federation-oidc.md` 3a demands "of every module first", in one place.
//!
//! | specification | module |
//! |---|---|
//! | OIDC Discovery 4, OIDC Core 10.1 (the document and the keys) | [`provider`], [`keys`] |
//! | a client as an operator registers it, for certification | [`registration`] |
//! | OIDC Core 3.1.2.1 (the request) | [`request`] |
//! | OIDC Core 3.1.2.5 and 3.1.2.6, RFC 9207, Form Post (the response) | [`callback`] |
//! | RFC 6749 5.1 and 5.2 (the token endpoint) | [`tokens`] |
//! | OIDC Core 2 and 3.1.3.7 (the ID token) | [`id_token`] |
//! | OIDC Core 5.1 (types of claims) | [`claims`] |
//! | the person, the browser and the phone; OIDC Core 5.3 (userinfo) | [`stage`] |

mod callback;
mod claims;
mod id_token;
mod keys;
mod provider;
mod registration;
mod request;
mod stage;
mod tokens;

pub(crate) use claims::{TEXTS, check_types};
pub(crate) use id_token::{Expected, IdToken};
pub(crate) use provider::{DISCOVERY, Provider, media_type};
pub(crate) use registration::Client;
pub(crate) use request::Request;
pub(crate) use stage::{Landing, Login, Stage};
pub(crate) use tokens::{Tokens, refused};
