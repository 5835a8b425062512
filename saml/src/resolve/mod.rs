//! Artifact resolution (Core 3.5).

mod write;

use crate::binding::Artifact;
use crate::identifier::EntityId;
use crate::message::Head;
use crate::names::samlp;
use crate::provider::ServiceProvider;
use crate::status::{Detail, Status};
use crate::xml::{Node, ReadError};

pub use write::{ArtifactResponseFacts, artifact_response};

/// How long a message waits behind its artifact, in seconds.
pub const LIFE: i64 = 60;

/// `samlp:ArtifactResolve`: a service provider asks for a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactResolve {
    /// What every message has.
    pub head: Head,
    /// Which message.
    pub artifact: Artifact,
}

impl ArtifactResolve {
    pub(crate) fn read(root: Node<'_>) -> Result<Self, ReadError> {
        let text = root.need(samlp("Artifact"))?.filled("Artifact")?;
        Ok(Self {
            head: Head::read(root)?,
            artifact: Artifact::parse(&text).ok_or(ReadError::Value("Artifact"))?,
        })
    }

    /// Whether the message may be handed out: fresh, for this endpoint, an artifact of ours, and asked for by the provider that it was made
    /// for. An artifact that is not is answered with success and nothing (Core 3.5.3), so that nobody learns which ones exist.
    ///
    /// # Errors
    /// The status that the sender is answered with.
    pub fn check(
        &self,
        provider: &ServiceProvider,
        issuer: &EntityId,
        circumstances: crate::logout::LogoutCircumstances<'_>,
    ) -> Result<(), Status> {
        crate::request::check_instant(&self.head, circumstances.now)?;
        crate::request::check_destination(&self.head, circumstances.own, false)?;
        if self.head.issuer != provider.entity_id {
            return Err(Status::requester(
                Detail::RequestDenied,
                "the issuer is another provider",
            ));
        }
        if !self.artifact.is_of(issuer) {
            return Err(Status::requester(
                Detail::RequestDenied,
                "the artifact is another provider's",
            ));
        }
        Ok(())
    }
}
