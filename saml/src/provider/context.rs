//! Authentication contexts (Core 3.3.2.2.1): our own classes, those that an operator maps, and which of them a login satisfies.

use idp_types::assurance::{Aal, TrustLevel};
use serde::{Deserialize, Serialize};

/// What a login was, or what a class asks of one. One is as strong as another when it is so in each part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strength {
    /// How the seal was issued.
    pub level: TrustLevel,
    /// Whether the face was verified.
    #[serde(default)]
    pub face: bool,
    /// The authenticator assurance.
    #[serde(default = "lowest")]
    pub aal: Aal,
}

const fn lowest() -> Aal {
    Aal::One
}

impl Strength {
    /// Whether it is as strong as `other` in each part.
    pub fn reaches(self, other: Self) -> bool {
        self.level >= other.level && self.face >= other.face && self.aal >= other.aal
    }

    /// Whether it reaches `other` and is not the same.
    pub fn exceeds(self, other: Self) -> bool {
        self.reaches(other) && self != other
    }
}

/// A class reference that an operator maps for a provider, such as REFEDS MFA or Microsoft's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextRule {
    /// The class reference.
    pub class: String,
    /// What it takes.
    pub requires: Strength,
}
