//! The scope catalogue (profile 6, `product.md` 7.1 and 7.2): atomic scopes that tokens list, composites that expand before consent.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The text is not a scope of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a scope of the catalogue")]
pub struct ScopeError;

macro_rules! atomic_scopes {
    ($($variant:ident $text:literal $doc:literal),+ $(,)?) => {
        /// One thing a person can grant or deny.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum AtomicScope { $(#[doc = $doc] $variant),+ }

        impl AtomicScope {
            /// The whole catalogue, in its order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The scope on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

atomic_scopes! {
    Name "identity:name" "Given and family name.",
    GivenName "identity:given_name" "Given name.",
    FamilyName "identity:family_name" "Family name.",
    DateOfBirth "identity:date_of_birth" "Date of birth.",
    Nationality "identity:nationality" "Nationality, three letters.",
    Document "identity:document" "Document number.",
    Photo "identity:photo" "Portrait; restricted.",
    TrustLevel "identity:trust_level" "How the seal was issued.",
    AgeOver18 "identity:age_over_18" "Whether 18 years are completed.",
    AgeOver21 "identity:age_over_21" "Whether 21 years are completed.",
    AgeOver25 "identity:age_over_25" "Whether 25 years are completed.",
    AgeRange "identity:age_range" "The age bracket.",
    IsEuCitizen "identity:is_eu_citizen" "Whether the nationality is one of the European Union's.",
    NameInitial "identity:name_initial" "Initials.",
}

impl AtomicScope {
    const fn bit(self) -> u16 {
        1 << (self as u8)
    }
}

impl fmt::Display for AtomicScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AtomicScope {
    type Err = ScopeError;
    fn from_str(text: &str) -> Result<Self, ScopeError> {
        Self::ALL
            .iter()
            .copied()
            .find(|scope| scope.as_str() == text)
            .ok_or(ScopeError)
    }
}

impl Serialize for AtomicScope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for AtomicScope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A scope as a relying party writes it: atomic, or a composite of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// One atomic scope.
    Atomic(AtomicScope),
    /// `identity:basic`: name and trust level.
    Basic,
    /// `identity:age_verification`: over 18 and name.
    AgeVerification,
    /// `identity:full`: name, date of birth, nationality, document, trust level.
    Full,
    /// `identity:full_with_photo`: all of `identity:full` and the portrait.
    FullWithPhoto,
}

impl Scope {
    /// The composites of the catalogue.
    pub const COMPOSITES: [Self; 4] = [
        Self::Basic,
        Self::AgeVerification,
        Self::Full,
        Self::FullWithPhoto,
    ];

    /// The scope on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Atomic(scope) => scope.as_str(),
            Self::Basic => "identity:basic",
            Self::AgeVerification => "identity:age_verification",
            Self::Full => "identity:full",
            Self::FullWithPhoto => "identity:full_with_photo",
        }
    }

    /// What it stands for.
    pub fn expand(self) -> ScopeSet {
        use AtomicScope as A;
        let full = [
            A::Name,
            A::DateOfBirth,
            A::Nationality,
            A::Document,
            A::TrustLevel,
        ];
        match self {
            Self::Atomic(scope) => ScopeSet::from_iter([scope]),
            Self::Basic => ScopeSet::from_iter([A::Name, A::TrustLevel]),
            Self::AgeVerification => ScopeSet::from_iter([A::AgeOver18, A::Name]),
            Self::Full => ScopeSet::from_iter(full),
            Self::FullWithPhoto => full.into_iter().chain([A::Photo]).collect(),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = ScopeError;
    fn from_str(text: &str) -> Result<Self, ScopeError> {
        if let Ok(atomic) = text.parse() {
            return Ok(Self::Atomic(atomic));
        }
        Self::COMPOSITES
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or(ScopeError)
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A set of atomic scopes, in catalogue order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ScopeSet(u16);

impl ScopeSet {
    /// No scope.
    pub const EMPTY: Self = Self(0);

    /// All that the given scopes stand for.
    pub fn expanding(scopes: impl IntoIterator<Item = Scope>) -> Self {
        scopes
            .into_iter()
            .fold(Self::EMPTY, |set, scope| set.union(scope.expand()))
    }

    /// Whether `scope` is in the set.
    pub const fn contains(self, scope: AtomicScope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether all of this set is in `other`.
    pub const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// What is in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in this set and not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members in catalogue order.
    pub fn iter(self) -> impl Iterator<Item = AtomicScope> {
        AtomicScope::ALL
            .iter()
            .copied()
            .filter(move |scope| self.contains(*scope))
    }

    /// Space-joined, as the `scope` claim has it (RFC 8693 section 4.2).
    pub fn to_claim(self) -> String {
        self.iter().map(AtomicScope::as_str).collect::<Vec<_>>().join(" ")
    }
}

impl FromIterator<AtomicScope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = AtomicScope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for ScopeSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<AtomicScope>::deserialize(deserializer)?
            .into_iter()
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composites_expand_as_documented() {
        assert_eq!(
            "identity:basic".parse::<Scope>().unwrap().expand().to_claim(),
            "identity:name identity:trust_level"
        );
        assert!(
            !Scope::Full.expand().contains(AtomicScope::Photo),
            "the portrait never comes through identity:full"
        );
        assert!(Scope::FullWithPhoto.expand().contains(AtomicScope::Photo));
    }

    #[test]
    fn every_scope_reads_back() {
        for scope in AtomicScope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(*scope));
        }
        for scope in Scope::COMPOSITES {
            assert_eq!(scope.as_str().parse(), Ok(scope));
        }
        assert_eq!("identity:shoe_size".parse::<Scope>(), Err(ScopeError));
    }

    #[test]
    fn sets_behave_as_sets() {
        let basic = Scope::Basic.expand();
        let full = Scope::Full.expand();
        assert!(basic.is_within(full) && !full.is_within(basic));
        assert_eq!(full.intersection(basic), basic);
        assert_eq!(basic.without(full), ScopeSet::EMPTY);
    }
}
