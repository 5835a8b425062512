//! The pre-authorized code grant: what is typed is checked before the code is consumed, and guessing ends (OpenID4VCI sections 3.5, 6.1).

use idp_types::encoding::push_length_prefixed;
use idp_types::secret::constant_time_equal;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Wrong entries after which a code is dead.
pub const ATTEMPTS: u32 = 5;

/// The longest description of what is to be typed, characters.
const DESCRIPTION_LIMIT: usize = 300;

/// How a wallet asks for the transaction code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TxCode {
    length: u8,
    description: Option<String>,
}

impl Default for TxCode {
    fn default() -> Self {
        Self {
            length: 6,
            description: None,
        }
    }
}

impl TxCode {
    /// Six digits with a sentence that tells where they are found, at most 300 characters.
    pub fn described(description: &str) -> Self {
        Self {
            description: Some(description.chars().take(DESCRIPTION_LIMIT).collect()),
            ..Self::default()
        }
    }

    /// The code itself, from random bits: `length` digits.
    pub fn draw(&self, random: u64) -> String {
        let range = 10_u64.pow(u32::from(self.length));
        format!("{:0width$}", random % range, width = usize::from(self.length))
    }

    /// `tx_code` in an offer.
    pub fn to_value(&self) -> Value {
        let mut value = json!({"input_mode": "numeric", "length": self.length});
        if let (Some(members), Some(description)) = (value.as_object_mut(), &self.description) {
            members.insert("description".to_owned(), description.as_str().into());
        }
        value
    }
}

/// What is kept of a transaction code: a hash that means nothing without the pre-authorized code, of which only a hash is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TxCodeHash([u8; 32]);

impl TxCodeHash {
    /// The hash of `tx_code` for `code`.
    pub fn new(code: &str, tx_code: &str) -> Self {
        let mut input = b"idt-vci-tx-v1".to_vec();
        push_length_prefixed(&mut input, code.as_bytes());
        push_length_prefixed(&mut input, tx_code.as_bytes());
        Self(Sha256::digest(&input).into())
    }

    /// From its bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Why a token request is refused. The codes are those of section 6.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GrantError {
    /// `invalid_request`: a transaction code is missing.
    #[error("a tx_code is expected")]
    TxCodeMissing,
    /// `invalid_request`: one came, but none is expected.
    #[error("no tx_code is expected")]
    TxCodeUnexpected,
    /// `invalid_request`: `tx_code` and `user_pin` differ.
    #[error("tx_code and user_pin differ")]
    TxCodeAmbiguous,
    /// `invalid_grant`: wrong; one attempt is to be counted, and the code lives while there are more.
    #[error("the tx_code is wrong")]
    TxCodeWrong {
        /// What is left after this one.
        attempts_left: u32,
    },
    /// `invalid_grant`: too many were wrong; the code is dead.
    #[error("the code is no longer valid")]
    Exhausted,
    /// `invalid_client`: who asks has no name, and must have one here.
    #[error("anonymous access is not allowed")]
    Anonymous,
}

impl GrantError {
    /// The code on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TxCodeMissing | Self::TxCodeUnexpected | Self::TxCodeAmbiguous => "invalid_request",
            Self::TxCodeWrong { .. } | Self::Exhausted => "invalid_grant",
            Self::Anonymous => "invalid_client",
        }
    }
}

/// A code as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreAuthorized {
    /// The hash of what is to be typed, if anything is.
    pub tx_code: Option<TxCodeHash>,
    /// How often something else was typed.
    pub failures: u32,
    /// Whether a client without a name may redeem it.
    pub anonymous: bool,
}

/// What came with a token request. Wallets of draft 11 say `user_pin`; some send both.
#[derive(Clone, Copy, Default)]
pub struct Presented<'a> {
    /// `pre-authorized_code`.
    pub code: &'a str,
    /// `tx_code`.
    pub tx_code: Option<&'a str>,
    /// `user_pin`.
    pub user_pin: Option<&'a str>,
    /// Whether the client has a name.
    pub has_client: bool,
}

impl PreAuthorized {
    /// Whether the code may be consumed. Nothing is consumed by a refusal; [`GrantError::TxCodeWrong`] is to be counted.
    ///
    /// # Errors
    /// [`GrantError`].
    pub fn check(&self, presented: Presented<'_>) -> Result<(), GrantError> {
        if !presented.has_client && !self.anonymous {
            return Err(GrantError::Anonymous);
        }
        let typed = match (presented.tx_code, presented.user_pin) {
            (Some(one), Some(two)) if one != two => return Err(GrantError::TxCodeAmbiguous),
            (one, two) => one.or(two),
        };
        let (expected, typed) = match (&self.tx_code, typed) {
            (None, None) => return Ok(()),
            (None, Some(_)) => return Err(GrantError::TxCodeUnexpected),
            (Some(_), None) => return Err(GrantError::TxCodeMissing),
            (Some(expected), Some(typed)) => (expected, typed),
        };
        if self.failures >= ATTEMPTS {
            return Err(GrantError::Exhausted);
        }
        let own = TxCodeHash::new(presented.code, typed);
        if constant_time_equal(expected.as_bytes(), own.as_bytes()) {
            Ok(())
        } else {
            Err(GrantError::TxCodeWrong {
                attempts_left: ATTEMPTS - self.failures - 1,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(failures: u32) -> PreAuthorized {
        PreAuthorized {
            tx_code: Some(TxCodeHash::new("code", "012345")),
            failures,
            anonymous: true,
        }
    }

    fn typed(tx_code: Option<&str>) -> Presented<'_> {
        Presented {
            code: "code",
            tx_code,
            ..Presented::default()
        }
    }

    #[test]
    fn a_wrong_code_costs_an_attempt_and_the_last_one_the_code() {
        assert_eq!(stored(0).check(typed(Some("012345"))), Ok(()));
        let wrong = stored(0).check(typed(Some("000000")));
        assert_eq!(wrong, Err(GrantError::TxCodeWrong { attempts_left: 4 }));
        assert_eq!(
            stored(4).check(typed(Some("012345"))),
            Ok(()),
            "the right one still counts"
        );
        assert_eq!(
            stored(ATTEMPTS).check(typed(Some("012345"))),
            Err(GrantError::Exhausted)
        );
    }

    #[test]
    fn it_is_given_if_and_only_if_it_was_offered() {
        assert_eq!(stored(0).check(typed(None)), Err(GrantError::TxCodeMissing));
        let free = PreAuthorized {
            tx_code: None,
            ..stored(0)
        };
        assert_eq!(free.check(typed(None)), Ok(()));
        assert_eq!(free.check(typed(Some("1"))), Err(GrantError::TxCodeUnexpected));
        let mut both = typed(Some("012345"));
        both.user_pin = Some("012345");
        assert_eq!(stored(0).check(both), Ok(()));
        both.user_pin = Some("1");
        assert_eq!(stored(0).check(both), Err(GrantError::TxCodeAmbiguous));
        let named = PreAuthorized {
            anonymous: false,
            ..free
        };
        assert_eq!(named.check(typed(None)), Err(GrantError::Anonymous));
    }

    #[test]
    fn drawn_codes_have_their_length() {
        assert_eq!(TxCode::default().draw(7), "000007");
        assert_eq!(TxCode::default().draw(u64::MAX).len(), 6);
        assert_eq!(
            TxCode::described(&"x".repeat(400)).to_value()["description"]
                .as_str()
                .map(str::len),
            Some(300)
        );
    }
}
