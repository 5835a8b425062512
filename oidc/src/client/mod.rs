//! Clients: relying parties as an operator or a registration described them.
//!
//! A description is read into [`ClientMetadata`] (and [`OperatorMembers`], which a client cannot say of itself), becomes a [`Client`]
//! by [`Client::operate`] and [`Client::describe`], and is stored only after [`check`]. A [`Preset`] writes the description that a
//! well-known relying party needs.

mod check;
mod defaults;
mod error;
mod external;
mod fapi;
mod members;
mod metadata;
mod preset;
mod record;
mod redirect_uri;
mod sector;
mod shape;
#[cfg(test)]
mod tests;

pub use check::{RegistrationPolicy, check};
pub use error::{MetadataError, RedirectError};
pub use external::REDIRECT_URIS as ENTRA_REDIRECT_URIS;
pub use metadata::{ApplicationType, ClientMetadata, LIMIT, OperatorMembers, parse_object};
pub use preset::{Entry as PresetEntry, Parameter, Preset, PresetError};
pub use record::{
    AuthenticationMethod, CibaDelivery, Client, ClientProfile, GrantType, SecretDigest, SigningAlgorithm,
    SubjectType,
};
pub use sector::{check_sector_document, sector_of};
pub use shape::PROTECTED_CLAIMS;
