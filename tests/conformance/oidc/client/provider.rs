//! The provider as its documents describe it (OIDC Discovery 4, OIDC Core 10.1).

use idp_jose::{Algorithm, Jwk, JwkSet};
use serde_json::{Value, json};
use tests::{Answer, Call, Site};

use super::keys::check_keys;

/// Where the document is (OIDC Discovery 4).
pub(crate) const DISCOVERY: &str = "/.well-known/openid-configuration";

/// A provider.
#[derive(Debug, Clone)]
pub(crate) struct Provider {
    /// `issuer`.
    pub(crate) issuer: String,
    /// The document.
    pub(crate) metadata: Value,
    keys: JwkSet,
}

impl Provider {
    /// Reads the document and the keys, and checks them.
    pub(crate) async fn discover(site: &Site) -> Self {
        let document = site.send(Call::get(DISCOVERY)).await;
        let metadata = document.expect(200);
        assert_eq!(media_type(&document), "application/json");
        assert_eq!(metadata["issuer"], site.issuer.as_str());
        let mut provider = Self {
            issuer: site.issuer.clone(),
            metadata,
            keys: JwkSet::default(),
        };
        let published = site.send(Call::get(provider.path("jwks_uri"))).await;
        let value = published.expect(200);
        let media_type = media_type(&published);
        let is_known = ["application/json", "application/jwk-set+json"].contains(&media_type.as_str());
        assert!(is_known, "the keys are {media_type}");
        let keys = value["keys"].as_array().expect("an array of keys");
        check_keys(keys);
        provider.keys = JwkSet::from_value(&json!({ "keys": keys })).expect("a key set");
        assert_eq!(provider.keys.keys().len(), keys.len(), "every key is readable");
        provider
    }

    /// The path of an endpoint. Everything is on the issuer's origin.
    pub(crate) fn path(&self, endpoint: &str) -> &str {
        let address = self.metadata[endpoint].as_str();
        let address = address.unwrap_or_else(|| panic!("the document has no {endpoint}"));
        let path = address.strip_prefix(&self.issuer);
        path.unwrap_or_else(|| panic!("{endpoint} is elsewhere: {address}"))
    }

    /// Whether a list of the document has a value.
    pub(crate) fn advertises(&self, list: &str, value: &str) -> bool {
        let values = self.metadata[list].as_array();
        values.is_some_and(|values| values.iter().any(|own| own == value))
    }

    /// The published key of this name for this algorithm.
    pub(crate) fn key(&self, kid: &str, algorithm: Algorithm) -> &Jwk {
        let found = self.keys.find(Some(kid), algorithm);
        found.unwrap_or_else(|| panic!("the key {kid} for {algorithm} is not published"))
    }
}

/// The media type of an answer, without parameters.
pub(crate) fn media_type(answer: &Answer) -> String {
    let field = answer.header("content-type");
    field.split(';').next().unwrap_or_default().trim().to_owned()
}
