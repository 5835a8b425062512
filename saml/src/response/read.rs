//! Reading a response back, as a service provider does. The demo's service provider is made of it, and tests hold what is written to what is
//! read.

use idp_types::Timestamp;

use super::attributes::Attribute;
use crate::identifier::{EntityId, IdentifierError, MessageId};
use crate::message::{Head, instant};
use crate::name_id::NameId;
use crate::names::{saml, samlp};
use crate::signature::{self, Certificate, SignatureAlgorithm, SignatureError, Verifier};
use crate::status::Status;
use crate::xml::{Limits, Node, ReadError, Tree};

/// Why a response is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
    /// Not readable.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Its signature is missing or not good.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

impl From<IdentifierError> for ResponseError {
    fn from(_: IdentifierError) -> Self {
        Self::Read(ReadError::Value("identifier"))
    }
}

/// A response, as it was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedResponse {
    /// Who answers, when, and where to.
    pub head: Head,
    /// The request that it answers; none for one that nobody asked for.
    pub in_response_to: Option<MessageId>,
    /// How it went.
    pub status: Status,
    /// What it states.
    pub assertion: Option<ReceivedAssertion>,
}

/// An assertion inside a signed response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedAssertion {
    /// Who states it.
    pub issuer: EntityId,
    /// Whom it is about.
    pub name_id: Option<NameId>,
    /// Whom it is for.
    pub audiences: Vec<String>,
    /// Where it may be presented.
    pub recipient: Option<String>,
    /// The request that it answers.
    pub in_response_to: Option<String>,
    /// From when and until when it holds.
    pub not_before: Option<Timestamp>,
    /// The end.
    pub not_on_or_after: Option<Timestamp>,
    /// What the login was.
    pub context_class: String,
    /// What else is told.
    pub attributes: Vec<Attribute>,
}

/// Reads a response that is signed as a whole, by one of these certificates. Assertions that are encrypted are not opened.
///
/// # Errors
/// [`ResponseError`] when it is none, or nobody vouches for it.
pub fn read(
    text: &str,
    certificates: &[Certificate],
    verifier: &dyn Verifier,
) -> Result<ReceivedResponse, ResponseError> {
    let tree = Tree::parse(text, &Limits::MESSAGE).map_err(ReadError::from)?;
    let root = tree.root();
    if !root.is(samlp("Response")) {
        return Err(ReadError::Unexpected("Response").into());
    }
    signature::verify(root, certificates, &SignatureAlgorithm::ALL, verifier)?;
    let in_response_to = root.attribute("InResponseTo").map(MessageId::parse).transpose()?;
    let assertion = root.find(saml("Assertion"))?.map(assertion).transpose()?;
    Ok(ReceivedResponse {
        head: Head::read(root)?,
        in_response_to,
        status: Status::read(root.need(samlp("Status"))?)?,
        assertion,
    })
}

fn assertion(node: Node<'_>) -> Result<ReceivedAssertion, ResponseError> {
    let subject = node.need(saml("Subject"))?;
    let confirmation = subject.need(saml("SubjectConfirmation"))?;
    let data = confirmation.need(saml("SubjectConfirmationData"))?;
    let conditions = node.need(saml("Conditions"))?;
    let context = node.need(saml("AuthnStatement"))?.need(saml("AuthnContext"))?;
    Ok(ReceivedAssertion {
        issuer: EntityId::parse(node.need(saml("Issuer"))?.filled("Issuer")?)?,
        name_id: subject.find(saml("NameID"))?.map(NameId::read).transpose()?,
        audiences: texts(conditions.need(saml("AudienceRestriction"))?, "Audience")?,
        recipient: data.attribute("Recipient").map(str::to_owned),
        in_response_to: data.attribute("InResponseTo").map(str::to_owned),
        not_before: instant(conditions, "NotBefore")?,
        not_on_or_after: instant(data, "NotOnOrAfter")?,
        context_class: context
            .need(saml("AuthnContextClassRef"))?
            .filled("AuthnContextClassRef")?,
        attributes: attributes(node)?,
    })
}

fn attributes(node: Node<'_>) -> Result<Vec<Attribute>, ReadError> {
    let Some(statement) = node.find(saml("AttributeStatement"))? else {
        return Ok(Vec::new());
    };
    let one = |attribute: Node<'_>| {
        let member = |name| attribute.attribute(name).map(str::to_owned);
        Ok(Attribute {
            name: attribute.required("Name")?.to_owned(),
            name_format: member("NameFormat"),
            friendly_name: member("FriendlyName"),
            values: texts(attribute, "AttributeValue")?,
        })
    };
    statement.all(saml("Attribute")).map(one).collect()
}

/// The texts of the elements of a name directly inside.
fn texts(node: Node<'_>, name: &'static str) -> Result<Vec<String>, ReadError> {
    node.all(saml(name)).map(|inside| inside.text(name)).collect()
}
