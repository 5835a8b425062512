//! The authorization response (OIDC Core 3.1.2.5 and 3.1.2.6, RFC 6749 4.1.2, RFC 9207): what goes back, and by which carrier.

use idp_types::{ClientId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::OAuthError;

/// Seconds that a signed response is valid: ten minutes at the most (JARM 2.1).
pub const SIGNED_SECONDS: i64 = 300;

/// What carries the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// The query of the redirect URI.
    Query,
    /// Its fragment.
    Fragment,
    /// A form that the browser posts to it.
    Form,
}

/// `response_mode` (OAuth Multiple Response Types 2.1, Form Post Response Mode, JARM 2.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResponseMode {
    /// `query`, the default of `response_type=code`.
    #[default]
    #[serde(rename = "query")]
    Query,
    /// `fragment`.
    #[serde(rename = "fragment")]
    Fragment,
    /// `form_post`.
    #[serde(rename = "form_post")]
    FormPost,
    /// `query.jwt`, and `jwt` where the answer is a code.
    #[serde(rename = "query.jwt")]
    QueryJwt,
    /// `fragment.jwt`.
    #[serde(rename = "fragment.jwt")]
    FragmentJwt,
    /// `form_post.jwt`.
    #[serde(rename = "form_post.jwt")]
    FormPostJwt,
}

impl ResponseMode {
    /// Every name on the wire, for discovery.
    pub const NAMES: [&str; 7] = [
        "query",
        "fragment",
        "form_post",
        "jwt",
        "query.jwt",
        "fragment.jwt",
        "form_post.jwt",
    ];

    /// The mode of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "query" => Self::Query,
            "fragment" => Self::Fragment,
            "form_post" => Self::FormPost,
            "query.jwt" | "jwt" => Self::QueryJwt,
            "fragment.jwt" => Self::FragmentJwt,
            "form_post.jwt" => Self::FormPostJwt,
            _ => return None,
        })
    }

    /// Whether the answer is one signed token.
    pub const fn is_signed(self) -> bool {
        matches!(self, Self::QueryJwt | Self::FragmentJwt | Self::FormPostJwt)
    }

    /// What carries it.
    pub const fn carrier(self) -> Carrier {
        match self {
            Self::Query | Self::QueryJwt => Carrier::Query,
            Self::Fragment | Self::FragmentJwt => Carrier::Fragment,
            Self::FormPost | Self::FormPostJwt => Carrier::Form,
        }
    }
}

/// Where an answer goes: a redirect URI that was checked, the mode and state that were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// Whose it is.
    pub client_id: ClientId,
    /// The redirect URI, as the request wrote it.
    pub redirect_uri: String,
    /// How the answer travels.
    pub response_mode: ResponseMode,
    /// Echoed unchanged (RFC 6749 4.1.2).
    pub state: Option<String>,
}

/// An answer.
#[derive(Debug, Clone, Copy)]
pub enum Answer<'a> {
    /// An authorization code.
    Code(&'a str),
    /// A refusal.
    Error(OAuthError),
}

/// The parameters of an answer, in their order. A list: there are five at the most.
pub type Fields = Vec<(&'static str, String)>;

/// The parameters of an unsigned answer: RFC 9207 2 wants `iss` in each.
pub fn fields(destination: &Destination, issuer: &str, answer: Answer<'_>) -> Fields {
    let mut fields = Vec::with_capacity(4);
    match answer {
        Answer::Code(code) => fields.push(("code", code.to_owned())),
        Answer::Error(error) => {
            fields.push(("error", error.code.as_str().to_owned()));
            fields.push(("error_description", error.description.to_owned()));
        }
    }
    if let Some(state) = &destination.state {
        fields.push(("state", state.clone()));
    }
    fields.push(("iss", issuer.to_owned()));
    fields
}

/// The claims of a signed answer (JARM 2.1): the same parameters, for this client, for a short time.
pub fn signed_claims(
    destination: &Destination,
    issuer: &str,
    answer: Answer<'_>,
    now: Timestamp,
) -> Map<String, Value> {
    let fields = fields(destination, issuer, answer);
    let members = fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::String(value)));
    let mut claims: Map<String, Value> = members.collect();
    claims.insert("aud".to_owned(), destination.client_id.as_str().into());
    let ends = now.plus_seconds(SIGNED_SECONDS).unix_seconds();
    claims.insert("exp".to_owned(), ends.into());
    claims
}

/// How an answer leaves the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// A redirect to this address.
    Redirect(String),
    /// A form with these fields, posted to the address.
    Form {
        /// The redirect URI.
        action: String,
        /// What is posted.
        fields: Fields,
    },
}

/// Puts the parameters on their carrier. A query that the redirect URI has is kept (RFC 6749 3.1.2).
pub fn deliver(destination: &Destination, fields: Fields) -> Delivery {
    let uri = &destination.redirect_uri;
    let separator = match destination.response_mode.carrier() {
        Carrier::Form => {
            return Delivery::Form {
                action: uri.clone(),
                fields,
            };
        }
        Carrier::Fragment => '#',
        Carrier::Query if uri.ends_with(['?', '&']) => '\0',
        Carrier::Query if uri.contains('?') => '&',
        Carrier::Query => '?',
    };
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    encoded.extend_pairs(fields);
    let mut address = uri.clone();
    if separator != '\0' {
        address.push(separator);
    }
    address.push_str(&encoded.finish());
    Delivery::Redirect(address)
}
