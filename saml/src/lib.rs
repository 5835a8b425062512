//! SAML 2.0 identity provider.
pub mod binding;
pub mod identifier;
pub mod logout;
pub mod message;
pub mod metadata;
pub mod name_id;
mod names;
pub mod provider;
pub mod request;
pub mod resolve;
pub mod response;
pub mod signature;
pub mod status;
pub mod xml;

pub use identifier::{EntityId, IdentifierError, MessageId, SessionIndex};
pub use name_id::{NameId, NameIdFormat};
pub use names::{ATTRIBUTE_NAME_BASIC, ATTRIBUTE_NAME_URI};
pub use status::{Detail, Status, StatusCode};
