//! The attributes of our credentials and their names in each vocabulary.

/// An attribute that a credential of ours can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribute {
    /// Given name.
    GivenName,
    /// Family name.
    FamilyName,
    /// Date of birth.
    DateOfBirth,
    /// Nationality.
    Nationality,
    /// Number of the document.
    DocumentNumber,
    /// How the seal was issued: 1, 2 or 3.
    TrustLevel,
    /// Whether 18 years are completed.
    AgeOver18,
}

/// Whose names are spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vocabulary {
    /// The seed's camelCase in `credentialSubject`.
    W3c,
    /// The names of the European person identification data in SD-JWT VC.
    SdJwtVc,
    /// The same in an mdoc.
    Mdoc,
}

impl Attribute {
    /// Every attribute, in the order of the seed's table.
    pub const ALL: [Self; 7] = [
        Self::GivenName,
        Self::FamilyName,
        Self::DateOfBirth,
        Self::Nationality,
        Self::DocumentNumber,
        Self::TrustLevel,
        Self::AgeOver18,
    ];

    /// The name in `vocabulary`.
    pub const fn name(self, vocabulary: Vocabulary) -> &'static str {
        let (w3c, sd_jwt, mdoc) = match self {
            Self::GivenName => ("givenName", "given_name", "given_name"),
            Self::FamilyName => ("familyName", "family_name", "family_name"),
            Self::DateOfBirth => ("dateOfBirth", "birthdate", "birth_date"),
            Self::Nationality => ("nationality", "nationalities", "nationality"),
            Self::DocumentNumber => ("documentNumber", "document_number", "document_number"),
            Self::TrustLevel => ("trustLevel", "trust_level", "trust_level"),
            Self::AgeOver18 => ("ageOver18", "age_over_18", "age_over_18"),
        };
        match vocabulary {
            Vocabulary::W3c => w3c,
            Vocabulary::SdJwtVc => sd_jwt,
            Vocabulary::Mdoc => mdoc,
        }
    }

    /// The attribute of a name, if it is one.
    pub fn named(name: &str, vocabulary: Vocabulary) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|attribute| attribute.name(vocabulary) == name)
    }

    /// What a person reads beside it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::GivenName => "Given name",
            Self::FamilyName => "Family name",
            Self::DateOfBirth => "Date of birth",
            Self::Nationality => "Nationality",
            Self::DocumentNumber => "Document number",
            Self::TrustLevel => "Trust level",
            Self::AgeOver18 => "Over 18",
        }
    }
}
