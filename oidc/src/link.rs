//! Account links: what an operator, or the person with the phone, tied to a tokenId (profile 8). Values are sealed; links can be deleted.

use idp_types::{ClientId, Timestamp, TokenId};
use serde::{Deserialize, Serialize};

/// What a link ties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// An enterprise address asserted by an operator, for one client.
    Address,
    /// An account of a foreign directory: `(issuer, tid, oid)`, made on first use with an approval on the phone.
    Foreign,
}

impl LinkKind {
    /// The name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Foreign => "foreign",
        }
    }
}

/// One link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLink {
    /// What it ties.
    pub kind: LinkKind,
    /// Keyed digest of what it is looked up by: tokenId for an address, `(issuer, tid, oid)` for a foreign account.
    pub key: String,
    /// For which client.
    pub client_id: ClientId,
    /// Whose.
    pub token_id: TokenId,
    /// The address, or the foreign account, sealed under the server's key; base64url.
    pub sealed: String,
    /// Which operator made it; absent when the person did.
    pub made_by: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

/// The longest address (RFC 5321 4.5.3.1.3, without the brackets).
const ADDRESS_LIMIT: usize = 254;

/// Whether a text can be an address that an operator asserts: one `@` between two parts, nothing that a header or a list would read as
/// more than one address. Whether it is somebody's is the operator's word.
pub fn is_address(text: &str) -> bool {
    let is_plain = |c: char| !c.is_control() && !c.is_whitespace() && !"\"(),:;<>@[\\]".contains(c);
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let is_domain = domain.contains('.') && domain.split('.').all(|label| !label.is_empty());
    text.len() <= ADDRESS_LIMIT
        && !local.is_empty()
        && local.len() <= 64
        && local.chars().all(is_plain)
        && is_domain
        && domain.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn an_address_is_one_address() {
        for good in [
            "ann@contoso.example",
            "a.b+c@sub.contoso.example",
            "jürgen@bücher.example",
        ] {
            assert!(is_address(good), "{good}");
        }
        let long = format!("{}@contoso.example", "a".repeat(65));
        for bad in [
            "",
            "ann",
            "@contoso.example",
            "ann@",
            "ann@contoso",
            "ann@.example",
            "a b@contoso.example",
            "ann@contoso.example,bob@contoso.example",
            "Ann <ann@contoso.example>",
            "ann@contoso.example\r\n",
            "a@b@contoso.example",
            &long,
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
