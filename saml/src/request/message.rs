//! `samlp:AuthnRequest` (Core 3.4.1).

use crate::binding::Binding;
use crate::message::Head;
use crate::name_id::NameId;
use crate::names::{saml, samlp};
use crate::xml::{Node, ReadError, boolean};

use super::consumer::Selector;
use super::context::RequestedContext;

/// What a service provider asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthnRequest {
    /// What every message has.
    pub head: Head,
    /// `ForceAuthn`: the person is asked, whatever session there is.
    pub force_authn: bool,
    /// `IsPassive`: the person is not asked.
    pub is_passive: bool,
    /// Where the answer should go.
    pub consumer: Selector,
    /// `AttributeConsumingServiceIndex`.
    pub attribute_service: Option<u16>,
    /// `NameIDPolicy`.
    pub name_id_policy: Option<NameIdPolicy>,
    /// `RequestedAuthnContext`.
    pub context: Option<RequestedContext>,
    /// The person who is meant.
    pub subject: Option<RequestedSubject>,
}

/// `samlp:NameIDPolicy` (Core 3.4.1.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameIdPolicy {
    /// `Format`.
    pub format: Option<String>,
    /// `SPNameQualifier`.
    pub sp_name_qualifier: Option<String>,
    /// `AllowCreate`. Absent it reads as true: large service providers ask for a persistent identifier without it and expect one, although
    /// the schema's default says otherwise.
    pub allow_create: bool,
}

/// `saml:Subject` of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestedSubject {
    /// A name.
    Named(NameId),
    /// Something else: encrypted, or with a confirmation, which has no meaning here (Profiles 4.1.4.1).
    Other,
}

impl AuthnRequest {
    pub(crate) fn read(root: Node<'_>) -> Result<Self, ReadError> {
        Ok(Self {
            head: Head::read(root)?,
            force_authn: boolean(root.attribute("ForceAuthn"), "ForceAuthn")?,
            is_passive: boolean(root.attribute("IsPassive"), "IsPassive")?,
            consumer: selector(root)?,
            attribute_service: index(root, "AttributeConsumingServiceIndex")?,
            name_id_policy: root.find(samlp("NameIDPolicy"))?.map(policy).transpose()?,
            context: root
                .find(samlp("RequestedAuthnContext"))?
                .map(RequestedContext::read)
                .transpose()?,
            subject: root.find(saml("Subject"))?.map(subject).transpose()?,
        })
    }
}

fn selector(root: Node<'_>) -> Result<Selector, ReadError> {
    let binding = root
        .attribute("ProtocolBinding")
        .map(|uri| Binding::parse(uri).ok_or(ReadError::Value("ProtocolBinding")))
        .transpose()?;
    Ok(Selector {
        index: index(root, "AssertionConsumerServiceIndex")?,
        location: root.attribute("AssertionConsumerServiceURL").map(str::to_owned),
        binding,
    })
}

fn index(root: Node<'_>, name: &'static str) -> Result<Option<u16>, ReadError> {
    root.attribute(name)
        .map(|value| value.parse().map_err(|_| ReadError::Value(name)))
        .transpose()
}

fn policy(node: Node<'_>) -> Result<NameIdPolicy, ReadError> {
    let text = |name| {
        node.attribute(name)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
    };
    Ok(NameIdPolicy {
        format: text("Format"),
        sp_name_qualifier: text("SPNameQualifier"),
        allow_create: boolean(node.attribute("AllowCreate").or(Some("true")), "AllowCreate")?,
    })
}

fn subject(node: Node<'_>) -> Result<RequestedSubject, ReadError> {
    let confirmed = node.all(saml("SubjectConfirmation")).next().is_some();
    match node.find(saml("NameID"))? {
        Some(name) if !confirmed => Ok(RequestedSubject::Named(NameId::read(name)?)),
        _ => Ok(RequestedSubject::Other),
    }
}
