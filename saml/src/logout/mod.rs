//! Single logout (Core 3.7, Profiles 4.4): read, checked, prepared, and the order in which the participants of a session are told.

mod check;
mod message;
mod plan;
mod write;

pub use check::{LogoutCircumstances, SessionName, check_logout, check_logout_response};
pub use message::{LogoutRequest, LogoutResponse};
pub use plan::{Delivery, Initiator, LogoutPlan, Outcome, Participant};
pub use write::{LogoutRequestFacts, LogoutResponseFacts, logout_request, logout_response};
