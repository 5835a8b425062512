//! Service providers: what their metadata says, and what an operator decides about them.

mod attribute;
mod context;
mod policy;
mod preset;
mod record;

pub use attribute::{AttributeRule, AttributeSource};
pub use context::{ContextRule, Strength};
pub use policy::{ContentEncryption, EncryptWhen, Encryption, KeyTransport, Policy, SignWhat};
pub use preset::Preset;
pub use record::{
    AttributeService, ConsumerService, EncryptionKey, LogoutService, RequestedAttribute, ServiceProvider,
    Source,
};
