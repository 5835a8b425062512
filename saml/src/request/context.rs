//! `RequestedAuthnContext` and its four comparisons (Core 3.3.2.2.1).
//!
//! A class is what it takes ([`Strength`]). A stronger login also is a weaker one, so that `exact` is answered with a class that was asked
//! for whenever the login reaches it, in the order of preference of the request.

use std::fmt;

use idp_types::assurance::{Aal, Acr, TrustLevel};
use serde::{Deserialize, Serialize};

use crate::names::{saml, samlp};
use crate::provider::{ContextRule, ServiceProvider, Strength};
use crate::status::{Detail, Status};
use crate::xml::{Node, ReadError};

/// How the classes of a request are meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Comparison {
    /// One of them.
    #[default]
    Exact,
    /// One of them, or one that is at least as strong.
    Minimum,
    /// The strongest that is not stronger than one of them.
    Maximum,
    /// One that is stronger than all of them.
    Better,
}

/// What a request asks of the login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedContext {
    /// How the classes are meant.
    pub comparison: Comparison,
    /// The class references, in order of preference.
    pub classes: Vec<String>,
}

/// How many classes a request may list.
const CLASSES: usize = 16;

impl RequestedContext {
    pub(crate) fn read(node: Node<'_>) -> Result<Self, ReadError> {
        let comparison = match node.attribute("Comparison") {
            None | Some("exact") => Comparison::Exact,
            Some("minimum") => Comparison::Minimum,
            Some("maximum") => Comparison::Maximum,
            Some("better") => Comparison::Better,
            Some(_) => return Err(ReadError::Value("Comparison")),
        };
        let classes = node
            .all(saml("AuthnContextClassRef"))
            .map(|class| class.filled("AuthnContextClassRef"))
            .collect::<Result<Vec<_>, _>>()?;
        // Declarations are documents that nobody exchanges: a request for one is a request for an unknown class.
        let declarations = node.all(saml("AuthnContextDeclRef")).count();
        if classes.len() + declarations == 0 || classes.len() > CLASSES {
            return Err(ReadError::Value(samlp("RequestedAuthnContext").local));
        }
        Ok(Self { comparison, classes })
    }
}

/// What a class takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Less than any login here: contexts of passwords and of nothing in particular.
    Weaker,
    /// This much.
    Needs(Strength),
}

/// Classes of the specification that every login here exceeds. No password exists, so that none of them is ever stated unless an operator
/// maps it; `unspecified` says nothing and can always be said.
const WEAKER: [&str; 6] = [
    UNSPECIFIED,
    "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocol",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:PreviousSession",
];
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified";

/// What a class means to a provider: the operator's word first, then ours, then the specification's.
pub fn known_class(class: &str, rules: &[ContextRule]) -> Option<Known> {
    if let Some(rule) = rules.iter().find(|rule| rule.class == class) {
        return Some(Known::Needs(rule.requires));
    }
    own_classes()
        .into_iter()
        .find(|(acr, _)| acr.as_str() == class)
        .map(|(_, strength)| Known::Needs(strength))
        .or_else(|| WEAKER.contains(&class).then_some(Known::Weaker))
}

/// Our classes, the weakest first: the acr URNs of profile 4.1.
fn own_classes() -> [(Acr, Strength); 6] {
    let [low, substantial, high] = [TrustLevel::Low, TrustLevel::Substantial, TrustLevel::High];
    [
        (low, false),
        (substantial, false),
        (high, false),
        (low, true),
        (substantial, true),
        (high, true),
    ]
    .map(|(level, face)| {
        let aal = Aal::One;
        (Acr::of(level, face), Strength { level, face, aal })
    })
}

/// The class that a login of this strength is stated as.
///
/// # Errors
/// `NoAuthnContext` when the login does not satisfy the request.
pub fn satisfy(
    requested: Option<&RequestedContext>,
    reached: Strength,
    provider: &ServiceProvider,
) -> Result<String, Status> {
    let own = Acr::of(reached.level, reached.face).as_str().to_owned();
    let rules = &provider.policy.contexts;
    let Some(requested) = requested else {
        let is_reached = |class: &&String| match known_class(class, rules) {
            Some(Known::Needs(needed)) => reached.reaches(needed),
            _ => true,
        };
        let usual = provider.policy.default_context.as_ref().filter(is_reached);
        return Ok(usual.cloned().unwrap_or(own));
    };
    let known: Vec<(&str, Known)> = requested
        .classes
        .iter()
        .filter_map(|class| known_class(class, rules).map(|known| (class.as_str(), known)))
        .collect();
    let found = match requested.comparison {
        Comparison::Exact => exact(&known, reached),
        Comparison::Minimum => exact(&known, reached).or_else(|| minimum(&known).then_some(own)),
        Comparison::Maximum => maximum(&known, reached),
        Comparison::Better => {
            let all = known.len() == requested.classes.len();
            (all && better(&known, reached)).then_some(own)
        }
    };
    found.ok_or_else(|| Status::responder(Detail::NoAuthnContext, "the login does not satisfy the request"))
}

/// The first class that the login reaches.
fn exact(known: &[(&str, Known)], reached: Strength) -> Option<String> {
    known
        .iter()
        .find(|(class, known)| match known {
            Known::Weaker => *class == UNSPECIFIED,
            Known::Needs(needed) => reached.reaches(*needed),
        })
        .map(|(class, _)| (*class).to_owned())
}

/// Whether one of the classes is below every login.
fn minimum(known: &[(&str, Known)]) -> bool {
    known.iter().any(|(_, known)| *known == Known::Weaker)
}

/// The strongest class of ours that the login reaches and one of the classes bounds.
fn maximum(known: &[(&str, Known)], reached: Strength) -> Option<String> {
    let bounded = |strength: Strength| {
        known
            .iter()
            .any(|(_, known)| matches!(known, Known::Needs(bound) if bound.reaches(strength)))
    };
    let (acr, _) = own_classes()
        .into_iter()
        .rev()
        .find(|(_, strength)| reached.reaches(*strength) && bounded(*strength))?;
    Some(acr.as_str().to_owned())
}

/// Whether the login is stronger than each of the classes.
fn better(known: &[(&str, Known)], reached: Strength) -> bool {
    known.iter().all(|(_, known)| match known {
        Known::Weaker => true,
        Known::Needs(bound) => reached.exceeds(*bound),
    })
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exact => "exact",
            Self::Minimum => "minimum",
            Self::Maximum => "maximum",
            Self::Better => "better",
        })
    }
}
