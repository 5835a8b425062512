//! A device's request under way (RFC 8628 3.3 to 3.5). What the person decides first counts; that it is redeemed once is decided by the
//! commit.

use idp_types::{SessionId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::authentication::Authentication;
use crate::error::OAuthError;
use crate::grant::GrantId;
use crate::polled::{self, PolledRequest};

/// The grant of a device code is derived from it.
const CONTEXT: &[u8] = b"idt-device-grant-v1";

/// What is said of a device code that is unknown, used, or another client's: always the same.
pub const UNKNOWN: OAuthError =
    OAuthError::invalid_grant("the device_code is unknown, used, or was given to another client");

/// What the person decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Decision {
    /// Nothing yet. A session may be asking the phone.
    None { asking: Option<SessionId> },
    /// Approved in this session.
    Approved(SessionId),
    /// Declined.
    Denied,
}

/// Where a request stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nobody decided.
    Open,
    /// Approved; the session holds what was released.
    Approved(SessionId),
    /// Declined.
    Denied,
    /// Too late, whatever was decided.
    Expired,
}

/// Kept by the digest of its device code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceTransaction {
    /// What the device asked for.
    pub request: PolledRequest,
    decision: Decision,
}

impl DeviceTransaction {
    /// A request that nobody has seen yet.
    pub const fn new(request: PolledRequest) -> Self {
        Self {
            request,
            decision: Decision::None { asking: None },
        }
    }

    /// Where it stands. RFC 8628 3.2: both codes end together.
    pub fn standing(&self, now: Timestamp) -> Standing {
        match &self.decision {
            Decision::Denied => Standing::Denied,
            _ if now >= self.request.expires_at => Standing::Expired,
            Decision::None { .. } => Standing::Open,
            Decision::Approved(session) => Standing::Approved(session.clone()),
        }
    }

    /// The session that asks the phone, while nobody decided.
    pub const fn asking(&self) -> Option<&SessionId> {
        match &self.decision {
            Decision::None { asking } => asking.as_ref(),
            Decision::Approved(_) | Decision::Denied => None,
        }
    }

    /// A session asks the phone now, in place of an earlier one.
    pub fn ask(&mut self, session: &SessionId) {
        if let Decision::None { asking } = &mut self.decision {
            *asking = Some(session.clone());
        }
    }

    /// The person approved in this session. Who meets no demanded `acr` has not.
    pub fn approve(&mut self, session: &SessionId, authentication: &Authentication, now: Timestamp) {
        if self.standing(now) == Standing::Open {
            self.decision = match self.request.met_by(authentication) {
                Ok(_) => Decision::Approved(session.clone()),
                Err(_) => Decision::Denied,
            };
        }
    }

    /// The person declined.
    pub fn deny(&mut self, now: Timestamp) {
        if self.standing(now) == Standing::Open {
            self.decision = Decision::Denied;
        }
    }
}

/// The grant that a device code gives, or gave.
pub fn grant_of(device_code: &str) -> GrantId {
    polled::grant_of(CONTEXT, device_code)
}
