//! Frames of front-channel logout (Front-Channel Logout 1.0, 2).

use url::Url;

use crate::session::SessionClient;

/// What a frame loads: the registered address with `iss` and `sid`. Both are always there, whether the client requires them or not. `None`
/// for what is no web address; registration refuses such.
pub fn frame_address(registered: &str, issuer: &str, part: &SessionClient) -> Option<String> {
    let mut address = Url::parse(registered).ok()?;
    if !matches!(address.scheme(), "https" | "http") {
        return None;
    }
    address
        .query_pairs_mut()
        .append_pair("iss", issuer)
        .append_pair("sid", &part.sid);
    Some(address.into())
}
