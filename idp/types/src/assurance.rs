//! How sure the server is, in the words that tokens carry (profile 4.1).

use serde::{Deserialize, Serialize};

/// How the seal was issued: 1 self-issued, 2 operator-verified, 3 chip read and eIDAS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum TrustLevel {
    /// Self-issued.
    Low,
    /// Verified by an operator.
    Substantial,
    /// Chip read, eIDAS.
    High,
}

impl TrustLevel {
    /// 1, 2 or 3.
    pub const fn number(self) -> u8 {
        match self {
            Self::Low => 1,
            Self::Substantial => 2,
            Self::High => 3,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Substantial => "substantial",
            Self::High => "high",
        }
    }
}

impl From<TrustLevel> for u8 {
    fn from(level: TrustLevel) -> Self {
        level.number()
    }
}

impl TryFrom<u8> for TrustLevel {
    type Error = &'static str;
    fn try_from(number: u8) -> Result<Self, Self::Error> {
        match number {
            1 => Ok(Self::Low),
            2 => Ok(Self::Substantial),
            3 => Ok(Self::High),
            _ => Err("a trust level is 1, 2 or 3"),
        }
    }
}

/// How the code travels between the two screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MatchingMode {
    /// Both screens show the code and the person compares (the seeds; X.1280).
    Compare,
    /// The phone shows three codes, one of them right; one wrong choice ends the session.
    Choose,
    /// The person carries the code from the browser to the phone.
    Transfer,
}

impl MatchingMode {
    /// The authenticator assurance that this mode reaches.
    pub const fn aal(self) -> Aal {
        match self {
            Self::Compare | Self::Choose => Aal::One,
            Self::Transfer => Aal::Two,
        }
    }

    /// The stricter of the two: a request may only raise a service's own mode.
    #[must_use]
    pub fn at_least(self, other: Self) -> Self {
        self.max(other)
    }
}

/// Authenticator assurance level, in NIST SP 800-63B-4's sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Aal {
    /// `aal1`.
    #[serde(rename = "aal1")]
    One,
    /// `aal2`.
    #[serde(rename = "aal2")]
    Two,
}

/// Authentication methods by their RFC 8176 names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Amr {
    /// Multiple channels.
    Mca,
    /// Hardware-secured key.
    Hwk,
    /// Software-secured key.
    Swk,
    /// Presence of the person.
    User,
    /// One-time password carried by the person.
    Otp,
    /// Face recognition, vouched for by an attested app's policy.
    Face,
}

/// Authentication context class reference.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Acr(String);

impl Acr {
    /// The URN of a trust level; `face` where a policy vouches for face verification (profile 4.1).
    pub fn of(level: TrustLevel, face: bool) -> Self {
        let prefix = if face { "face-oob" } else { "oob" };
        Self(format!("urn:idtokenseal:acr:{prefix}-{}", level.word()))
    }

    /// The value on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acr_urns_are_those_of_the_seed() {
        assert_eq!(
            Acr::of(TrustLevel::High, true).as_str(),
            "urn:idtokenseal:acr:face-oob-high"
        );
        assert_eq!(
            Acr::of(TrustLevel::Low, false).as_str(),
            "urn:idtokenseal:acr:oob-low"
        );
    }

    #[test]
    fn a_mode_can_only_be_raised() {
        assert_eq!(
            MatchingMode::Transfer.at_least(MatchingMode::Compare),
            MatchingMode::Transfer
        );
        assert_eq!(
            MatchingMode::Compare.at_least(MatchingMode::Choose),
            MatchingMode::Choose
        );
    }
}
