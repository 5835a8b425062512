//! Credential offers, by value and by reference (OpenID4VCI section 4.1).

use serde_json::{Map, Value, json};

use crate::configuration::{Configuration, Profile};
use crate::issuer::Issuer;
use crate::pre_authorized::TxCode;

/// How the wallet gets its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfferedGrant {
    /// The person logs in. `issuer_state` ties the request to the offer, and is untrusted when it comes back.
    AuthorizationCode {
        /// The state.
        issuer_state: Option<String>,
    },
    /// The person was identified before.
    PreAuthorized {
        /// The code, single use.
        code: String,
        /// What is to be typed with it.
        tx_code: Option<TxCode>,
    },
}

/// An offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// At which identifier.
    pub profile: Profile,
    /// Each once, at least one.
    configurations: Vec<Configuration>,
    /// How, at least one way.
    grants: Vec<OfferedGrant>,
}

/// Why an offer cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OfferError {
    /// No configuration, one twice, or one that the profile does not have.
    #[error("configurations are missing, repeated, or not of this issuer")]
    Configurations,
    /// No grant, or one twice.
    #[error("grants are missing or repeated")]
    Grants,
}

/// Which wallet opens a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `openid-credential-offer://`
    OpenId,
    /// `haip-vci://` (High Assurance Interoperability Profile section 4.1).
    Haip,
    /// `av://`, the European age verification app.
    AgeVerification,
}

impl Scheme {
    const fn prefix(self) -> &'static str {
        match self {
            Self::OpenId => "openid-credential-offer://",
            Self::Haip => "haip-vci://",
            Self::AgeVerification => "av://",
        }
    }

    /// A link with the offer itself.
    pub fn by_value(self, offer: &Value) -> String {
        self.link("credential_offer", &offer.to_string())
    }

    /// A link to where the offer is fetched, again and again until it is redeemed.
    pub fn by_reference(self, address: &str) -> String {
        self.link("credential_offer_uri", address)
    }

    fn link(self, name: &str, value: &str) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair(name, value)
            .finish();
        // Wallets differ in whether they read a plus as a space; none of ours has one.
        format!("{}?{}", self.prefix(), query.replace('+', "%20"))
    }
}

const PRE_AUTHORIZED: &str = "urn:ietf:params:oauth:grant-type:pre-authorized_code";

impl Offer {
    /// An offer of these configurations.
    ///
    /// # Errors
    /// [`OfferError`].
    pub fn new(
        profile: Profile,
        configurations: Vec<Configuration>,
        grants: Vec<OfferedGrant>,
    ) -> Result<Self, OfferError> {
        let mut sorted = configurations.clone();
        sorted.sort_unstable();
        sorted.dedup();
        let exists = |own: &Configuration| profile.find(&own.to_string()) == Some(*own);
        if sorted.is_empty() || sorted.len() != configurations.len() || !sorted.iter().all(exists) {
            return Err(OfferError::Configurations);
        }
        let kind = |grant: &OfferedGrant| matches!(grant, OfferedGrant::PreAuthorized { .. });
        let is_repeated = matches!(grants.as_slice(), [one, two] if kind(one) == kind(two));
        if grants.is_empty() || grants.len() > 2 || is_repeated {
            return Err(OfferError::Grants);
        }
        Ok(Self {
            profile,
            configurations,
            grants,
        })
    }

    /// What is offered.
    pub fn configurations(&self) -> &[Configuration] {
        &self.configurations
    }

    /// The offer of 1.0 (section 4.1.1).
    pub fn to_value(&self, issuer: &Issuer) -> Value {
        let ids: Vec<String> = self.configurations.iter().map(ToString::to_string).collect();
        json!({
            "credential_issuer": self.profile.identifier(issuer),
            "credential_configuration_ids": ids,
            "grants": self.grants(false),
        })
    }

    /// The offer of draft 11. Never both in one: a wallet that meets two generations in one offer refuses it.
    pub fn to_draft11(&self, issuer: &Issuer) -> Value {
        let ids: Vec<String> = self.configurations.iter().map(ToString::to_string).collect();
        json!({
            "credential_issuer": self.profile.identifier(issuer),
            "credentials": ids,
            "grants": self.grants(true),
        })
    }

    fn grants(&self, draft11: bool) -> Map<String, Value> {
        self.grants
            .iter()
            .map(|grant| described(grant, draft11))
            .collect()
    }
}

fn described(grant: &OfferedGrant, draft11: bool) -> (String, Value) {
    match grant {
        OfferedGrant::AuthorizationCode { issuer_state } => {
            let state = issuer_state
                .as_ref()
                .map(|state| ("issuer_state".to_owned(), state.as_str().into()));
            (
                "authorization_code".to_owned(),
                Value::Object(state.into_iter().collect()),
            )
        }
        OfferedGrant::PreAuthorized { code, tx_code } => {
            let mut members = Map::from_iter([("pre-authorized_code".to_owned(), code.as_str().into())]);
            match tx_code {
                _ if draft11 => {
                    members.insert("user_pin_required".to_owned(), tx_code.is_some().into());
                }
                Some(tx_code) => {
                    members.insert("tx_code".to_owned(), tx_code.to_value());
                }
                None => {}
            }
            (PRE_AUTHORIZED.to_owned(), Value::Object(members))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(tx_code: Option<TxCode>) -> OfferedGrant {
        OfferedGrant::PreAuthorized {
            code: "c+d".into(),
            tx_code,
        }
    }

    fn offer(grants: Vec<OfferedGrant>) -> Result<Offer, OfferError> {
        let configuration = Profile::Root.find("IDTokenSealBasicIdentity_dc_sd_jwt").unwrap();
        Offer::new(Profile::Root, vec![configuration], grants)
    }

    #[test]
    fn generations_are_never_mixed() {
        let issuer = Issuer::new("https://seal.example").unwrap();
        let offer = offer(vec![grant(Some(TxCode::default()))]).unwrap();
        let (new, old) = (offer.to_value(&issuer), offer.to_draft11(&issuer));
        assert!(new.get("credentials").is_none() && old.get("credential_configuration_ids").is_none());
        assert_eq!(new["grants"][PRE_AUTHORIZED]["tx_code"]["length"], 6);
        assert_eq!(old["grants"][PRE_AUTHORIZED]["user_pin_required"], true);
        let link = Scheme::OpenId.by_value(&new);
        assert!(!link.contains('+') && link.contains("c%2Bd"));
        assert_eq!(
            Scheme::Haip.by_reference("https://seal.example/o/1"),
            "haip-vci://?credential_offer_uri=https%3A%2F%2Fseal.example%2Fo%2F1"
        );
    }

    #[test]
    fn offers_offer_something_once() {
        assert_eq!(offer(vec![]), Err(OfferError::Grants));
        assert_eq!(offer(vec![grant(None), grant(None)]), Err(OfferError::Grants));
        let own = Profile::Root.find("proof_of_age").unwrap();
        for wrong in [vec![], vec![own, own]] {
            assert_eq!(
                Offer::new(Profile::Root, wrong, vec![grant(None)]),
                Err(OfferError::Configurations)
            );
        }
        let foreign = Profile::W3c.configurations().next().unwrap();
        let refused = Offer::new(Profile::Root, vec![foreign], vec![grant(None)]);
        assert_eq!(refused, Err(OfferError::Configurations));
    }
}
