//! Resource indicators (RFC 8707 2): for whom the access token will be.

use url::Url;

use crate::client::Client;
use crate::error::{ErrorCode, OAuthError};
use crate::parameters::Parameters;

/// The most resources of one request.
const COUNT: usize = 16;

/// The resources: absolute URIs without fragment that the client may name.
pub(crate) fn read(parameters: &Parameters, client: &Client) -> Result<Vec<String>, OAuthError> {
    let invalid = |description| OAuthError::new(ErrorCode::InvalidTarget, description);
    let mut resources: Vec<String> = Vec::new();
    for resource in parameters.all("resource") {
        if !is_absolute(resource) {
            return Err(invalid("resource must be an absolute URI without fragment"));
        }
        if !client.resources.iter().any(|own| own == resource) {
            return Err(invalid("resource is unknown or not for this client"));
        }
        if !resources.iter().any(|seen| seen == resource) {
            resources.push(resource.to_owned());
        }
        if resources.len() > COUNT {
            return Err(invalid("too many resources"));
        }
    }
    Ok(resources)
}

fn is_absolute(resource: &str) -> bool {
    Url::parse(resource).is_ok_and(|url| url.fragment().is_none())
}
