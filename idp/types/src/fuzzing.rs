//! Entries for the fuzz targets: each must not panic, whatever the bytes, and what it accepts must read back.

use crate::{
    AtomicScope, CivilDate, ClientId, DeviceId, KeyId, OperatorName, RegistrationId, Scope, ServiceId,
    SessionId, SourceClaim, Timestamp, TokenId,
};

/// Identifiers of every kind; what was accepted holds no separator of a signed string.
pub fn identifiers(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let accepted = [
        TokenId::parse(&*text).map(String::from),
        DeviceId::parse(&*text).map(String::from),
        ServiceId::parse(&*text).map(String::from),
        ClientId::parse(&*text).map(String::from),
        SessionId::parse(&*text).map(String::from),
        RegistrationId::parse(&*text).map(String::from),
        KeyId::parse(&*text).map(String::from),
        OperatorName::parse(&*text).map(String::from),
    ];
    for id in accepted.into_iter().flatten() {
        assert_eq!(id, text);
        assert!(!id.contains(['|', ',', ' ', '"', '\n']));
    }
}

/// Scopes, claims, dates, times and binary text; what was accepted reads back.
pub fn words(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(scope) = text.parse::<Scope>() {
        assert_eq!(scope.as_str(), text);
    }
    if let Ok(scope) = text.parse::<AtomicScope>() {
        assert_eq!(scope.as_str(), text);
    }
    if let Ok(claim) = text.parse::<SourceClaim>() {
        assert_eq!(claim.as_str(), text);
    }
    if let Some(date) = CivilDate::parse(&text) {
        assert_eq!(date.to_string(), text);
        assert!(date.end() > Timestamp::from_unix_seconds(i64::MIN));
    }
    if let Some(time) = Timestamp::parse_rfc3339(&text) {
        assert_eq!(
            Timestamp::parse_rfc3339(&time.to_rfc3339()).map(Timestamp::unix_seconds),
            Some(time.unix_seconds())
        );
    }
    if let Some(bytes) = crate::encoding::from_base64url(&text) {
        assert_eq!(crate::encoding::base64url(&bytes), text);
    }
    if let Some(bytes) = crate::encoding::from_lowerhex(&text) {
        assert_eq!(crate::encoding::lowerhex(&bytes), text);
    }
}
