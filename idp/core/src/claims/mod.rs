//! The release rule: granted ∩ presented, and not one claim more (profile 1 and 6).

use idp_types::{AtomicScope, CivilDate, ClaimSet, ScopeSet, SourceClaim, TrustLevel};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The European Union's 27 members as ICAO three-letter codes, July 2026. `D` is read as `DEU` (profile 6).
const EU: [&str; 27] = [
    "AUT", "BEL", "BGR", "HRV", "CYP", "CZE", "DNK", "EST", "FIN", "FRA", "DEU", "GRC", "HUN", "IRL", "ITA",
    "LVA", "LTU", "LUX", "MLT", "NLD", "POL", "PRT", "ROU", "SVK", "SVN", "ESP", "SWE",
];

/// Age brackets by their last year (profile 6).
const BRACKETS: [(u16, &str); 9] = [
    (12, "0-12"),
    (15, "13-15"),
    (17, "16-17"),
    (20, "18-20"),
    (24, "21-24"),
    (34, "25-34"),
    (44, "35-44"),
    (54, "45-54"),
    (64, "55-64"),
];

/// What the phone presented, verified. Never printed; wiped when dropped.
#[derive(Clone, Default, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct PresentedClaims {
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Date of birth; absent where the seal's is partial.
    #[zeroize(skip)]
    pub birthdate: Option<CivilDate>,
    /// Nationality as the seal writes it.
    pub nationality: Option<String>,
    /// Document number.
    pub document_number: Option<String>,
    /// Portrait octets.
    pub picture: Option<Vec<u8>>,
    /// The ages that the enrolment credential asserts: 18, 21, 25.
    pub ages_reached: Vec<u16>,
}

impl std::fmt::Debug for PresentedClaims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PresentedClaims(..)")
    }
}

impl PresentedClaims {
    /// Whether a claim was presented.
    pub fn has(&self, claim: SourceClaim) -> bool {
        match claim {
            SourceClaim::GivenName => self.given_name.is_some(),
            SourceClaim::FamilyName => self.family_name.is_some(),
            SourceClaim::Birthdate => self.birthdate.is_some(),
            SourceClaim::Nationality => self.nationality.is_some(),
            SourceClaim::DocumentNumber => self.document_number.is_some(),
            SourceClaim::Picture => self.picture.is_some(),
            SourceClaim::AgeOver18 => self.ages_reached.contains(&18),
            SourceClaim::AgeOver21 => self.ages_reached.contains(&21),
            SourceClaim::AgeOver25 => self.ages_reached.contains(&25),
        }
    }
}

/// A granted scope needs a claim that was not presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} was granted, but what it needs was not presented")]
pub struct ClaimsNotPresented(pub AtomicScope);

/// The claims of the granted scopes, from what was presented and nothing else. Derived claims are computed here and their
/// sources dropped (profile 1.3).
///
/// # Errors
/// [`ClaimsNotPresented`] names the first granted scope whose source is missing.
pub fn release(
    granted: ScopeSet,
    presented: &PresentedClaims,
    trust_level: TrustLevel,
    today: CivilDate,
) -> Result<ClaimSet, ClaimsNotPresented> {
    let mut claims = ClaimSet::default();
    for scope in granted.iter() {
        let enough = SourceClaim::sufficient_for(scope)
            .iter()
            .any(|needs| needs.iter().all(|claim| presented.has(*claim)));
        if !enough {
            return Err(ClaimsNotPresented(scope));
        }
        add(&mut claims, scope, presented, (trust_level, today));
    }
    Ok(claims)
}

fn add(
    claims: &mut ClaimSet,
    scope: AtomicScope,
    presented: &PresentedClaims,
    (level, today): (TrustLevel, CivilDate),
) {
    let given = || presented.given_name.clone();
    let family = || presented.family_name.clone();
    match scope {
        AtomicScope::Name => {
            claims.given_name = given();
            claims.family_name = family();
            claims.name = given()
                .zip(family())
                .map(|(given, family)| format!("{given} {family}").trim().to_owned());
        }
        AtomicScope::GivenName => claims.given_name = given(),
        AtomicScope::FamilyName => claims.family_name = family(),
        AtomicScope::DateOfBirth => claims.birthdate = presented.birthdate,
        AtomicScope::Nationality => claims.nationality = presented.nationality.as_deref().map(alpha3),
        AtomicScope::Document => claims.document_number.clone_from(&presented.document_number),
        AtomicScope::Photo => claims.picture = presented.picture.as_deref().map(base64),
        AtomicScope::TrustLevel => claims.trust_level = Some(level.number()),
        AtomicScope::AgeOver18 => claims.age_over_18 = age_over(18, presented, today),
        AtomicScope::AgeOver21 => claims.age_over_21 = age_over(21, presented, today),
        AtomicScope::AgeOver25 => claims.age_over_25 = age_over(25, presented, today),
        AtomicScope::AgeRange => {
            claims.age_range = age(presented, today).map(|years| bracket(years).to_owned());
        }
        AtomicScope::IsEuCitizen => {
            claims.is_eu_citizen = presented
                .nationality
                .as_deref()
                .map(|code| EU.contains(&alpha3(code).as_str()));
        }
        AtomicScope::NameInitial => {
            claims.name_initial = given().zip(family()).and_then(|(g, f)| initials(&g, &f));
        }
    }
}

/// Base64 with padding: the seeds' `photoBase64` and `picture`.
fn base64(octets: &[u8]) -> String {
    data_encoding::BASE64.encode(octets)
}

fn age(presented: &PresentedClaims, today: CivilDate) -> Option<u16> {
    presented.birthdate.and_then(|born| born.age_on(today))
}

/// The predicate that the credential asserts, or else the completed years. A minor's granted predicate is `false`.
fn age_over(years: u16, presented: &PresentedClaims, today: CivilDate) -> Option<bool> {
    if presented.ages_reached.contains(&years) {
        return Some(true);
    }
    age(presented, today).map(|completed| completed >= years)
}

fn bracket(years: u16) -> &'static str {
    BRACKETS
        .iter()
        .find(|(last, _)| years <= *last)
        .map_or("65+", |(_, name)| name)
}

fn alpha3(code: &str) -> String {
    let code = code.trim_end_matches('<');
    if code == "D" {
        "DEU".to_owned()
    } else {
        code.to_owned()
    }
}

/// `J. D.`: the first letter of the first given and of the first family name.
fn initials(given: &str, family: &str) -> Option<String> {
    let first = |name: &str| {
        name.chars()
            .find(|c| c.is_alphabetic())
            .map(|c| c.to_uppercase().to_string())
    };
    Some(format!("{}. {}.", first(given)?, first(family)?))
}

#[cfg(test)]
mod tests {
    use idp_types::Scope;
    use proptest::prelude::*;

    use super::*;

    fn jean() -> PresentedClaims {
        let mut claims = PresentedClaims::default();
        claims.given_name = Some("Jean".into());
        claims.family_name = Some("Dupont".into());
        claims.birthdate = CivilDate::parse("1985-06-15");
        claims.nationality = Some("FRA".into());
        claims.document_number = Some("12AB34567".into());
        claims
    }

    fn today() -> CivilDate {
        CivilDate::parse("2026-11-20").unwrap()
    }

    fn released(scopes: &[AtomicScope]) -> ClaimSet {
        release(
            scopes.iter().copied().collect(),
            &jean(),
            TrustLevel::High,
            today(),
        )
        .unwrap()
    }

    #[test]
    fn derived_claims_never_carry_their_source() {
        let claims = released(&[
            AtomicScope::AgeOver18,
            AtomicScope::AgeRange,
            AtomicScope::IsEuCitizen,
            AtomicScope::NameInitial,
        ]);
        let json = serde_json::to_value(&claims).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"age_over_18": true, "age_range": "35-44", "is_eu_citizen": true, "name_initial": "J. D."})
        );
    }

    #[test]
    fn a_minor_is_told_apart_by_false_not_by_silence() {
        let mut minor = jean();
        minor.birthdate = CivilDate::parse("2010-11-21");
        let claims = release(
            ScopeSet::from_iter([AtomicScope::AgeOver18]),
            &minor,
            TrustLevel::Low,
            today(),
        )
        .unwrap();
        assert_eq!(claims.age_over_18, Some(false));
    }

    #[test]
    fn an_asserted_age_needs_no_birth_date() {
        let mut presented = PresentedClaims::default();
        presented.ages_reached = vec![18];
        let only = |scope| release(ScopeSet::from_iter([scope]), &presented, TrustLevel::Low, today());
        assert_eq!(only(AtomicScope::AgeOver18).unwrap().age_over_18, Some(true));
        assert_eq!(
            only(AtomicScope::AgeOver21),
            Err(ClaimsNotPresented(AtomicScope::AgeOver21))
        );
    }

    #[test]
    fn brackets_and_codes() {
        for (years, expected) in [
            (0, "0-12"),
            (12, "0-12"),
            (13, "13-15"),
            (17, "16-17"),
            (20, "18-20"),
            (64, "55-64"),
            (65, "65+"),
        ] {
            assert_eq!(bracket(years), expected);
        }
        assert_eq!(alpha3("D<<"), "DEU");
        assert_eq!(initials("  éva-marie", "o'Neil").as_deref(), Some("É. O."));
        assert_eq!(initials("--", "X"), None);
    }

    #[test]
    fn what_was_not_presented_cannot_be_granted() {
        let nothing = PresentedClaims::default();
        for scope in AtomicScope::ALL {
            let result = release(ScopeSet::from_iter([*scope]), &nothing, TrustLevel::High, today());
            assert_eq!(result.is_ok(), *scope == AtomicScope::TrustLevel, "{scope}");
        }
    }

    proptest! {
        /// Never a claim outside granted ∩ presented.
        #[test]
        fn releases_are_within_the_grant(bits in prop::collection::vec(prop::sample::select(AtomicScope::ALL), 0..8)) {
            let granted: ScopeSet = bits.into_iter().collect();
            let Ok(claims) = release(granted, &jean(), TrustLevel::High, today()) else { return Ok(()) };
            let names: Vec<String> = serde_json::to_value(&claims).unwrap().as_object().unwrap().keys().cloned().collect();
            for name in names {
                let allowed = match name.as_str() {
                    "given_name" => granted.contains(AtomicScope::Name) || granted.contains(AtomicScope::GivenName),
                    "family_name" => granted.contains(AtomicScope::Name) || granted.contains(AtomicScope::FamilyName),
                    "name" => granted.contains(AtomicScope::Name),
                    "birthdate" => granted.contains(AtomicScope::DateOfBirth),
                    "document_number" => granted.contains(AtomicScope::Document),
                    "picture" => granted.contains(AtomicScope::Photo),
                    other => granted.iter().any(|scope| scope.as_str() == format!("identity:{other}")),
                };
                prop_assert!(allowed, "{} was released under {:?}", name, granted);
            }
        }
    }

    #[test]
    fn who_has_one_name_has_no_blank_before_it() {
        let mut single = jean();
        single.given_name = Some(String::new());
        let claims = release(
            ScopeSet::from_iter([AtomicScope::Name]),
            &single,
            TrustLevel::Low,
            today(),
        )
        .unwrap();
        assert_eq!(claims.name.as_deref(), Some("Dupont"));
    }

    #[test]
    fn composites_release_their_parts() {
        let claims = release(Scope::Full.expand(), &jean(), TrustLevel::High, today()).unwrap();
        assert!(
            claims.picture.is_none() && claims.document_number.is_some() && claims.trust_level == Some(3)
        );
    }
}
