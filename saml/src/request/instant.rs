//! `IssueInstant`: a request is fresh (SDP-G01).

use idp_types::Timestamp;

use crate::message::Head;
use crate::status::{Detail, Status};

/// How far two clocks may be apart, in seconds.
pub const SKEW: i64 = 180;
/// How long a request may be on its way, in seconds.
pub const LIFE: i64 = 300;

/// A request of the version that we speak, neither too old nor from the future.
///
/// # Errors
/// The status that the sender is answered with.
pub fn check_instant(head: &Head, now: Timestamp) -> Result<(), Status> {
    if head.version != "2.0" {
        return Err(Status {
            code: crate::status::StatusCode::VersionMismatch,
            detail: None,
            message: Some("Version is not 2.0".to_owned()),
        });
    }
    if head.issue_instant > now.plus_seconds(SKEW) {
        return Err(Status::requester(
            Detail::RequestDenied,
            "IssueInstant is in the future",
        ));
    }
    if head.issue_instant.plus_seconds(LIFE + SKEW) < now {
        return Err(Status::requester(
            Detail::RequestDenied,
            "the request has expired",
        ));
    }
    Ok(())
}
