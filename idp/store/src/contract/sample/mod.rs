//! Records to store: complete ones, with every optional member present somewhere.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "contract suites run in tests; their literals parse"
)]

mod federation;
mod saml;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use idp_core::approval::{Caller, Purpose, Session, State, Status};
use idp_core::audit::{Actor, AuditEvent};
use idp_core::enrolment::{Device, DeviceKey, Holder, KeyProtection, PushAddress, SealFacts, SignedMessage};
use idp_core::service::{
    CallerAuthentication, DirectTokenType, SealedSecret, SecretHash, Service, SubjectType,
};
use idp_types::{
    AtomicScope, DeviceId, Fingerprint, MatchingMode, Scope, ScopeSet, ServiceId, SessionId, Timestamp,
    TokenId, TrustLevel,
};

use crate::durable::{AuditRecord, CredentialStatus, SessionOutcome, TokenStatus};

pub use federation::{
    account_link, authentication, browser_session, client, client_id, grant, grant_id, logout_delivery,
};
pub use saml::{entity_id, service_provider};

/// The moment at which the suites live, with milliseconds that an engine must not lose.
pub const NOW: Timestamp = Timestamp::from_unix_millis(1_790_000_000_123);

/// A number that no other call gets.
pub fn serial() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A fresh session identifier.
pub fn session_id() -> SessionId {
    SessionId::parse(format!("sess_{:022}", serial())).unwrap()
}

/// A fresh tokenId.
pub fn token_id() -> TokenId {
    TokenId::parse(format!("VDS-FR-{:08}", serial())).unwrap()
}

/// A fresh serviceId.
pub fn service_id() -> ServiceId {
    ServiceId::parse(format!("service-{:08}", serial())).unwrap()
}

/// A deviceId; the same name gives the same.
pub fn device_id(name: &str) -> DeviceId {
    DeviceId::parse(name).unwrap()
}

/// A fingerprint that no other call gets.
pub fn fingerprint() -> Fingerprint {
    let mut digest = [7; 32];
    digest
        .iter_mut()
        .zip(serial().to_be_bytes())
        .for_each(|(place, byte)| *place = byte);
    Fingerprint(digest)
}

/// A device.
pub fn device(name: &str) -> Device {
    Device {
        device_id: device_id(name),
        key: DeviceKey([4; 65]),
        key_protection: KeyProtection::Hardware,
        face_vouched: true,
        signed_message: SignedMessage::V2,
        push: PushAddress::Webpush {
            endpoint: "https://push.example/abc".to_owned(),
            p256dh: "cDI1NmRo".to_owned(),
            auth: "YXV0aA".to_owned(),
        },
        push_encryption_key: Some(DeviceKey([9; 65])),
        seal: SealFacts {
            fingerprint: fingerprint(),
            manifest: "0A0001".to_owned(),
            scheme_operator: "Example Operator".to_owned(),
            trust_level: TrustLevel::Substantial,
            expires_at: NOW.plus_seconds(86_400),
        },
        failures: 3,
        revoked: None,
        enrolled_at: NOW,
    }
}

/// A holder with the given devices.
pub fn holder(token_id: &TokenId, devices: &[&str]) -> Holder {
    Holder {
        token_id: token_id.clone(),
        first_token_id: token_id.clone(),
        superseded_by: None,
        revoked: None,
        devices: devices.iter().map(|name| device(name)).collect(),
        trusted_services: BTreeSet::from([service_id()]),
        created_at: NOW,
        updated_at: NOW,
    }
}

/// A service.
pub fn service(service_id: &ServiceId) -> Service {
    Service {
        service_id: service_id.clone(),
        name: "Bar le Central".to_owned(),
        url: "https://bar.example".to_owned(),
        logo: Some("https://bar.example/logo.png".to_owned()),
        privacy_policy_url: None,
        allowed_scopes: vec![Scope::FullWithPhoto, Scope::AgeVerification],
        default_scopes: vec![Scope::Atomic(AtomicScope::AgeOver18)],
        audience: Some("bar".to_owned()),
        caller_authentication: CallerAuthentication::Secret,
        origins: vec!["https://bar.example".to_owned()],
        secrets: vec![SecretHash("00".repeat(32))],
        caller_key: Some("{}".to_owned()),
        response_secrets: vec![SealedSecret("c2VhbGVk".to_owned())],
        matching_mode: MatchingMode::Transfer,
        trust_required: true,
        subject_type: SubjectType::Pairwise,
        token_type: DirectTokenType::IdToken,
        enabled: true,
        created_at: NOW,
        updated_at: NOW.plus_seconds(1),
    }
}

/// A pending session of a holder.
pub fn session(token_id: Option<&TokenId>) -> Session {
    Session {
        id: session_id(),
        purpose: Purpose::Login,
        service_id: service_id(),
        token_id: token_id.cloned(),
        deliverable: true,
        requested: ScopeSet::from_iter([AtomicScope::Name, AtomicScope::AgeOver18]),
        mode: MatchingMode::Transfer,
        random: "0123456789abcdef0123456789abcdef".to_owned(),
        caller: Caller {
            authenticated: true,
            handle: "bar".to_owned(),
        },
        created_at: NOW,
        expires_at: NOW.plus_seconds(60),
        state: State::Pending { attempts_left: 3 },
    }
}

/// An approved outcome.
pub fn outcome(session_id: &SessionId, token_id: Option<&TokenId>) -> SessionOutcome {
    SessionOutcome {
        session_id: session_id.clone(),
        token_id: token_id.cloned(),
        service_id: ServiceId::parse("bar-le-central").unwrap(),
        status: Status::Approved,
        initiated_at: NOW,
        resolved_at: NOW.plus_seconds(5),
    }
}

/// A live token's entry.
pub fn token_status(list: u32, index: u32, token_id: &TokenId, device: &str) -> TokenStatus {
    TokenStatus {
        list,
        index,
        holder: Some((token_id.clone(), device_id(device))),
        grant_id: None,
        sid: None,
        expires_at: NOW.plus_seconds(3600),
    }
}

/// A copy of a credential.
pub fn credential_status(list: u32, index: u32, token_id: &TokenId, issuance_id: &str) -> CredentialStatus {
    CredentialStatus {
        list,
        index,
        issuance_id: issuance_id.to_owned(),
        token_id: token_id.clone(),
        device_id: device_id("phone"),
        configuration: "proof_of_age".to_owned(),
        issued_at: NOW,
        expires_at: NOW.plus_seconds(86_400),
        revoked_at: None,
    }
}

/// An audit record with every member.
pub fn audit(event: AuditEvent, session_id: Option<&SessionId>, subject: Option<&str>) -> AuditRecord {
    AuditRecord {
        at: NOW,
        event,
        actor: Actor::Device,
        session_id: session_id.cloned(),
        service_id: Some(ServiceId::parse("bar-le-central").unwrap()),
        subject: subject.map(ToOwned::to_owned),
        sealed: subject.map(|_| "c2VhbGVkIHN1YmplY3QgYW5kIGFkZHJlc3M".to_owned()),
        details: serde_json::json!({"mode": "transfer", "acr": "urn:idtokenseal:acr:oob-substantial"}),
    }
}
