//! Approval sessions (ITU-T X.1280 procedures 8.2 to 8.5, profile 4): what one is, how it begins, how it ends.

mod begin;
mod displace;
mod message;
mod session;
mod step;
#[cfg(test)]
mod tests;

pub use begin::{Opening, begin};
pub use displace::{PENDING_CAP, displaced};
pub use message::{ApprovalMessage, approval_message, rejection_message, scopes_text};
pub use session::{
    ATTEMPTS, Approval, CLOCK_SKEW_SECONDS, Caller, Purpose, RejectReason, SCAN_SECONDS, SESSION_SECONDS,
    Session, State, Status,
};
pub use step::{Accepted, Answer, DeclineReason, Effect, Event, Refusal, Release, Step};
