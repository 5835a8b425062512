//! The document of a service.

use idp_core::service::{
    CallerAuthentication, DirectTokenType, SealedSecret, SecretHash, Service, SubjectType,
};
use idp_types::{MatchingMode, Scope, ServiceId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{DocumentError, millis};

/// The largest document, in bytes: a logo may be a `data:` URL.
pub const LIMIT: usize = 1024 * 1024;

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

#[derive(Serialize)]
struct Written<'a>(#[serde(with = "ServiceRow")] &'a Service);

#[derive(Deserialize)]
struct Read(#[serde(with = "ServiceRow")] Service);

/// The document of a service.
///
/// # Errors
/// [`DocumentError::TooLong`] beyond [`LIMIT`].
pub fn document(service: &Service) -> Result<String, DocumentError> {
    super::write(&Written(service), LIMIT)
}

/// The service of a document.
///
/// # Errors
/// [`DocumentError`] when it is too long, or no service's.
pub fn parse(document: &str) -> Result<Service, DocumentError> {
    super::read::<Read>(document, LIMIT).map(|row| row.0)
}

#[cfg(test)]
mod tests {
    use crate::contract::sample;

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
        assert!(matches!(document(&service), Err(DocumentError::TooLong(_))));
        assert!(matches!(
            parse(&" ".repeat(LIMIT + 1)),
            Err(DocumentError::TooLong(_))
        ));
    }
}
