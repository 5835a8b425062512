//! How sure the client wants to be (OIDC Core 3.1.2.1 and 5.5.1.1, profile 4.1): `acr` values are minima, of which one must be met.
//!
//! `acr_values` and `default_acr_values` may name values of other providers; such a list demands nothing. An essential `acr` demands
//! one of its values, known or not (OIDC Unmet Authentication Requirements 1.0).

use idp_types::{Aal, MatchingMode, TrustLevel};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::claims_parameter::{ClaimsRequest, Place};
use crate::authentication::Authentication;
use crate::client::Client;
use crate::error::{ErrorCode, OAuthError};

/// The `acr` values of this provider, for discovery.
pub const SUPPORTED: [&str; 7] = [
    "urn:idtokenseal:acr:face-oob-low",
    "urn:idtokenseal:acr:face-oob-substantial",
    "urn:idtokenseal:acr:face-oob-high",
    "urn:idtokenseal:acr:oob-low",
    "urn:idtokenseal:acr:oob-substantial",
    "urn:idtokenseal:acr:oob-high",
    "urn:idtokenseal:aal:2",
];

/// The most values of one request.
const COUNT: usize = 32;

/// What the client demands of the authentication.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirements {
    /// `acr` values, the preferred one first.
    values: Vec<String>,
    /// Whether one of them must be met although none is known.
    is_essential: bool,
}

/// What a value means.
enum Minimum {
    /// A trust level, with or without the face vouched for.
    Trust(TrustLevel, bool),
    /// An authenticator assurance.
    Assurance(Aal),
    /// Phishing resistance, which no matching mode of this version reaches.
    PhishingResistant,
}

fn minimum(value: &str) -> Option<Minimum> {
    let known = match value {
        "urn:idtokenseal:aal:2" => return Some(Minimum::Assurance(Aal::Two)),
        "phr" => return Some(Minimum::PhishingResistant),
        _ => value.strip_prefix("urn:idtokenseal:acr:")?,
    };
    let (rest, face) = match known.strip_prefix("face-oob-") {
        Some(rest) => (rest, true),
        None => (known.strip_prefix("oob-")?, false),
    };
    let level = match rest {
        "low" => TrustLevel::Low,
        "substantial" => TrustLevel::Substantial,
        "high" => TrustLevel::High,
        _ => return None,
    };
    Some(Minimum::Trust(level, face))
}

fn is_met(value: &str, authentication: &Authentication) -> bool {
    match minimum(value) {
        Some(Minimum::Trust(level, face)) => {
            authentication.trust_level >= level && (authentication.face_vouched || !face)
        }
        Some(Minimum::Assurance(aal)) => authentication.aal >= aal,
        Some(Minimum::PhishingResistant) | None => false,
    }
}

impl Requirements {
    /// What a request demands: its essential `acr`, else its `acr_values` or voluntary `acr`, else the client's defaults.
    pub(crate) fn of(acr_values: Option<&str>, claims: &ClaimsRequest, client: &Client) -> Self {
        let claim = claims.claim(Place::IdToken, "acr");
        let texts = |claim: super::claims_parameter::ClaimRequest<'_>| {
            claim
                .values()
                .filter_map(Value::as_str)
                .take(COUNT)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let named = claim.map(texts).unwrap_or_default();
        if claim.is_some_and(|claim| claim.is_essential) && !named.is_empty() {
            return Self {
                values: named,
                is_essential: true,
            };
        }
        let listed = acr_values
            .unwrap_or_default()
            .split(' ')
            .filter(|value| !value.is_empty());
        let mut values: Vec<String> = listed.take(COUNT).map(str::to_owned).collect();
        if values.is_empty() {
            values = named;
        }
        if values.is_empty() {
            values.clone_from(&client.default_acr_values);
        }
        Self {
            values,
            is_essential: false,
        }
    }

    /// Whether anything is demanded: an essential `acr`, or a list with a value that is known here.
    fn is_binding(&self) -> bool {
        self.is_essential || self.values.iter().any(|value| minimum(value).is_some())
    }

    /// Refuses at once what no authentication can meet.
    ///
    /// # Errors
    /// `unmet_authentication_requirements`.
    pub fn check_possible(&self) -> Result<(), OAuthError> {
        let is_possible =
            |value: &String| matches!(minimum(value), Some(Minimum::Trust(..) | Minimum::Assurance(_)));
        if self.is_binding() && !self.values.iter().any(is_possible) {
            return Err(UNMET);
        }
        Ok(())
    }

    /// The stricter matching mode that the phone must be asked with, so that the demand can be met.
    pub fn mode(&self) -> Option<MatchingMode> {
        let asks = |value: &String| matches!(minimum(value), Some(Minimum::Assurance(_)));
        self.values.iter().any(asks).then_some(MatchingMode::Transfer)
    }

    /// The `acr` to assert: the first value that is met; the trust level's URN where nothing was demanded (profile 4.1).
    ///
    /// # Errors
    /// `unmet_authentication_requirements`.
    pub fn met_by(&self, authentication: &Authentication) -> Result<String, OAuthError> {
        match self.values.iter().find(|value| is_met(value, authentication)) {
            Some(value) => Ok(value.clone()),
            None if self.is_binding() => Err(UNMET),
            None => Ok(authentication.acr().as_str().to_owned()),
        }
    }
}

const UNMET: OAuthError = OAuthError::new(
    ErrorCode::UnmetAuthenticationRequirements,
    "no authentication meets the requested acr",
);
