//! Scanned links: `{issuer}/i/{sessionId}#{rendezvous}` (profile 7) and `{issuer}/r/{registrationId}#{seal}` (profile 4.2).
//!
//! A QR code is a stranger's text. One that leads to another server than the enrolled one is refused before anything is sent.

use idp_types::{RegistrationId, SessionId, TokenId};
use serde_json::json;

use crate::identity::Issuer;

/// The longest link: a service's seal with its address.
pub const LINK_LIMIT: usize = 16 * 1024;

/// The longest rendezvous value.
const RENDEZVOUS_LIMIT: usize = 128;

/// Why a text is not a link to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// Longer than [`LINK_LIMIT`].
    #[error("the link is longer than {LINK_LIMIT} bytes")]
    TooLong,
    /// Not a link of the server that the device enrolled with.
    #[error("the link leads to another server")]
    ForeignIssuer,
    /// Of this server, and neither an identity request nor a registration.
    #[error("the link is not one that this authenticator answers")]
    Unknown,
}

/// A link of the enrolled server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScannedLink {
    /// Someone asks the person behind this phone for attributes or a login.
    Identity(IdentityLink),
    /// A service introduces itself.
    Registration(RegistrationLink),
}

/// `/i/`: a session that waits for a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityLink {
    /// The session.
    pub session_id: SessionId,
    /// What the QR showed a moment ago; it changes every 20 seconds.
    pub rendezvous: String,
}

/// `/r/`: a service's seal for a one-time registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationLink {
    /// The registration.
    pub registration_id: RegistrationId,
    /// The service's seal, to be checked with [`crate::service::verify`].
    pub seal: String,
}

impl ScannedLink {
    /// Reads a scanned text for a device that enrolled with `issuer`.
    ///
    /// # Errors
    /// [`LinkError`] when there is nothing to answer.
    pub fn parse(text: &str, issuer: &Issuer) -> Result<Self, LinkError> {
        if text.len() > LINK_LIMIT {
            return Err(LinkError::TooLong);
        }
        let path = text
            .trim_matches(['\r', '\n', '\t', ' '])
            .strip_prefix(issuer.as_str())
            .and_then(|rest| rest.strip_prefix('/'))
            .ok_or(LinkError::ForeignIssuer)?;
        let (place, fragment) = path.split_once('#').ok_or(LinkError::Unknown)?;
        let link = match place.split_once('/') {
            Some(("i", id)) => identity(id, fragment).map(Self::Identity),
            Some(("r", id)) => registration(id, fragment).map(Self::Registration),
            _ => None,
        };
        link.ok_or(LinkError::Unknown)
    }
}

fn identity(id: &str, rendezvous: &str) -> Option<IdentityLink> {
    let base64url = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let readable = (1..=RENDEZVOUS_LIMIT).contains(&rendezvous.len()) && rendezvous.bytes().all(base64url);
    readable.then_some(IdentityLink {
        session_id: SessionId::parse(id).ok()?,
        rendezvous: rendezvous.to_owned(),
    })
}

fn registration(id: &str, seal: &str) -> Option<RegistrationLink> {
    (!seal.is_empty()).then_some(RegistrationLink {
        registration_id: RegistrationId::parse(id).ok()?,
        seal: seal.to_owned(),
    })
}

impl IdentityLink {
    /// The body of `POST /identity/claim`, to be sent with [`crate::authorization`]; the answer is a
    /// [`crate::PendingRequest`].
    pub fn claim_body(&self, token_id: &TokenId) -> String {
        json!({
            "sessionId": self.session_id.as_str(),
            "rendezvous": self.rendezvous,
            "tokenId": token_id.as_str(),
        })
        .to_string()
    }
}

impl RegistrationLink {
    /// The body of `PUT /services/{serviceId}/trust`, to be sent with [`crate::authorization`].
    pub fn trust_body(&self) -> String {
        json!({"registrationId": self.registration_id.as_str()}).to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn issuer() -> Issuer {
        Issuer::parse("https://id.example").unwrap()
    }

    fn parse(text: &str) -> Result<ScannedLink, LinkError> {
        ScannedLink::parse(text, &issuer())
    }

    #[test]
    fn links_of_the_issuer_are_read() {
        let Ok(ScannedLink::Identity(link)) = parse("https://id.example/i/sess_abc#Zm9v-_\n") else {
            panic!("an identity link")
        };
        assert_eq!(
            (link.session_id.as_str(), link.rendezvous.as_str()),
            ("sess_abc", "Zm9v-_")
        );
        assert_eq!(
            link.claim_body(&TokenId::parse("t").unwrap()),
            r#"{"rendezvous":"Zm9v-_","sessionId":"sess_abc","tokenId":"t"}"#
        );
        let Ok(ScannedLink::Registration(link)) = parse("https://id.example/r/reg_abc#3YBG") else {
            panic!("a registration")
        };
        assert_eq!(
            (link.trust_body().as_str(), link.seal.as_str()),
            (r#"{"registrationId":"reg_abc"}"#, "3YBG")
        );
    }

    #[test]
    fn other_servers_are_refused() {
        for text in [
            "",
            "https://id.example",
            "http://id.example/i/sess_abc#Zm9v",
            "https://id.example.evil.example/i/sess_abc#Zm9v",
            "https://id.example:8443/i/sess_abc#Zm9v",
            "https://id.example@evil.example/i/sess_abc#Zm9v",
            "HTTPS://id.example/i/sess_abc#Zm9v",
        ] {
            assert_eq!(parse(text), Err(LinkError::ForeignIssuer), "{text}");
        }
    }

    #[test]
    fn other_places_are_unknown() {
        for text in [
            "/",
            "/i/sess_abc",
            "/i/sess_abc#",
            "/i/sess_abc#a|b",
            "/i/abc#Zm9v",
            "/i/sess_abc/x#Zm9v",
            "/i/sess_abc?x#Zm9v",
            "/../i/sess_abc#Zm9v",
            "/j/sess_abc#Zm9v",
            "/r/reg_abc#",
        ] {
            assert_eq!(
                parse(&format!("https://id.example{text}")),
                Err(LinkError::Unknown),
                "{text}"
            );
        }
        assert_eq!(parse(&"a".repeat(LINK_LIMIT + 1)), Err(LinkError::TooLong));
    }

    proptest! {
        #[test]
        fn never_panics(text in "(https://id\\.example)?/?[ir]?/?\\PC{0,100}") {
            let _ = parse(&text);
        }
    }
}
