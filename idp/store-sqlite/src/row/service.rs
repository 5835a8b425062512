//! The document of a service.

use idp_core::service::{
    CallerAuthentication, DirectTokenType, SealedSecret, SecretHash, Service, SubjectType,
};
use idp_types::{MatchingMode, Scope, ServiceId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{RowError, millis};

/// The largest document, in bytes: a logo may be a `data:` URL.
pub(crate) const LIMIT: usize = 1024 * 1024;

/// As it is written. The derive holds it to the members of the domain's record.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Service")]
struct ServiceRow {
    service_id: ServiceId,
    name: String,
    url: String,
    logo: Option<String>,
    privacy_policy_url: Option<String>,
    allowed_scopes: Vec<Scope>,
    default_scopes: Vec<Scope>,
    audience: Option<String>,
    caller_authentication: CallerAuthentication,
    origins: Vec<String>,
    secrets: Vec<SecretHash>,
    caller_key: Option<String>,
    response_secrets: Vec<SealedSecret>,
    matching_mode: MatchingMode,
    trust_required: bool,
    subject_type: SubjectType,
    token_type: DirectTokenType,
    enabled: bool,
    #[serde(with = "millis")]
    created_at: Timestamp,
    #[serde(with = "millis")]
    updated_at: Timestamp,
}

/// The document of a service.
pub(crate) fn document(service: &Service) -> Result<String, RowError> {
    let mut octets = Vec::new();
    ServiceRow::serialize(service, &mut serde_json::Serializer::new(&mut octets))?;
    if octets.len() > LIMIT {
        return Err(RowError::TooLong(LIMIT));
    }
    String::from_utf8(octets).map_err(|_| RowError::Column("document"))
}

/// The service of a document.
pub(crate) fn parse(document: &str) -> Result<Service, RowError> {
    if document.len() > LIMIT {
        return Err(RowError::TooLong(LIMIT));
    }
    let mut reader = serde_json::Deserializer::from_str(document);
    let service = ServiceRow::deserialize(&mut reader)?;
    reader.end()?;
    Ok(service)
}

#[cfg(test)]
mod tests {
    use idp_store::contract::sample;

    use super::*;

    #[test]
    fn a_service_reads_back_to_the_millisecond() {
        let service = sample::service(&sample::service_id());
        assert_eq!(parse(&document(&service).unwrap()).unwrap(), service);
    }

    #[test]
    fn a_logo_beyond_the_limit_is_refused() {
        let mut service = sample::service(&sample::service_id());
        service.logo = Some("x".repeat(LIMIT));
        assert!(matches!(document(&service), Err(RowError::TooLong(_))));
        assert!(matches!(parse(&" ".repeat(LIMIT + 1)), Err(RowError::TooLong(_))));
    }
}
