//! Claims of a JSON Web Token, checked one by one (RFC 7519 section 4.1).
//!
//! Every check is named for what it asks, takes the time as an argument, and says which claim failed.

use serde_json::Value;

use crate::json::Map;
use crate::jws::{JwsError, Verified};

/// Why a claim was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwtError {
    /// The payload is not an acceptable JSON object.
    #[error("the payload is not a set of claims")]
    Payload(#[from] JwsError),
    /// A claim that is needed here is absent.
    #[error("claim `{0}` is missing")]
    Missing(&'static str),
    /// A claim is of the wrong type.
    #[error("claim `{0}` is of the wrong type")]
    WrongType(&'static str),
    /// A claim has another value than the one expected.
    #[error("claim `{0}` has an unexpected value")]
    Mismatch(&'static str),
    /// `exp` has passed.
    #[error("expired")]
    Expired,
    /// `nbf` or `iat` lies ahead.
    #[error("not valid yet")]
    NotYetValid,
    /// `iat` is longer ago than allowed.
    #[error("issued too long ago")]
    TooOld,
}

/// The claims of a verified token. Times are whole seconds since the Unix epoch; `leeway` is the clock difference in
/// seconds that is forgiven.
#[derive(Clone, PartialEq)]
pub struct Claims(Map);

impl Claims {
    /// The claims of a verified JWS.
    ///
    /// # Errors
    /// [`JwtError::Payload`] when the payload is not a JSON object without repeated members.
    pub fn from_verified(verified: &Verified) -> Result<Self, JwtError> {
        Ok(Self(verified.claims()?))
    }

    pub(crate) const fn from_map(members: Map) -> Self {
        Self(members)
    }

    /// All members.
    pub const fn as_map(&self) -> &Map {
        &self.0
    }

    /// All members, owned.
    pub fn into_map(self) -> Map {
        self.0
    }

    /// A string claim, if it is there.
    ///
    /// # Errors
    /// [`JwtError::WrongType`] when it is no string.
    pub fn text(&self, name: &'static str) -> Result<Option<&str>, JwtError> {
        self.0
            .get(name)
            .map(|value| value.as_str().ok_or(JwtError::WrongType(name)))
            .transpose()
    }

    /// A string claim that must be there.
    ///
    /// # Errors
    /// [`JwtError::Missing`] or [`JwtError::WrongType`].
    pub fn required_text(&self, name: &'static str) -> Result<&str, JwtError> {
        self.text(name)?.ok_or(JwtError::Missing(name))
    }

    /// A `NumericDate`, if it is there. A fraction of a second is cut off (RFC 7519 section 2 allows one).
    ///
    /// # Errors
    /// [`JwtError::WrongType`] when it is no number or none that a time can be.
    pub fn time(&self, name: &'static str) -> Result<Option<i64>, JwtError> {
        self.0
            .get(name)
            .map(|value| numeric_date(value).ok_or(JwtError::WrongType(name)))
            .transpose()
    }

    /// A `NumericDate` that must be there.
    ///
    /// # Errors
    /// [`JwtError::Missing`] or [`JwtError::WrongType`].
    pub fn required_time(&self, name: &'static str) -> Result<i64, JwtError> {
        self.time(name)?.ok_or(JwtError::Missing(name))
    }

    /// `iss` is exactly `issuer` (RFC 7519 section 4.1.1, RFC 8725 section 3.8).
    ///
    /// # Errors
    /// [`JwtError`] naming `iss`.
    pub fn require_issuer(&self, issuer: &str) -> Result<(), JwtError> {
        self.require_text("iss", issuer)
    }

    /// A string claim has exactly this value.
    ///
    /// # Errors
    /// [`JwtError`] naming the claim.
    pub fn require_text(&self, name: &'static str, expected: &str) -> Result<(), JwtError> {
        let value = self.required_text(name)?;
        if value == expected {
            Ok(())
        } else {
            Err(JwtError::Mismatch(name))
        }
    }

    /// The audiences: `aud` is a string or an array of strings (RFC 7519 section 4.1.3).
    ///
    /// # Errors
    /// [`JwtError`] naming `aud`.
    pub fn audiences(&self) -> Result<Vec<&str>, JwtError> {
        match self.0.get("aud").ok_or(JwtError::Missing("aud"))? {
            Value::String(audience) => Ok(vec![audience]),
            Value::Array(audiences) => audiences
                .iter()
                .map(|value| value.as_str().ok_or(JwtError::WrongType("aud")))
                .collect(),
            _ => Err(JwtError::WrongType("aud")),
        }
    }

    /// `aud` names at least one of `accepted` (RFC 7519 section 4.1.3, RFC 8725 section 3.9).
    ///
    /// # Errors
    /// [`JwtError`] naming `aud`.
    pub fn require_audience(&self, accepted: &[&str]) -> Result<(), JwtError> {
        let named = self.audiences()?;
        if named.iter().any(|audience| accepted.contains(audience)) {
            Ok(())
        } else {
            Err(JwtError::Mismatch("aud"))
        }
    }

    /// `aud` names one of `accepted` and nobody else, so that no other receiver can replay the token here.
    ///
    /// # Errors
    /// [`JwtError`] naming `aud`.
    pub fn require_sole_audience(&self, accepted: &[&str]) -> Result<(), JwtError> {
        match self.audiences()?.as_slice() {
            [only] if accepted.contains(only) => Ok(()),
            _ => Err(JwtError::Mismatch("aud")),
        }
    }

    /// `exp` is there and lies ahead (RFC 7519 section 4.1.4).
    ///
    /// # Errors
    /// [`JwtError::Expired`], or [`JwtError`] naming `exp`.
    pub fn require_unexpired(&self, now: i64, leeway: i64) -> Result<(), JwtError> {
        require_before_end(self.required_time("exp")?, now, leeway)
    }

    /// `exp`, where it is there, lies ahead.
    ///
    /// # Errors
    /// As [`Self::require_unexpired`].
    pub fn require_unexpired_if_present(&self, now: i64, leeway: i64) -> Result<(), JwtError> {
        self.time("exp")?
            .map_or(Ok(()), |end| require_before_end(end, now, leeway))
    }

    /// `nbf`, where it is there, has passed (RFC 7519 section 4.1.5).
    ///
    /// # Errors
    /// [`JwtError::NotYetValid`], or [`JwtError`] naming `nbf`.
    pub fn require_started(&self, now: i64, leeway: i64) -> Result<(), JwtError> {
        match self.time("nbf")? {
            Some(start) if now.saturating_add(leeway) < start => Err(JwtError::NotYetValid),
            _ => Ok(()),
        }
    }

    /// `iat` is there, at most `max_age` seconds ago, and not ahead (RFC 7519 section 4.1.6).
    ///
    /// # Errors
    /// [`JwtError::TooOld`], [`JwtError::NotYetValid`], or [`JwtError`] naming `iat`.
    pub fn require_recent(&self, now: i64, max_age: i64, leeway: i64) -> Result<(), JwtError> {
        let issued = self.required_time("iat")?;
        if now.saturating_add(leeway) < issued {
            return Err(JwtError::NotYetValid);
        }
        if now.saturating_sub(max_age).saturating_sub(leeway) > issued {
            return Err(JwtError::TooOld);
        }
        Ok(())
    }
}

fn require_before_end(end: i64, now: i64, leeway: i64) -> Result<(), JwtError> {
    if now < end.saturating_add(leeway) {
        Ok(())
    } else {
        Err(JwtError::Expired)
    }
}

fn numeric_date(value: &Value) -> Option<i64> {
    /// The largest whole number that a double holds exactly.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    value.as_i64().or_else(|| {
        let seconds = value
            .as_f64()
            .map(f64::floor)
            .filter(|seconds| seconds.abs() <= EXACT)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a whole number within the bound above"
        )]
        Some(seconds as i64)
    })
}

crate::redaction::redacted_debug!(Claims);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: Value) -> Claims {
        let Value::Object(members) = value else {
            panic!("an object")
        };
        Claims::from_map(members)
    }

    #[test]
    fn audience_is_a_string_or_an_array() {
        for aud in [json!("a"), json!(["b", "a"])] {
            assert_eq!(claims(json!({"aud": aud})).require_audience(&["a", "c"]), Ok(()));
        }
        let mismatch = Err(JwtError::Mismatch("aud"));
        assert_eq!(claims(json!({"aud": []})).require_audience(&["a"]), mismatch);
        assert_eq!(claims(json!({"aud": "A"})).require_audience(&["a"]), mismatch);
        assert_eq!(
            claims(json!({"aud": ["a", "b"]})).require_sole_audience(&["a"]),
            mismatch
        );
        assert_eq!(
            claims(json!({"aud": ["a"]})).require_sole_audience(&["a"]),
            Ok(())
        );
        assert_eq!(
            claims(json!({"aud": ["a", 1]})).require_audience(&["a"]),
            Err(JwtError::WrongType("aud"))
        );
        assert_eq!(
            claims(json!({})).require_audience(&["a"]),
            Err(JwtError::Missing("aud"))
        );
    }

    #[test]
    fn end_is_exclusive_and_leeway_extends_it() {
        let claims = claims(json!({"exp": 100}));
        assert_eq!(claims.require_unexpired(99, 0), Ok(()));
        assert_eq!(claims.require_unexpired(100, 0), Err(JwtError::Expired));
        assert_eq!(claims.require_unexpired(104, 5), Ok(()));
        assert_eq!(claims.require_unexpired(105, 5), Err(JwtError::Expired));
    }

    #[test]
    fn start_and_issue_time() {
        let claims = claims(json!({"nbf": 100, "iat": 100.9}));
        assert_eq!(claims.require_started(99, 0), Err(JwtError::NotYetValid));
        assert_eq!(claims.require_started(99, 1), Ok(()));
        assert_eq!(claims.require_recent(160, 60, 0), Ok(()));
        assert_eq!(claims.require_recent(161, 60, 0), Err(JwtError::TooOld));
        assert_eq!(claims.require_recent(90, 60, 5), Err(JwtError::NotYetValid));
    }

    #[test]
    fn times_at_the_edge_do_not_overflow() {
        let claims = claims(json!({"exp": i64::MAX, "iat": i64::MIN, "nbf": i64::MAX}));
        assert_eq!(
            claims.require_unexpired(i64::MAX, i64::MAX),
            Err(JwtError::Expired)
        );
        assert_eq!(claims.require_recent(i64::MIN, i64::MAX, i64::MAX), Ok(()));
        assert_eq!(claims.require_started(i64::MIN, 0), Err(JwtError::NotYetValid));
    }

    #[test]
    fn a_time_is_a_number_in_range() {
        for exp in [json!("100"), json!(1e300), json!(null), json!(u64::MAX)] {
            assert_eq!(
                claims(json!({"exp": exp})).require_unexpired(0, 0),
                Err(JwtError::WrongType("exp"))
            );
        }
    }

    #[test]
    fn issuer_is_exact() {
        let claims = claims(json!({"iss": "https://a.example"}));
        assert_eq!(claims.require_issuer("https://a.example"), Ok(()));
        assert_eq!(
            claims.require_issuer("https://a.example/"),
            Err(JwtError::Mismatch("iss"))
        );
    }
}
