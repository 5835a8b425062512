//! What a phone is told (profile 4): strings only, nothing that a lock screen should not show.

use std::fmt;

use idp_core::approval::Session;
use idp_core::derive::Otp;
use idp_core::service::Service;
use idp_types::{MatchingMode, SessionId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The largest body that every provider takes, in bytes.
pub const BODY_LIMIT: usize = 4096;

/// The data of a push. Every value is a string, because FCM data values must be.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PushBody {
    /// `auth_request`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The session.
    pub session_id: String,
    /// Who asks.
    pub service_id: String,
    /// The name to show.
    pub service_name: String,
    /// The logo to show; empty when there is none, or when a `data:` URL would not fit.
    pub service_logo: String,
    /// `true` where the server vouches for the service's identity.
    pub service_verified: String,
    /// Atomic scopes, space-joined.
    pub scopes: String,
    /// RFC 3339.
    pub expires_at: String,
    /// The code, in mode `compare` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otp: Option<String>,
}

impl fmt::Debug for PushBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushBody")
            .field("session_id", &self.session_id)
            .finish_non_exhaustive()
    }
}

impl PushBody {
    /// The body for a pending session.
    pub fn of(session: &Session, service: &Service, otp: &Otp) -> Self {
        let logo = service
            .logo
            .as_deref()
            .filter(|logo| logo.starts_with("https:") && logo.len() <= 512);
        Self {
            kind: "auth_request".to_owned(),
            session_id: session.id.to_string(),
            service_id: service.service_id.to_string(),
            service_name: service.name.chars().take(64).collect(),
            service_logo: logo.unwrap_or_default().to_owned(),
            service_verified: "true".to_owned(),
            scopes: session.requested.to_claim(),
            expires_at: session.expires_at.to_rfc3339(),
            otp: (session.mode == MatchingMode::Compare).then(|| otp.reveal().to_owned()),
        }
    }
}

impl PushBody {
    /// What an operator sends to see whether pushes arrive: of type `test`, so that no app takes it for a request.
    pub fn test(session_id: &SessionId, expires_at: Timestamp) -> Self {
        Self {
            kind: "test".to_owned(),
            session_id: session_id.to_string(),
            service_id: String::new(),
            service_name: String::new(),
            service_logo: String::new(),
            service_verified: "false".to_owned(),
            scopes: String::new(),
            expires_at: expires_at.to_rfc3339(),
            otp: None,
        }
    }
}

/// A finished message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushMessage {
    /// Data in the clear, seen by the provider.
    Clear(PushBody),
    /// A compact JWE that only the device reads; it travels as the one member `jwe`.
    Encrypted(String),
}

impl PushMessage {
    /// The members as a provider carries them: strings alone.
    pub fn members(&self) -> Map<String, Value> {
        match self {
            Self::Clear(body) => match serde_json::to_value(body) {
                Ok(Value::Object(members)) => members,
                _ => Map::new(),
            },
            Self::Encrypted(compact) => Map::from_iter([("jwe".to_owned(), Value::from(compact.as_str()))]),
        }
    }
}

#[cfg(test)]
mod tests {
    use idp_core::approval::{Caller, Opening, Purpose, begin};
    use idp_core::derive::{OtpContext, otp};
    use idp_types::{AtomicScope, Secret, SessionId, Timestamp, TokenId};

    use super::*;

    fn body(mode: MatchingMode) -> serde_json::Value {
        let service: Service = serde_json::from_str(include_str!("../tests/service.json")).unwrap();
        let token_id = TokenId::parse("jean").unwrap();
        let opening = Opening {
            id: SessionId::parse("sess_1").unwrap(),
            random: "00".repeat(16),
            purpose: Purpose::Login,
            service_id: service.service_id.clone(),
            token_id: Some(token_id.clone()),
            deliverable: true,
            requested: [AtomicScope::Name].into_iter().collect(),
            mode,
            caller: Caller {
                authenticated: false,
                handle: String::new(),
            },
        };
        let session = begin(opening, Timestamp::from_unix_seconds(1_760_000_000)).0;
        let context = OtpContext {
            session_id: &session.id,
            token_id: &token_id,
            service_id: &service.service_id,
        };
        serde_json::to_value(PushBody::of(
            &session,
            &service,
            &otp(&Secret::new([7; 32]), &context),
        ))
        .unwrap()
    }

    #[test]
    fn the_code_travels_in_mode_compare_alone() {
        assert!(body(MatchingMode::Compare)["otp"].is_string());
        assert!(body(MatchingMode::Choose).get("otp").is_none());
        assert!(body(MatchingMode::Transfer).get("otp").is_none());
    }

    #[test]
    fn every_value_is_a_string_and_the_body_fits() {
        let body = body(MatchingMode::Compare);
        assert!(
            body.as_object()
                .unwrap()
                .values()
                .all(serde_json::Value::is_string)
        );
        assert!(body.to_string().len() < BODY_LIMIT);
    }
}
