//! Audit: facts become records whose subject and address only the subject's own key opens (profile 12).

mod checkpoint;
mod sealer;

pub use checkpoint::{CHECKPOINT_TYPE, write_checkpoints};
pub use sealer::AuditSealer;
