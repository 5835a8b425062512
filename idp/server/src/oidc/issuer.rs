//! Which issuer a client sees. A client that was registered for a profile lives in that view of the issuer alone: every `iss`, in tokens
//! and answers, is the view's. The endpoints are the same ones under both addresses.

use http::Uri;
use oidc::{Client, SigningAlgorithm};

use crate::app::App;
use crate::keys::IssuerProfile;

/// The profile that a client was registered for.
pub(crate) fn profile_of(client: &Client) -> Option<IssuerProfile> {
    client.issuer_profile.as_deref().and_then(IssuerProfile::parse)
}

/// `iss` for this client: in ID, access and logout tokens, authorization responses (RFC 9207), JARM and introspection; also the audience
/// of its assertions and request objects.
pub(crate) fn of(app: &App, client: &Client) -> String {
    of_profile(app, profile_of(client))
}

/// The algorithms of a view's published keys.
pub(crate) const fn algorithms(profile: IssuerProfile) -> &'static [SigningAlgorithm] {
    match profile {
        IssuerProfile::Entra | IssuerProfile::EntraMfa | IssuerProfile::Google => &[SigningAlgorithm::Rs256],
        IssuerProfile::Plain => &SigningAlgorithm::ALL,
    }
}

/// The algorithm of a client's access tokens: one whose keys its view of the issuer publishes, ES256 where it does.
pub(crate) fn access_token_algorithm(client: &Client) -> SigningAlgorithm {
    let published = profile_of(client).map_or(&SigningAlgorithm::ALL[..], algorithms);
    match published {
        [only] => *only,
        _ => SigningAlgorithm::Es256,
    }
}

/// The issuer of a view; without a profile, the root one.
pub(crate) fn of_profile(app: &App, profile: Option<IssuerProfile>) -> String {
    match profile {
        None => app.config.issuer.clone(),
        Some(profile) => profile.issuer(&app.config.issuer),
    }
}

/// Whether an issuer is ours, in any view.
pub(crate) fn is_ours(app: &App, issuer: &str) -> bool {
    let Some(rest) = issuer.strip_prefix(app.config.issuer.as_str()) else {
        return false;
    };
    rest.is_empty()
        || rest
            .strip_prefix("/t/")
            .is_some_and(|name| IssuerProfile::parse(name).is_some())
}

/// The address that a request came to, as its client wrote it: views reach the same handlers by their own paths. This is what `htu` of a
/// DPoP proof names (RFC 9449 4.2). `uri` is the request's original one.
pub(crate) fn address_of(app: &App, uri: &Uri) -> String {
    format!("{}{}", app.config.issuer, uri.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_algorithms_are_those_of_the_published_keys() {
        for profile in IssuerProfile::ALL {
            let published = profile.algorithms().iter().map(|algorithm| algorithm.name());
            let mut published: Vec<&str> = published.collect();
            let mut own: Vec<&str> = algorithms(profile)
                .iter()
                .map(|algorithm| algorithm.as_str())
                .collect();
            published.sort_unstable();
            own.sort_unstable();
            assert_eq!(own, published, "{profile:?}");
        }
    }
}
