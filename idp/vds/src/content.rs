//! The payload of a manifest that is known here, read into the type that proves it.

use idp_types::CivilDate;
use zeroize::Zeroizing;

use crate::manifest::{Manifest, ManifestId, PERSON, PersonPayload, SERVICE, ServicePayload};
use crate::payload::PayloadError;

/// What a seal says, by manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// Manifest `0A0001`.
    Person(PersonPayload),
    /// Manifest `0A0101`.
    Service(ServicePayload),
}

impl Content {
    /// Reads a payload by its manifest; `None` for a manifest that is not known here.
    ///
    /// # Errors
    /// [`PayloadError`] when the payload is not what its manifest describes.
    pub fn read(manifest: ManifestId, payload: &[u8]) -> Result<Option<Self>, PayloadError> {
        match manifest {
            ManifestId::PERSON => PersonPayload::read(payload).map(|person| Some(Self::Person(person))),
            ManifestId::SERVICE => ServicePayload::read(payload).map(|service| Some(Self::Service(service))),
            _ => Ok(None),
        }
    }

    /// The manifest that describes it.
    pub fn manifest(&self) -> &'static Manifest {
        match self {
            Self::Person(_) => &PERSON,
            Self::Service(_) => &SERVICE,
        }
    }

    /// The positional payload.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Person(person) => person.to_bytes(),
            Self::Service(service) => service.to_bytes(),
        }
    }

    /// The last day on which the seal is valid.
    pub fn expires(&self) -> CivilDate {
        match self {
            Self::Person(person) => person.expires,
            Self::Service(service) => service.expires,
        }
    }
}

impl From<PersonPayload> for Content {
    fn from(person: PersonPayload) -> Self {
        Self::Person(person)
    }
}

impl From<ServicePayload> for Content {
    fn from(service: ServicePayload) -> Self {
        Self::Service(service)
    }
}
