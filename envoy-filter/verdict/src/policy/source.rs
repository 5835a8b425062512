//! Where a token is looked for, and what becomes of it.

use super::fields::{Fields, Read};
use super::identity::is_header_name;

/// A place where a request may have a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `Authorization: Bearer` or `DPoP` (RFC 6750 section 2.1, RFC 9449 section 7.1).
    Authorization,
    /// Another header, the token alone.
    Header(String),
    /// A cookie.
    Cookie(String),
    /// A parameter of the query (RFC 6750 section 2.3).
    Query(String),
}

/// What becomes of a good token on the way upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forward {
    /// It stays where it was.
    Keep,
    /// It is taken out.
    Remove,
    /// It is taken out and stands in this header alone.
    Move(String),
}

/// Where tokens are and what becomes of them.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// All places; a request with tokens in two of them is refused (RFC 6750 section 2).
    pub sources: Vec<Source>,
    /// What becomes of a good one.
    pub forward: Forward,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            sources: vec![Source::Authorization],
            forward: Forward::Keep,
        }
    }
}

#[derive(Clone, Copy)]
enum Way {
    Keep,
    Remove,
    Move,
}

impl Tokens {
    pub(super) fn read(mut fields: Fields) -> Read<Self> {
        let sources: Vec<Source> = fields
            .objects("sources")?
            .into_iter()
            .map(Source::read)
            .collect::<Read<_>>()?;
        let ways = [("keep", Way::Keep), ("remove", Way::Remove), ("move", Way::Move)];
        let forward = match fields.word("forward", &ways)?.unwrap_or(Way::Keep) {
            Way::Keep => Forward::Keep,
            Way::Remove => Forward::Remove,
            Way::Move => {
                let name = fields.required_text("forward_header")?;
                if !is_header_name(&name) {
                    return Err(fields.fault("forward_header", "must be a header name in lower case"));
                }
                Forward::Move(name)
            }
        };
        fields.finish()?;
        let sources = if sources.is_empty() {
            Self::default().sources
        } else {
            sources
        };
        Ok(Self { sources, forward })
    }
}

impl Source {
    fn read(mut fields: Fields) -> Read<Self> {
        let (header, cookie, query) = (
            fields.text("header")?,
            fields.text("cookie")?,
            fields.text("query")?,
        );
        let read = match (header, cookie, query) {
            (Some(name), None, None) if name == "authorization" => Self::Authorization,
            (Some(name), None, None) if is_header_name(&name) && name != "cookie" => Self::Header(name),
            (None, Some(name), None) => Self::Cookie(name),
            (None, None, Some(name)) => Self::Query(name),
            _ => return Err(fields.fault("header", "a source is one header in lower case, cookie or query")),
        };
        fields.finish()?;
        Ok(read)
    }
}
