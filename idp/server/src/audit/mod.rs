//! Audit: facts become records whose subject and address only the subject's own key opens (profile 12).

mod checkpoint;
mod sealer;
mod verify;

pub use checkpoint::{CHECKPOINT_TYPE, write_checkpoints};
pub use sealer::AuditSealer;
pub(crate) use verify::{
    ChainView, STATEMENT_LIMIT, first_fault, open_statement, signed_claims, verify_chain,
};
