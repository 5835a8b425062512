//! The real `idp` command, as another process.

pub(crate) use tests::command::{Running, program, run, run_with};
