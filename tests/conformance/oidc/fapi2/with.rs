//! What a module changes of a request.

use serde_json::Value;

/// A signed part of a request.
#[derive(Debug, Clone, Default)]
pub(super) enum Jwt {
    /// As the profile has it: assertions at every endpoint, proofs at the token endpoint, request objects in Message Signing.
    #[default]
    Usual,
    /// With these claims beside or instead; null removes.
    Claims(Value),
    /// Another one.
    Text(String),
    /// None.
    Missing,
}

/// What a module changes of a request.
#[derive(Debug, Clone, Default)]
pub(super) struct With<'a> {
    /// Parameters in place of the usual ones; an empty value removes one.
    pub(super) parameters: &'a [(&'a str, &'a str)],
    /// The client assertion.
    pub(super) assertion: Jwt,
    /// The request object.
    pub(super) object: Jwt,
    /// The DPoP proof.
    pub(super) proof: Jwt,
}

impl<'a> With<'a> {
    /// With these parameters.
    pub(super) fn parameters(parameters: &'a [(&'a str, &'a str)]) -> Self {
        Self {
            parameters,
            ..Self::default()
        }
    }

    /// With this assertion.
    pub(super) fn assertion(assertion: Jwt) -> Self {
        Self {
            assertion,
            ..Self::default()
        }
    }

    /// With this request object.
    pub(super) fn object(object: Jwt) -> Self {
        Self {
            object,
            ..Self::default()
        }
    }

    /// With this proof.
    pub(super) fn proof(proof: Jwt) -> Self {
        Self {
            proof,
            ..Self::default()
        }
    }
}
