//! `verified_claims` (OpenID Connect for Identity Assurance 1.0; IDA claims schema): the same claims with how they were verified.
//! What is not asked for is not said; what cannot be fulfilled is left out.

use idp_types::TrustLevel;
use serde_json::{Map, Value, json};

use super::request::{Constraint, Place, RequestedClaims};
use super::selection::all;
use crate::authentication::{Evidence, Released};

/// The framework of seals that were issued after reading a chip at the eIDAS level.
const EIDAS: &str = "eidas";

/// The framework of other seals.
const OWN: &str = "urn:idtokenseal:trust-framework:seal";

/// The frameworks that are ever asserted, for discovery.
pub const TRUST_FRAMEWORKS: [&str; 2] = [EIDAS, OWN];

/// What is asserted: one object, or an array where several were asked for.
pub(super) fn verified_claims(
    released: &Released,
    request: RequestedClaims<'_>,
    place: Place,
) -> Option<Value> {
    let wanted = request.verified();
    let mut asserted: Vec<Value> = wanted
        .into_iter()
        .filter_map(|wanted| one(released, wanted, place))
        .collect();
    match asserted.len() {
        0 => None,
        1 => asserted.pop(),
        _ => Some(Value::Array(asserted)),
    }
}

/// OIDC4IDA 6.5: an unfulfilled constraint of the verification leaves everything out, that of a claim the claim.
fn one(released: &Released, wanted: &Map<String, Value>, place: Place) -> Option<Value> {
    let verification = verification(released, wanted.get("verification")?.as_object()?)?;
    let names = wanted.get("claims")?.as_object()?;
    let request = RequestedClaims::from_members(names);
    let mut claims = Map::new();
    for (name, value) in known(released) {
        let has_room = place == Place::UserInfo || name != "picture";
        let constraint = request.constraint(&name);
        if has_room && constraint.is_some_and(|constraint| constraint.accepts(&value)) {
            claims.insert(name, value);
        }
    }
    // IDA claims schema 5.1: `claims` is never empty.
    (!claims.is_empty()).then(|| json!({"verification": verification, "claims": claims}))
}

/// The released claims in the names of the schema: nationality is a list there.
fn known(released: &Released) -> Map<String, Value> {
    let mut claims = all(released);
    if let Some(nationality) = claims.get("nationality").cloned() {
        claims.insert("nationalities".to_owned(), Value::Array(vec![nationality]));
    }
    claims
}

const fn level(level: TrustLevel) -> (&'static str, &'static str) {
    match level {
        TrustLevel::Low => (OWN, "low"),
        TrustLevel::Substantial => (OWN, "substantial"),
        TrustLevel::High => (EIDAS, "high"),
    }
}

/// What is said of the verification: `trust_framework` always, the rest as far as it is asked for.
fn verification(released: &Released, wanted: &Map<String, Value>) -> Option<Map<String, Value>> {
    let (framework, assurance) = level(released.authentication.trust_level);
    let evidence = released.authentication.evidence.as_ref();
    let mut said = Map::new();
    let framework = Value::from(framework);
    if let Some(constraint) = wanted.get("trust_framework") {
        Constraint::of(constraint).accepts(&framework).then_some(())?;
    }
    said.insert("trust_framework".to_owned(), framework);
    if let Some(constraint) = wanted.get("assurance_level") {
        let assurance = Value::from(assurance);
        Constraint::of(constraint).accepts(&assurance).then_some(())?;
        said.insert("assurance_level".to_owned(), assurance);
    }
    if let (Some(_), Some(evidence)) = (wanted.get("time"), evidence) {
        said.insert("time".to_owned(), Value::from(evidence.enrolled_at.to_rfc3339()));
    }
    if let Some(wanted) = wanted.get("evidence") {
        said.insert(
            "evidence".to_owned(),
            Value::Array(vec![record(evidence?, wanted)?]),
        );
    }
    Some(said)
}

/// The seal as an `electronic_record` whose cryptographic features were checked.
fn record(evidence: &Evidence, wanted: &Value) -> Option<Value> {
    let kind = Value::from("electronic_record");
    let is_ours = |wanted: &Value| {
        let constraint = wanted.get("type").map(Constraint::of);
        constraint.is_none_or(|constraint| constraint.accepts(&kind))
    };
    let asked: &[Value] = match wanted {
        Value::Array(several) => several,
        _ => &[],
    };
    if !asked.is_empty() && !asked.iter().any(is_ours) {
        return None;
    }
    Some(json!({
        "type": kind,
        "check_details": [{"check_method": "vcrypt"}],
        "record": {
            "type": format!("urn:idtokenseal:manifest:{}", evidence.manifest),
            "source": {"name": evidence.scheme_operator},
        },
    }))
}
