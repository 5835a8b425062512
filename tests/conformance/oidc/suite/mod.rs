//! What a module is, how many run at once, and what is said of them.

mod count;
mod module;
mod run;

pub(crate) use module::{Entry, Module, Plan, Variant, entries};
pub(crate) use run::run;
