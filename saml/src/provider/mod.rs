//! Service providers: what their metadata says, and what an operator decides about them.

mod attribute;
mod check;
mod context;
mod entry;
mod policy;
mod preset;
mod record;

pub use attribute::{AttributeRule, AttributeSource};
pub use check::PolicyError;
pub use context::{ContextRule, Strength};
pub use entry::{Entry, entries};
pub use policy::{ContentEncryption, EncryptWhen, Encryption, KeyTransport, Policy, SignWhat};
pub use preset::Preset;
pub use record::{
    AttributeService, ConsumerService, EncryptionKey, LogoutService, RequestedAttribute, ServiceProvider,
    Source,
};
