//! Documents that others read: issuer metadata, DID document, types, context.

mod configuration;
mod context;
pub mod did;
mod issuer;
mod types;

pub use context::ContextDocument;
pub use issuer::{Facts, SIGNED_TYP, endpoint, metadata, signed_metadata, well_known_paths};
pub use types::TypeMetadata;
