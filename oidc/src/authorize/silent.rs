//! Whether the browser's session may answer in place of the phone (profile 1.6): for the same client, within what it was granted, as
//! long as the claims are held. A cookie is not a consent.

use idp_types::{AtomicScope, ClaimSet, ScopeSet, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::request::AuthorizationRequest;
use crate::authentication::{Authentication, Released};
use crate::error::{ErrorCode, OAuthError};
use crate::scope::RequestedScope;

/// What a session remembers of one client's approval, without a claim. Sealed under the cookie.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldApproval {
    /// Who approved, when and how.
    pub authentication: Authentication,
    /// The client's `sub`.
    pub subject: String,
    /// The client's `sid`.
    pub sid: String,
    /// What it was granted, standard scopes included.
    pub scope: RequestedScope,
    /// The details that were approved.
    pub authorization_details: Option<Value>,
    /// Until when the claims are held.
    pub claims_until: Timestamp,
}

/// Why the phone has to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// The request says so.
    Demanded,
    /// No session, or none with this client.
    Unknown,
    /// The login is older than `max_age`.
    TooOld,
    /// Somebody else is expected.
    OtherSubject,
    /// More is asked for than was granted, or than is still held.
    Beyond,
    /// The login was not sure enough.
    Unmet,
}

impl Ask {
    /// What `prompt=none` gets instead (OIDC Core 3.1.2.6; profile 1.6).
    pub const fn refusal(self) -> OAuthError {
        match self {
            Self::Demanded | Self::Unknown => LOGIN_REQUIRED,
            Self::TooOld => OAuthError::new(ErrorCode::LoginRequired, "the login is older than max_age"),
            Self::OtherSubject => OTHER_SUBJECT,
            Self::Beyond => OAuthError::new(
                ErrorCode::InteractionRequired,
                "the person has to approve this on the phone",
            ),
            Self::Unmet => OAuthError::new(
                ErrorCode::InteractionRequired,
                "the person has to authenticate more strongly",
            ),
        }
    }
}

const LOGIN_REQUIRED: OAuthError = OAuthError::new(ErrorCode::LoginRequired, "the person has to log in");

/// OIDC Core 3.1.2.1: the hint names somebody else than who is there.
pub const OTHER_SUBJECT: OAuthError = OAuthError::new(
    ErrorCode::LoginRequired,
    "the expected person is not the one who is logged in",
);

/// Whether a held approval answers the request; the `acr` to assert when it does.
///
/// # Errors
/// [`Ask`], when the phone has to be asked.
pub fn decide(
    request: &AuthorizationRequest,
    held: Option<&HeldApproval>,
    now: Timestamp,
) -> Result<String, Ask> {
    if request.prompts.demands_asking() {
        return Err(Ask::Demanded);
    }
    let held = held.ok_or(Ask::Unknown)?;
    check_age(request, &held.authentication, now)?;
    if request
        .expected_subject
        .as_ref()
        .is_some_and(|subject| *subject != held.subject)
    {
        return Err(Ask::OtherSubject);
    }
    check_grant(request, held, now)?;
    request
        .requirements
        .met_by(&held.authentication)
        .map_err(|_| Ask::Unmet)
}

/// OIDC Core 3.1.2.1: more than `max_age` seconds since the login means a new one; zero always does.
fn check_age(
    request: &AuthorizationRequest,
    authentication: &Authentication,
    now: Timestamp,
) -> Result<(), Ask> {
    let Some(max_age) = request.max_age else {
        return Ok(());
    };
    let ends = authentication.auth_time.plus_seconds(i64::from(max_age));
    if max_age == 0 || now > ends {
        return Err(Ask::TooOld);
    }
    Ok(())
}

/// Profile 1.6: scopes within those granted, details that were approved before, claims still held. Offline access is one of the
/// scopes: it needs a consent (OIDC Core 11), which the phone gave if it stands among them.
fn check_grant(request: &AuthorizationRequest, held: &HeldApproval, now: Timestamp) -> Result<(), Ask> {
    let granted = held.authentication.granted;
    let has_tokens = request
        .scope
        .tokens()
        .filter(|token| !token.starts_with("identity:") && *token != "profile")
        .all(|token| held.scope.has(token));
    let has_claims = request.asked.is_empty() || now < held.claims_until;
    let same_details = request.authorization_details.is_none()
        || request.authorization_details == held.authorization_details;
    if has_tokens && has_claims && same_details && request.asked.is_within(granted) {
        Ok(())
    } else {
        Err(Ask::Beyond)
    }
}

/// What this request may have of an approval, and nothing else: neither a scope nor a claim beyond what it asks for.
#[must_use]
pub fn narrowed(released: Released, asked: ScopeSet) -> Released {
    let granted = released.authentication.granted.intersection(asked);
    Released {
        claims: narrow(released.claims, granted),
        authentication: Authentication {
            granted,
            ..released.authentication
        },
    }
}

fn narrow(mut claims: ClaimSet, granted: ScopeSet) -> ClaimSet {
    use AtomicScope as Scope;
    let any = |scopes: &[Scope]| scopes.iter().any(|scope| granted.contains(*scope));
    let drop_unless = |claim: &mut Option<String>, scopes: &[Scope]| {
        if !any(scopes) {
            *claim = None;
        }
    };
    drop_unless(&mut claims.given_name, &[Scope::Name, Scope::GivenName]);
    drop_unless(&mut claims.family_name, &[Scope::Name, Scope::FamilyName]);
    drop_unless(&mut claims.name, &[Scope::Name]);
    drop_unless(&mut claims.nationality, &[Scope::Nationality]);
    drop_unless(&mut claims.document_number, &[Scope::Document]);
    drop_unless(&mut claims.picture, &[Scope::Photo]);
    drop_unless(&mut claims.age_range, &[Scope::AgeRange]);
    drop_unless(&mut claims.name_initial, &[Scope::NameInitial]);
    claims.birthdate = claims.birthdate.filter(|_| any(&[Scope::DateOfBirth]));
    claims.trust_level = claims.trust_level.filter(|_| any(&[Scope::TrustLevel]));
    claims.age_over_18 = claims.age_over_18.filter(|_| any(&[Scope::AgeOver18]));
    claims.age_over_21 = claims.age_over_21.filter(|_| any(&[Scope::AgeOver21]));
    claims.age_over_25 = claims.age_over_25.filter(|_| any(&[Scope::AgeOver25]));
    claims.is_eu_citizen = claims.is_eu_citizen.filter(|_| any(&[Scope::IsEuCitizen]));
    claims
}
