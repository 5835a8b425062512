//! `authorization_details` of type `openid_credential`, and scopes (OpenID4VCI sections 5.1 and 6.2).

use serde_json::{Value, json};

use crate::configuration::{Configuration, Profile};
use crate::issuer::Issuer;

/// The type of an authorization details object.
pub const TYPE: &str = "openid_credential";

/// Why an object was refused: `invalid_authorization_details` (RFC 9396 section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("authorization_details name no credential of this issuer")]
pub struct DetailsError;

/// What a wallet asked to be authorized for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// At which identifier.
    pub profile: Profile,
    /// What.
    pub configuration: Configuration,
    /// By an object, which obliges the token response to name the credential, or by scope, which does not.
    pub by_details: bool,
}

impl Asked {
    /// Reads one object. `locations` tells between identifiers; without it the first that has the configuration is meant.
    ///
    /// # Errors
    /// [`DetailsError`].
    pub fn by_details(object: &Value, issuer: &Issuer) -> Result<Self, DetailsError> {
        if object.get("type").and_then(Value::as_str) != Some(TYPE) {
            return Err(DetailsError);
        }
        let named = object.get("credential_configuration_id").and_then(Value::as_str);
        let named = named.ok_or(DetailsError)?;
        let locations = match object.get("locations") {
            None => None,
            Some(Value::Array(locations)) => Some(locations),
            Some(_) => return Err(DetailsError),
        };
        let is_meant = |profile: &Profile| {
            locations.is_none_or(|all| all.contains(&Value::from(profile.identifier(issuer))))
        };
        Profile::ALL
            .into_iter()
            .filter(is_meant)
            .find_map(|profile| Some((profile, profile.find(named)?)))
            .map(|(profile, configuration)| Self {
                profile,
                configuration,
                by_details: true,
            })
            .ok_or(DetailsError)
    }

    /// What a scope stands for. Others are somebody else's, and ignored.
    pub fn by_scope(scope: &str) -> Option<Self> {
        Profile::ALL.into_iter().find_map(|profile| {
            Some(Self {
                profile,
                configuration: profile.find(scope)?,
                by_details: false,
            })
        })
    }

    /// The object of the token response. A wallet that asked by scope gets none: one that is obeyed strictly later on stopped
    /// holders who never heard of identifiers.
    pub fn granted(self) -> Option<Value> {
        let identifier = self.configuration.to_string();
        self.by_details.then(|| {
            json!({
                "type": TYPE,
                "credential_configuration_id": identifier,
                "credential_identifiers": [identifier],
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_and_scopes_name_the_same_things() {
        let issuer = Issuer::new("https://seal.example").unwrap();
        let read = |value: Value| Asked::by_details(&value, &issuer);
        let asked = read(json!({"type": TYPE, "credential_configuration_id": "proof_of_age"})).unwrap();
        assert_eq!(asked.profile, Profile::Root);
        assert_eq!(
            asked.granted().unwrap()["credential_identifiers"],
            json!(["proof_of_age"])
        );
        let scoped = Asked::by_scope("proof_of_age").unwrap();
        assert_eq!(
            (scoped.configuration, scoped.granted()),
            (asked.configuration, None)
        );
        let located = read(json!({
            "type": TYPE, "credential_configuration_id": "proof_of_age", "locations": ["https://seal.example/haip"],
        }));
        assert_eq!(located.map(|asked| asked.profile), Ok(Profile::Haip));
        for wrong in [
            json!({"type": TYPE}),
            json!({"type": "other", "credential_configuration_id": "proof_of_age"}),
            json!({"type": TYPE, "credential_configuration_id": "x"}),
            json!({"type": TYPE, "credential_configuration_id": "proof_of_age", "locations": ["https://other.example"]}),
            json!(null),
        ] {
            assert_eq!(read(wrong), Err(DetailsError));
        }
        assert_eq!(Asked::by_scope("openid"), None);
    }
}
