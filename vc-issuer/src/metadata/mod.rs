//! Documents that others read: issuer metadata, DID document, types, context.

mod context;
mod types;

pub use context::ContextDocument;
pub use types::TypeMetadata;
