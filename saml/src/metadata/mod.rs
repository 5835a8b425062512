//! Metadata: that of service providers in, ours out (Metadata 2).

mod address;
mod description;
mod duration;
mod identity_provider;
mod keys;
mod mdq;
mod service_provider;
mod trust;

pub use description::Description;
pub use identity_provider::{
    Contact, EndpointFacts, IdentityProviderFacts, Interface, Logo, identity_provider,
};
pub use mdq::{mdq_address, segment};
pub use service_provider::{MetadataError, ProviderMetadata, read};
pub use trust::Trust;
