//! Audit facts: what happened, in the seeds' event names, never with a claim value or a code (profile 12).

use std::collections::BTreeMap;
use std::net::IpAddr;

use idp_types::{OperatorName, ServiceId, SessionId, TokenId};
use serde::{Deserialize, Serialize};

macro_rules! events {
    ($($variant:ident $text:literal),+ $(,)?) => {
        /// The catalogue of audit events.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum AuditEvent { $(#[doc = $text] #[serde(rename = $text)] $variant),+ }

        impl AuditEvent {
            /// Every event.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in the log.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

events! {
    AuthInitiate "AUTH_INITIATE",
    AuthClaim "AUTH_CLAIM",
    AuthApprove "AUTH_APPROVE",
    AuthReject "AUTH_REJECT",
    AuthFail "AUTH_FAIL",
    AuthExpire "AUTH_EXPIRE",
    Consent "CONSENT",
    VdsVerifyFail "VDS_VERIFY_FAIL",
    Enroll "ENROLL",
    EnrollRefused "ENROLL_REFUSED",
    EnrollCredential "ENROLL_CREDENTIAL",
    DeviceLocked "DEVICE_LOCKED",
    DevicePush "DEVICE_PUSH",
    DeviceRemove "DEVICE_REMOVE",
    ServiceTrust "SERVICE_TRUST",
    ServiceDistrust "SERVICE_DISTRUST",
    NotMe "NOT_ME",
    Revoke "REVOKE",
    Supersede "SUPERSEDE",
    SupersedeRequest "SUPERSEDE_REQUEST",
    AdminRead "ADMIN_READ",
    AdminService "ADMIN_SERVICE",
    AdminEnrolmentCode "ADMIN_ENROLMENT_CODE",
    AdminErase "ADMIN_ERASE",
    AdminToken "ADMIN_TOKEN",
    AdminDenied "ADMIN_DENIED",
    KeyRotate "KEY_ROTATE",
    KeyRetire "KEY_RETIRE",
    KeyImport "KEY_IMPORT",
    TrustRefresh "TRUST_REFRESH",
    TokenIssue "TOKEN_ISSUE",
    TokenRefresh "TOKEN_REFRESH",
    TokenRevoke "TOKEN_REVOKE",
    TokenReuse "TOKEN_REUSE",
    ClientAuthFail "CLIENT_AUTH_FAIL",
    ClientRegister "CLIENT_REGISTER",
    ClientUpdate "CLIENT_UPDATE",
    ClientRemove "CLIENT_REMOVE",
    SpRegister "SP_REGISTER",
    SpUpdate "SP_UPDATE",
    SpRemove "SP_REMOVE",
    SessionBegin "SESSION_BEGIN",
    SessionEnd "SESSION_END",
    LogoutSend "LOGOUT_SEND",
    LogoutGiveUp "LOGOUT_GIVE_UP",
    SamlIssue "SAML_ISSUE",
    SamlRefuse "SAML_REFUSE",
    LinkCreate "LINK_CREATE",
    LinkRemove "LINK_REMOVE",
    Start "START",
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "name", rename_all = "lowercase")]
pub enum Actor {
    /// Nobody that was authenticated.
    Anonymous,
    /// An enrolled device, under its signature.
    Device,
    /// A service, under its caller authentication.
    Service,
    /// An operator, by name.
    Operator(OperatorName),
    /// The server itself.
    System,
}

/// One fact. The subject and the address are sealed under a per-subject key before they are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditFact {
    /// What happened.
    pub event: AuditEvent,
    /// Who did it.
    pub actor: Actor,
    /// Whom it concerns.
    pub subject: Option<TokenId>,
    /// From where.
    pub address: Option<IpAddr>,
    /// In which session.
    pub session_id: Option<SessionId>,
    /// For which service.
    pub service_id: Option<ServiceId>,
    /// Further facts, none of them a claim value, a code or a secret.
    pub details: BTreeMap<&'static str, String>,
}

impl AuditFact {
    /// A fact about nobody yet.
    pub fn new(event: AuditEvent, actor: Actor) -> Self {
        Self {
            event,
            actor,
            subject: None,
            address: None,
            session_id: None,
            service_id: None,
            details: BTreeMap::new(),
        }
    }

    /// About this holder.
    #[must_use]
    pub fn about(mut self, subject: &TokenId) -> Self {
        self.subject = Some(subject.clone());
        self
    }

    /// From this address.
    #[must_use]
    pub fn from_address(mut self, address: Option<IpAddr>) -> Self {
        self.address = address;
        self
    }

    /// In this session.
    #[must_use]
    pub fn in_session(mut self, session_id: &SessionId) -> Self {
        self.session_id = Some(session_id.clone());
        self
    }

    /// For this service.
    #[must_use]
    pub fn for_service(mut self, service_id: &ServiceId) -> Self {
        self.service_id = Some(service_id.clone());
        self
    }

    /// With a further fact.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.details.insert(key, value.into());
        self
    }
}
