//! `samlp:LogoutRequest` and `samlp:LogoutResponse` (Core 3.7.1, 3.7.2).

use idp_types::Timestamp;

use crate::identifier::MessageId;
use crate::message::{Head, instant};
use crate::name_id::NameId;
use crate::names::{saml, samlp};
use crate::status::Status;
use crate::xml::{Node, ReadError};

/// How many session indexes a request may list.
const INDEXES: usize = 64;

/// What a service provider says when a person leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutRequest {
    /// What every message has.
    pub head: Head,
    /// When the request is over.
    pub not_on_or_after: Option<Timestamp>,
    /// Who leaves.
    pub name_id: NameId,
    /// Which sessions; empty: all at this provider.
    pub session_indexes: Vec<String>,
    /// Whether nobody waits for an answer (asynchronous single logout, IIP-IDP18).
    pub asynchronous: bool,
}

/// What a service provider answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutResponse {
    /// What every message has.
    pub head: Head,
    /// The request that it answers.
    pub in_response_to: MessageId,
    /// How it went.
    pub status: Status,
}

impl LogoutRequest {
    pub(crate) fn read(root: Node<'_>) -> Result<Self, ReadError> {
        let session_indexes = root
            .all(samlp("SessionIndex"))
            .take(INDEXES + 1)
            .map(|index| index.filled("SessionIndex"))
            .collect::<Result<Vec<_>, _>>()?;
        if session_indexes.len() > INDEXES {
            return Err(ReadError::Value("SessionIndex"));
        }
        Ok(Self {
            head: Head::read(root)?,
            not_on_or_after: instant(root, "NotOnOrAfter")?,
            name_id: NameId::read(root.need(saml("NameID"))?)?,
            session_indexes,
            asynchronous: is_asynchronous(root)?,
        })
    }
}

fn is_asynchronous(root: Node<'_>) -> Result<bool, ReadError> {
    const NAMESPACE: &str = "urn:oasis:names:tc:SAML:2.0:protocol:ext:async-slo";
    let Some(extensions) = root.find(samlp("Extensions"))? else {
        return Ok(false);
    };
    let name = crate::names::Name {
        prefix: "async",
        namespace: NAMESPACE,
        local: "Asynchronous",
    };
    Ok(extensions.find(name)?.is_some())
}

impl LogoutResponse {
    pub(crate) fn read(root: Node<'_>) -> Result<Self, ReadError> {
        let in_response_to = MessageId::parse(root.required("InResponseTo")?);
        Ok(Self {
            head: Head::read(root)?,
            in_response_to: in_response_to.map_err(|_| ReadError::Value("InResponseTo"))?,
            status: Status::read(root.need(samlp("Status"))?)?,
        })
    }
}
