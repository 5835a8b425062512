//! What an operator enters at the service provider.

use saml::metadata::segment;
use saml::provider::{Entry, ServiceProvider, entries};
use saml::signature::Certificate;

use crate::app::App;
use crate::saml::addresses::{SLO, SSO, address, entity_id_for};
use crate::saml::signing;

/// Its label there, and the value.
pub(super) fn entered(app: &App, provider: &ServiceProvider) -> Vec<(&'static str, String)> {
    entries(provider.policy.preset)
        .iter()
        .filter_map(|(label, entry)| Some((*label, value_of(app, provider, *entry)?)))
        .collect()
}

/// `None`: there is no such value.
fn value_of(app: &App, provider: &ServiceProvider, entry: Entry) -> Option<String> {
    match entry {
        // An entityID is where the metadata is.
        Entry::EntityId | Entry::Metadata => {
            let own = entity_id_for(app, provider).ok()?;
            Some(own.as_str().to_owned())
        }
        Entry::SingleSignOn => Some(address(app, SSO)),
        Entry::SingleLogout => Some(address(app, SLO)),
        Entry::Unsolicited if !provider.policy.idp_initiated => None,
        Entry::Unsolicited => {
            let begin = address(app, "/saml/start");
            Some(format!("{begin}?providerId={}", segment(&provider.entity_id)))
        }
        Entry::NameIdFormat => Some(provider.default_name_id_format().uri().to_owned()),
        Entry::Certificate => certificate(app, provider, 0),
        Entry::NextCertificate => certificate(app, provider, 1),
        Entry::Text(text) => Some(text.to_owned()),
    }
}

/// The certificate that signs for the provider, or the one after it.
fn certificate(app: &App, provider: &ServiceProvider, place: usize) -> Option<String> {
    let purpose = signing::purpose_of(provider.policy.signing_algorithm);
    let keys = app.keys.signing(purpose, app.now());
    let der = keys.get(place)?.certificate()?;
    Some(Certificate::from_der(der).ok()?.to_base64())
}
