//! The octets of a record: JSON with sorted names and without white space, times as milliseconds, every member present.
//!
//! Sorted names and plain integers are RFC 8785's form for what records hold; strings are escaped as `serde_json` does, which for
//! every text is one way only. Whoever verifies hashes the stored octets, so that no other writer has to agree on the form.

use idp_core::audit::{Actor, AuditEvent};
use idp_types::{ServiceId, SessionId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::durable::AuditRecord;

/// The longest canonical record, in bytes.
pub const CANONICAL_LIMIT: usize = 64 * 1024;

/// Why octets are not a canonical record, or a record has none.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CanonicalError {
    /// Longer than [`CANONICAL_LIMIT`].
    #[error("an audit record is larger than {CANONICAL_LIMIT} bytes")]
    TooLong,
    /// Not the JSON of a record.
    #[error("not an audit record")]
    Malformed(#[from] serde_json::Error),
    /// The JSON of a record, in other octets than the canonical ones.
    #[error("an audit record that is not in its canonical form")]
    NotCanonical,
}

/// The record as it is hashed. The order of the members is the alphabet's.
#[derive(Serialize)]
struct Written<'a> {
    actor: &'a Actor,
    at: i64,
    details: Sorted<'a>,
    event: AuditEvent,
    sealed: Option<&'a str>,
    service_id: Option<&'a ServiceId>,
    session_id: Option<&'a SessionId>,
    subject: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    actor: Actor,
    at: i64,
    details: Value,
    event: AuditEvent,
    sealed: Option<String>,
    service_id: Option<ServiceId>,
    session_id: Option<SessionId>,
    subject: Option<String>,
}

/// A JSON value whose objects are written in the order of their names, however the map keeps them.
struct Sorted<'a>(&'a Value);

impl Serialize for Sorted<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(members) => {
                let mut members: Vec<_> = members.iter().collect();
                members.sort_unstable_by_key(|(name, _)| name.as_str());
                serializer.collect_map(members.into_iter().map(|(name, value)| (name, Sorted(value))))
            }
            Value::Array(elements) => serializer.collect_seq(elements.iter().map(Sorted)),
            other => other.serialize(serializer),
        }
    }
}

/// The octets of a record.
///
/// # Errors
/// [`CanonicalError::TooLong`] beyond [`CANONICAL_LIMIT`].
pub fn canonical(record: &AuditRecord) -> Result<Vec<u8>, CanonicalError> {
    let octets = serde_json::to_vec(&Written {
        actor: &record.actor,
        at: record.at.unix_millis(),
        details: Sorted(&record.details),
        event: record.event,
        sealed: record.sealed.as_deref(),
        service_id: record.service_id.as_ref(),
        session_id: record.session_id.as_ref(),
        subject: record.subject.as_deref(),
    })?;
    if octets.len() > CANONICAL_LIMIT {
        return Err(CanonicalError::TooLong);
    }
    Ok(octets)
}

/// The record of canonical octets.
///
/// # Errors
/// [`CanonicalError`] when they are too long, not a record, or a record in another form.
pub fn parse_canonical(octets: &[u8]) -> Result<AuditRecord, CanonicalError> {
    if octets.len() > CANONICAL_LIMIT {
        return Err(CanonicalError::TooLong);
    }
    let read: Read = serde_json::from_slice(octets)?;
    let record = AuditRecord {
        at: Timestamp::from_unix_millis(read.at),
        event: read.event,
        actor: read.actor,
        session_id: read.session_id,
        service_id: read.service_id,
        subject: read.subject,
        sealed: read.sealed,
        details: read.details,
    };
    if canonical(&record)? == octets {
        Ok(record)
    } else {
        Err(CanonicalError::NotCanonical)
    }
}

#[cfg(test)]
mod tests {
    use idp_core::audit::AuditEvent;

    use super::*;
    use crate::contract::sample;

    #[test]
    fn the_octets_are_sorted_and_complete() {
        let mut record = sample::audit(AuditEvent::AuthApprove, None, Some("subject"));
        record.details = serde_json::json!({"b": {"z": 1, "y": [true, null]}, "a": "é\u{1}\""});
        let octets = String::from_utf8(canonical(&record).unwrap()).unwrap();
        assert_eq!(
            octets,
            concat!(
                r#"{"actor":{"kind":"device"},"at":1790000000123,"#,
                r#""details":{"a":"é\u0001\"","b":{"y":[true,null],"z":1}},"event":"AUTH_APPROVE","#,
                r#""sealed":"c2VhbGVkIHN1YmplY3QgYW5kIGFkZHJlc3M","service_id":"bar-le-central","#,
                r#""session_id":null,"subject":"subject"}"#
            )
        );
        assert_eq!(parse_canonical(octets.as_bytes()).unwrap(), record);
    }

    #[test]
    fn another_form_of_the_same_record_is_refused() {
        let record = sample::audit(AuditEvent::Start, None, None);
        let octets = String::from_utf8(canonical(&record).unwrap()).unwrap();
        let spaced = octets.replacen(':', ": ", 1);
        assert!(matches!(
            parse_canonical(spaced.as_bytes()),
            Err(CanonicalError::NotCanonical)
        ));
        let extended = octets.replacen('{', r#"{"more":1,"#, 1);
        assert!(matches!(
            parse_canonical(extended.as_bytes()),
            Err(CanonicalError::Malformed(_))
        ));
    }

    #[test]
    fn a_record_beyond_the_limit_is_refused() {
        let mut record = sample::audit(AuditEvent::Start, None, None);
        record.details = Value::String("x".repeat(CANONICAL_LIMIT));
        assert!(matches!(canonical(&record), Err(CanonicalError::TooLong)));
        assert!(matches!(
            parse_canonical(&vec![b' '; CANONICAL_LIMIT + 1]),
            Err(CanonicalError::TooLong)
        ));
    }
}
