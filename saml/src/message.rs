//! A message on its way in: opened, its sender named, authenticated. Only then are its fields read, and from the same tree.

use idp_types::Timestamp;

use crate::binding::{self, Binding, Detached, Direction, Received, RelayState};
use crate::identifier::{EntityId, MessageId};
use crate::logout::{LogoutRequest, LogoutResponse};
use crate::names::saml;
use crate::provider::ServiceProvider;
use crate::request::AuthnRequest;
use crate::resolve::ArtifactResolve;
use crate::signature::{self, SignatureAlgorithm, SignatureError, Verifier};
use crate::xml::{Limits, Node, ReadError, Tree};

/// The format of an issuer that may be stated, and is then the only one (Core 8.3.6).
const ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";

/// An opened message. Nothing in it is believed yet; the issuer is the name to load a provider by.
pub struct Message {
    tree: Tree,
    received: Envelope,
    issuer: EntityId,
}

/// How a message came.
struct Envelope {
    binding: Binding,
    direction: Direction,
    relay_state: Option<RelayState>,
    detached: Option<Detached>,
}

impl Message {
    /// Opens what a binding delivered.
    ///
    /// # Errors
    /// [`ReadError`] when it is no document within the limits, or names no issuer.
    pub fn open(received: Received) -> Result<Self, ReadError> {
        let tree = Tree::parse(&received.text, &Limits::MESSAGE)?;
        let issuer = issuer(root(&tree, received.binding)?)?;
        Ok(Self {
            tree,
            received: Envelope {
                binding: received.binding,
                direction: received.direction,
                relay_state: received.relay_state,
                detached: received.detached,
            },
            issuer,
        })
    }

    /// Who the message says sent it.
    pub const fn issuer(&self) -> &EntityId {
        &self.issuer
    }

    /// How it came.
    pub const fn binding(&self) -> Binding {
        self.received.binding
    }

    /// The sender's word.
    pub const fn relay_state(&self) -> Option<&RelayState> {
        self.received.relay_state.as_ref()
    }

    /// Checks whether the provider sent it. A signature is checked wherever there is one, and none that is bad is overlooked because none
    /// was needed (SDP-IDP05).
    ///
    /// # Errors
    /// [`SignatureError`] when it has a signature that is not good, or none where `signed` asks for one, or is from another provider.
    pub fn authenticate(
        self,
        provider: &ServiceProvider,
        signed: Required,
        verifier: &dyn Verifier,
    ) -> Result<Authenticated, SignatureError> {
        if self.issuer != provider.entity_id {
            return Err(SignatureError::Value);
        }
        let root = root(&self.tree, self.received.binding).map_err(|_| SignatureError::Shape)?;
        let accepted = &provider.policy.signature_algorithms;
        let enveloped = signature::is_signed(root);
        let is_signed = match (&self.received.detached, enveloped) {
            (Some(_), true) => return Err(SignatureError::Place),
            // A message on its way by Redirect has no signature inside (Bindings 3.4.4.1).
            (None, true) if self.received.binding == Binding::Redirect => return Err(SignatureError::Place),
            (Some(detached), false) => {
                check_detached(detached, provider, accepted, verifier)?;
                true
            }
            (None, true) => {
                signature::verify(root, &provider.signing, accepted, verifier)?;
                true
            }
            (None, false) => false,
        };
        if !is_signed && signed == Required::Yes {
            return Err(SignatureError::Missing);
        }
        Ok(Authenticated {
            message: self,
            is_signed,
        })
    }
}

/// Whether a message must be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Required {
    /// Without a signature it is refused.
    Yes,
    /// Without a signature it is anybody's word.
    No,
}

impl Required {
    /// For an authentication request of a provider (SDP-IDP04).
    pub const fn for_authentication(provider: &ServiceProvider) -> Self {
        if provider.requires_signed_requests() {
            Self::Yes
        } else {
            Self::No
        }
    }
}

fn check_detached(
    detached: &Detached,
    provider: &ServiceProvider,
    accepted: &[SignatureAlgorithm],
    verifier: &dyn Verifier,
) -> Result<(), SignatureError> {
    let algorithm = SignatureAlgorithm::parse(&detached.algorithm)
        .filter(|algorithm| accepted.contains(algorithm))
        .ok_or(SignatureError::Algorithm)?;
    let pair = (detached.octets.as_slice(), detached.signature.as_slice());
    if signature::check_with_any(&provider.signing, algorithm, pair, verifier) {
        Ok(())
    } else {
        Err(SignatureError::Value)
    }
}

/// A message whose sender is known as well as its signature allows.
pub struct Authenticated {
    message: Message,
    is_signed: bool,
}

impl Authenticated {
    /// Who sent it.
    pub const fn issuer(&self) -> &EntityId {
        &self.message.issuer
    }

    /// How it came.
    pub const fn binding(&self) -> Binding {
        self.message.received.binding
    }

    /// The sender's word.
    pub const fn relay_state(&self) -> Option<&RelayState> {
        self.message.relay_state()
    }

    /// Whether a signature was checked.
    pub const fn is_signed(&self) -> bool {
        self.is_signed
    }

    /// What it asks or answers.
    ///
    /// # Errors
    /// [`ReadError`] when it is no message that an identity provider receives, or asks where it should answer.
    pub fn body(&self) -> Result<Body, ReadError> {
        let root = root(&self.message.tree, self.binding())?;
        let body = Body::read(root)?;
        if body.direction() == self.message.received.direction {
            Ok(body)
        } else {
            Err(ReadError::Unexpected(self.message.received.direction.parameter()))
        }
    }
}

/// What an identity provider is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// To log in.
    Authn(Box<AuthnRequest>),
    /// To log out.
    Logout(LogoutRequest),
    /// That one was logged out, or not.
    LoggedOut(LogoutResponse),
    /// To hand a message out.
    Resolve(ArtifactResolve),
}

impl Body {
    fn read(root: Node<'_>) -> Result<Self, ReadError> {
        use crate::names::samlp;
        if root.is(samlp("AuthnRequest")) {
            Ok(Self::Authn(Box::new(AuthnRequest::read(root)?)))
        } else if root.is(samlp("LogoutRequest")) {
            Ok(Self::Logout(LogoutRequest::read(root)?))
        } else if root.is(samlp("LogoutResponse")) {
            Ok(Self::LoggedOut(LogoutResponse::read(root)?))
        } else if root.is(samlp("ArtifactResolve")) {
            Ok(Self::Resolve(ArtifactResolve::read(root)?))
        } else {
            Err(ReadError::Unexpected("message"))
        }
    }

    const fn direction(&self) -> Direction {
        match self {
            Self::LoggedOut(_) => Direction::Response,
            Self::Authn(_) | Self::Logout(_) | Self::Resolve(_) => Direction::Request,
        }
    }
}

/// The message itself: the document element, or what stands in the SOAP body.
fn root(tree: &Tree, binding: Binding) -> Result<Node<'_>, ReadError> {
    if binding == Binding::Soap {
        binding::body(tree.root())
    } else {
        Ok(tree.root())
    }
}

fn issuer(root: Node<'_>) -> Result<EntityId, ReadError> {
    let issuer = root.need(saml("Issuer"))?;
    if issuer.attribute("Format").is_some_and(|format| format != ENTITY) {
        return Err(ReadError::Value("Issuer"));
    }
    EntityId::parse(issuer.filled("Issuer")?).map_err(|_| ReadError::Value("Issuer"))
}

/// What every message has (Core 3.2.1, 3.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// `ID`.
    pub id: MessageId,
    /// `Version`, of which we answer `2.0`.
    pub version: String,
    /// `IssueInstant`.
    pub issue_instant: Timestamp,
    /// `Destination`.
    pub destination: Option<String>,
    /// Who sent it.
    pub issuer: EntityId,
}

impl Head {
    pub(crate) fn read(root: Node<'_>) -> Result<Self, ReadError> {
        let id = MessageId::parse(root.required("ID")?).map_err(|_| ReadError::Value("ID"))?;
        Ok(Self {
            id,
            version: root.required("Version")?.to_owned(),
            issue_instant: instant(root, "IssueInstant")?.ok_or(ReadError::Missing("IssueInstant"))?,
            destination: root.attribute("Destination").map(str::to_owned),
            issuer: issuer(root)?,
        })
    }
}

/// An `xs:dateTime` with its zone (Core 1.3.3).
pub(crate) fn instant(node: Node<'_>, name: &'static str) -> Result<Option<Timestamp>, ReadError> {
    node.attribute(name)
        .map(|value| Timestamp::parse_rfc3339(value).ok_or(ReadError::Value(name)))
        .transpose()
}
