//! Why a client cannot be registered as it was described (RFC 7591 3.2.2).

use crate::error::ErrorCode;

/// What is wrong with a redirect URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedirectError {
    /// The code flow needs one.
    #[error("redirect_uris is missing")]
    Missing,
    /// Not an absolute URI, or longer than 2048 characters.
    #[error("a redirect URI is not an absolute URI of at most 2048 characters")]
    Malformed,
    /// RFC 6749 3.1.2: no fragment.
    #[error("a redirect URI has a fragment")]
    Fragment,
    /// A user or password in it, or a wildcard: it is compared as text (RFC 9700 4.1.3).
    #[error("a redirect URI has a user or a wildcard")]
    Ambiguous,
    /// Neither https, nor on this machine for a native client (RFC 8252 7.3), nor a scheme of its own that is a reversed domain name
    /// (RFC 8252 7.1).
    #[error(
        "a redirect URI is not https; a native client may use loopback http or a scheme such as com.example.app"
    )]
    Scheme,
    /// The same one twice.
    #[error("a redirect URI stands twice")]
    Twice,
    /// Not one of the three that the relying party documents.
    #[error("a redirect URI is not one of those that the relying party documents")]
    Foreign,
}

/// The first thing that is wrong with a client's description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// Not a JSON object, or too long.
    #[error("the description is not a JSON object of at most 64 KiB")]
    Document,
    /// A member that does not exist: misspelt, it would silently leave a rule out.
    #[error("a member is unknown; those of RFC 7591 and of operators are known")]
    Unknown,
    /// A value of another type, or one that is not in the list of those that are supported.
    #[error("{0} has a value of another type, or one that is not supported")]
    Value(&'static str),
    /// Longer than allowed, or with more entries.
    #[error("{0} is too long, empty, or has characters that it cannot have")]
    Text(&'static str),
    /// Not an absolute https address.
    #[error("{0} is not an absolute https address")]
    Address(&'static str),
    /// A redirect URI is wrong.
    #[error("{0}")]
    Redirect(RedirectError),
    /// Another member makes it necessary.
    #[error("{0} is missing, and {1} needs it")]
    Missing(&'static str, &'static str),
    /// The two exclude each other.
    #[error("{0} and {1} exclude each other")]
    Conflict(&'static str, &'static str),
    /// Not a set of public keys, or without one that can be used.
    #[error("jwks is not a set of public keys (RFC 7517) with a key that can be used here")]
    KeySet,
    /// Answers cannot be encrypted, and silence would send them in the clear.
    #[error("{0} is not supported")]
    Unsupported(&'static str),
    /// Not an algorithm of the view of the issuer that the client is registered for.
    #[error("{0} is not an algorithm that this issuer publishes a key for")]
    Algorithm(&'static str),
    /// A scope that is unknown, or beyond what may be registered.
    #[error("{0} has a scope that is unknown or not allowed")]
    Scope(&'static str),
    /// OIDC Core 8.1: with several hosts, pairwise subjects need a document that names them.
    #[error("pairwise subjects with redirect URIs of several hosts need sector_identifier_uri")]
    SectorMissing,
    /// OIDC Core 8.1: the document cannot be read, or does not name every redirect URI.
    #[error("the document at sector_identifier_uri does not list every redirect URI")]
    SectorDocument,
    /// A rule of FAPI 2.0.
    #[error("FAPI 2.0 does not allow this value of {0}")]
    Fapi(&'static str),
    /// A rule of Entra's external authentication methods.
    #[error("Entra's external authentication method does not allow this value of {0}")]
    External(&'static str),
}

impl MetadataError {
    /// The member that is wrong.
    pub const fn member(self) -> &'static str {
        match self {
            Self::Document | Self::Unknown => "",
            Self::Value(member)
            | Self::Text(member)
            | Self::Address(member)
            | Self::Missing(member, _)
            | Self::Conflict(member, _)
            | Self::Unsupported(member)
            | Self::Algorithm(member)
            | Self::Scope(member)
            | Self::Fapi(member)
            | Self::External(member) => member,
            Self::Redirect(_) => "redirect_uris",
            Self::KeySet => "jwks",
            Self::SectorMissing | Self::SectorDocument => "sector_identifier_uri",
        }
    }

    /// The code of RFC 7591 3.2.2.
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::Redirect(_) => ErrorCode::InvalidRedirectUri,
            _ => ErrorCode::InvalidClientMetadata,
        }
    }
}
