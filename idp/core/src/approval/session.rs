//! The approval session: one question to one person, with exactly one answer (profile 4.4).

use idp_types::{DeviceId, MatchingMode, ScopeSet, ServiceId, SessionId, Timestamp, TokenId};
use serde::{Deserialize, Serialize};

/// Seconds that a person has to answer (profile 4.4).
pub const SESSION_SECONDS: i64 = 60;

/// Seconds that a QR waits to be scanned (profile 7).
pub const SCAN_SECONDS: i64 = 180;

/// Wrong answers that end a session (profile 4.3).
pub const ATTEMPTS: u8 = 3;

/// Seconds that a device's clock may be off (profile 4.3).
pub const CLOCK_SKEW_SECONDS: i64 = 30;

/// What the approval is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "purpose", rename_all = "snake_case")]
pub enum Purpose {
    /// A login at the service, with the service's usual subject.
    Login,
    /// A login that a protocol asked for: its result goes to that protocol, not out as a direct JWT (profile 8 to 10).
    Protocol {
        /// What the client wants shown beside the code (CIBA Core 7.1, `binding_message`).
        message: Option<String>,
    },
    /// Verified attributes without an account: the subject is fresh for each session (profile 7).
    Verify,
    /// A further device of the same holder (profile 2); `binding` is SHA-256 over tokenId, deviceId and key.
    EnrolDevice {
        /// What exactly is approved, lower-case hexadecimal.
        binding: String,
    },
    /// A new seal takes over from this holder's (profile 11).
    Supersede {
        /// The new tokenId.
        by: TokenId,
    },
}

/// Who started the session: decides whose sessions yield to whose (profile 4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// Whether the caller authenticated as the service.
    pub authenticated: bool,
    /// A keyed digest of the address, or the service's own name; never the address itself.
    pub handle: String,
}

/// Where a session stands. Four of these are terminal, and a session reaches exactly one of the four.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// A QR waits for a phone.
    AwaitingScan,
    /// A person is asked.
    Pending {
        /// Wrong answers that are still allowed.
        attempts_left: u8,
    },
    /// The person approved.
    Approved(Approval),
    /// The person declined, or the attempts ran out.
    Rejected {
        /// Why.
        reason: RejectReason,
        /// When.
        at: Timestamp,
    },
    /// Nobody answered in time.
    Expired {
        /// When that was noticed.
        at: Timestamp,
    },
    /// The person approved, and the process that was to deliver the result ended before it did: whoever asked has to begin again.
    Interrupted {
        /// When the person approved.
        at: Timestamp,
    },
}

/// What was approved, and by which device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The device that signed.
    pub device_id: DeviceId,
    /// What the person granted.
    pub granted: ScopeSet,
    /// When.
    pub at: Timestamp,
    /// SHA-256 of the approving request, lower-case hexadecimal: the same bytes again get the same answer.
    pub request_digest: String,
    /// When the released token expires.
    pub token_expires_at: Timestamp,
}

/// Why a session was rejected, as the browser is told (`product.md` 4; the last four are ours).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectReason {
    /// The signature did not verify.
    InvalidSignature,
    /// A wrong choice in mode `choose`.
    InvalidOtp,
    /// Three wrong answers.
    TooManyAttempts,
    /// The person declined.
    UserRejected,
    /// The holder or the device was revoked meanwhile.
    Revoked,
    /// A newer session took its place.
    Replaced,
    /// Whoever asked withdrew the question.
    Withdrawn,
}

impl RejectReason {
    /// The sentence on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidSignature => "Invalid signature",
            Self::InvalidOtp => "Invalid OTP",
            Self::TooManyAttempts => "Too many attempts",
            Self::UserRejected | Self::Revoked | Self::Replaced | Self::Withdrawn => "User rejected",
        }
    }
}

/// One approval session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its identifier, 128 random bits.
    pub id: SessionId,
    /// What it is for.
    pub purpose: Purpose,
    /// Who asks.
    pub service_id: ServiceId,
    /// Who is asked; nobody until a phone scanned the QR. Already the head of its chain.
    pub token_id: Option<TokenId>,
    /// Whether a phone may be told of it. A session for an unknown tokenId looks the same from outside (profile 4).
    pub deliverable: bool,
    /// What is asked for.
    pub requested: ScopeSet,
    /// How the code travels.
    pub mode: MatchingMode,
    /// 32 hexadecimal characters, echoed to the service.
    pub random: String,
    /// Who started it.
    pub caller: Caller,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// Where it stands.
    pub state: State,
}

impl Session {
    /// Whether the session has its answer.
    pub const fn is_terminal(&self) -> bool {
        matches!(
            self.state,
            State::Approved(_) | State::Rejected { .. } | State::Expired { .. } | State::Interrupted { .. }
        )
    }

    /// Whether a person can still answer at `now`.
    pub fn is_pending(&self, now: Timestamp) -> bool {
        matches!(self.state, State::Pending { .. }) && now < self.expires_at
    }
}

/// The status names of `product.md` 3.7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not answered yet.
    Pending,
    /// Approved.
    Approved,
    /// Declined or failed.
    Rejected,
    /// Not answered in time.
    Expired,
    /// Approved, and the result is lost. The outcome that is recorded durably is `approved`.
    Interrupted,
}

impl Session {
    /// The status as the admin API shows it.
    pub const fn status(&self) -> Status {
        match self.state {
            State::AwaitingScan | State::Pending { .. } => Status::Pending,
            State::Approved(_) => Status::Approved,
            State::Rejected { .. } => Status::Rejected,
            State::Expired { .. } => Status::Expired,
            State::Interrupted { .. } => Status::Interrupted,
        }
    }
}
