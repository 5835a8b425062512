//! Approving (profile 4.1, 4.3): what is asked, what the person decides, and the signed answer.

mod code;
mod decision;
mod pending;
mod submission;

pub use code::{Code, CodeError};
pub use decision::{CodeAnswer, Decision, DecisionError, DeclineReason};
pub use pending::{Matching, PendingList, PendingRequest, Purpose, ServiceDescription};
pub use submission::{Answered, ApprovalError, Approver, approve, decline};
