//! The bindings: how messages travel (Bindings 3). Each in its own file, in both directions.

mod artifact;
mod ecp;
mod error;
mod fields;
mod inflate;
mod post;
mod received;
mod redirect;
mod relay_state;
mod soap;

use serde::{Deserialize, Serialize};

pub use artifact::Artifact;
pub use ecp::{EcpResponse, ecp_response};
pub use error::BindingError;
pub use post::PostForm;
pub use received::{Detached, Direction, Received};
pub use redirect::{PreparedRedirect, RedirectDraft};
pub use relay_state::RelayState;
pub(crate) use soap::body;
pub use soap::{soap_envelope, soap_fault};

/// A binding by its identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Binding {
    /// HTTP Redirect, with DEFLATE.
    Redirect,
    /// HTTP POST.
    Post,
    /// HTTP Artifact.
    Artifact,
    /// SOAP 1.1.
    Soap,
    /// Reverse SOAP, of enhanced clients.
    Paos,
}

impl Binding {
    /// Every binding.
    pub const ALL: [Self; 5] = [Self::Redirect, Self::Post, Self::Artifact, Self::Soap, Self::Paos];

    /// The identifier.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Redirect => "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect",
            Self::Post => "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
            Self::Artifact => "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact",
            Self::Soap => "urn:oasis:names:tc:SAML:2.0:bindings:SOAP",
            Self::Paos => "urn:oasis:names:tc:SAML:2.0:bindings:PAOS",
        }
    }

    /// The binding with this identifier.
    pub fn parse(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|binding| binding.uri() == uri)
    }
}
