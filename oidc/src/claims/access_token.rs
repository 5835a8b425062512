//! The access token (RFC 9068), and whom it is for.

use idp_types::{Amr, ClientId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::Client;
use crate::grant::{Confirmation, GrantId, session_of};
use crate::scope::RequestedScope;

/// RFC 9068 2.1.
pub const TYPE: &str = "at+jwt";

/// The token's place in a Token Status List (profile 5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusReference {
    /// Which entry.
    pub idx: u32,
    /// Which list.
    pub uri: String,
}

/// `status` (draft-ietf-oauth-status-list).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The reference.
    pub status_list: StatusReference,
}

/// `cnf` (RFC 7800).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cnf {
    /// RFC 9449 6.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jkt: Option<String>,
    /// RFC 8705 3.1.
    #[serde(rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    pub x5t_s256: Option<String>,
}

impl From<&Confirmation> for Cnf {
    fn from(confirmation: &Confirmation) -> Self {
        match confirmation {
            Confirmation::Jkt(jkt) => Self {
                jkt: Some(jkt.clone()),
                x5t_s256: None,
            },
            Confirmation::X5tS256(thumbprint) => Self {
                jkt: None,
                x5t_s256: Some(thumbprint.clone()),
            },
        }
    }
}

/// `aud`: a string where there is one (RFC 7519 4.1.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

impl From<Vec<String>> for Audience {
    fn from(mut names: Vec<String>) -> Self {
        match names.len() {
            1 => names.pop().map_or(Self::Several(Vec::new()), Self::One),
            _ => Self::Several(names),
        }
    }
}

impl Audience {
    /// The names.
    pub fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}

/// The claims of an access token. Nothing in it says who the person is beyond `sub`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// The issuer as the client sees it.
    pub iss: String,
    /// The person as the client sees it, or the client itself where nobody is behind the token (RFC 9068 2.2).
    pub sub: String,
    /// For whom.
    pub aud: Audience,
    /// Unix seconds.
    pub exp: i64,
    /// Unix seconds.
    pub iat: i64,
    /// Its own identifier.
    pub jti: String,
    /// To whom it was given.
    pub client_id: ClientId,
    /// Granted scope, space-joined.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub scope: String,
    /// When the person authenticated, Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// How sure that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// What happened.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub amr: Vec<Amr>,
    /// The client's session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Under which grant it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<GrantId>,
    /// To which key it is bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Cnf>,
    /// Who acts for the subject (RFC 8693 4.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Value>,
    /// RFC 9396 9.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_details: Option<Value>,
    /// Where its revocation shows.
    pub status: Status,
}

impl AccessToken {
    /// The `sid` of the session that the token ends with, as its grant does.
    pub fn ends_with(&self) -> Option<&str> {
        session_of(self.sid.as_deref(), &self.scope)
    }
}

/// Whom a token is for: the resources that were named (RFC 8707), else the client's first; the provider itself where userinfo belongs to
/// the scope, or where nothing else is left.
pub fn audience(client: &Client, resources: &[String], scope: &RequestedScope, issuer: &str) -> Audience {
    let mut names = match resources {
        [] => client.resources.first().cloned().into_iter().collect(),
        named => named.to_vec(),
    };
    let wants_userinfo = scope.has("openid");
    if (wants_userinfo || names.is_empty()) && !names.iter().any(|name| name == issuer) {
        names.push(issuer.to_owned());
    }
    Audience::from(names)
}
