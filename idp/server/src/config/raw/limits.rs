//! `[limits]`: caps and rates.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[limits]`: caps and rates.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawLimits {
    /// Open connections in all, WebSockets included. Keep it below the process's limit of open files.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_connections: usize,
    /// Open connections per client address (an IPv6 /64 counts as one). Those of trusted proxies are not counted.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_connections_per_address: usize,
    /// Approval sessions waiting at once.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub max_sessions: usize,
    /// Logins that callers without a secret may start, per minute and address, and per minute and tokenId.
    #[schemars(range(min = 1, max = 100_000))]
    pub initiate_per_minute: u32,
    /// Enrolments per hour and address.
    #[schemars(range(min = 1, max = 100_000))]
    pub enroll_per_hour: u32,
    /// Enrolment challenges per minute and address.
    #[schemars(range(min = 1, max = 100_000))]
    pub challenge_per_minute: u32,
    /// Requests to the administration interface per minute and operator.
    #[schemars(range(min = 1, max = 100_000))]
    pub admin_per_minute: u32,
    /// Requests per minute of a service that authenticates itself.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub service_per_minute: u32,
    /// Approvals with a wrong signature or code per minute and address.
    #[schemars(range(min = 1, max = 100_000))]
    pub verify_failures_per_minute: u32,
    /// Requests of clients that register themselves, per minute and address.
    #[schemars(range(min = 1, max = 100_000))]
    pub register_per_minute: u32,
    /// Registrations with a wrong token, per minute and address.
    #[schemars(range(min = 1, max = 100_000))]
    pub register_failures_per_minute: u32,
    /// Signed requests per minute and device.
    #[schemars(range(min = 1, max = 100_000))]
    pub device_requests_per_minute: u32,
    /// Pushes to the devices of a tokenId since its last successful approval.
    #[schemars(range(min = 1, max = 1_000))]
    pub pushes_since_success: u32,
    /// The longest request body, in bytes.
    #[schemars(range(min = 16_384, max = 1_048_576))]
    pub body_bytes: usize,
}

impl Default for RawLimits {
    fn default() -> Self {
        Self {
            max_connections: 20_000,
            max_connections_per_address: 1_000,
            max_sessions: 1_000_000,
            initiate_per_minute: 10,
            enroll_per_hour: 5,
            challenge_per_minute: 30,
            admin_per_minute: 60,
            service_per_minute: 6_000,
            verify_failures_per_minute: 30,
            register_per_minute: 60,
            register_failures_per_minute: 10,
            device_requests_per_minute: 120,
            pushes_since_success: 10,
            body_bytes: 65_536,
        }
    }
}
