//! What an operator enters at the service provider.

use saml::provider::{Entry, ServiceProvider, entries};

use crate::app::App;
use crate::saml::addresses::Addresses;

/// Its label there, and the value.
pub(super) fn entered(app: &App, provider: &ServiceProvider) -> Vec<(&'static str, String)> {
    entries(provider.policy.preset)
        .iter()
        .filter_map(|(label, entry)| Some((*label, value_of(app, provider, *entry)?)))
        .collect()
}

/// `None`: there is no such value.
fn value_of(app: &App, provider: &ServiceProvider, entry: Entry) -> Option<String> {
    let own = Addresses::known_to(app, provider);
    match entry {
        Entry::EntityId | Entry::Metadata => Some(own.entity_id()),
        Entry::SingleSignOn => Some(own.single_sign_on()),
        Entry::SingleLogout => Some(own.single_logout()),
        Entry::NameIdFormat => Some(provider.default_name_id_format().uri().to_owned()),
        Entry::Text(text) => Some(text.to_owned()),
        Entry::Unsolicited | Entry::Certificate | Entry::NextCertificate => None,
    }
}
