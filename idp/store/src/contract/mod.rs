//! What every engine promises, as ordinary functions: an engine's tests call [`durable::all`] or [`ephemeral::all`] on a fresh store.
//!
//! Each case is a function of its own and uses identifiers of its own, so that a failing one can be run alone, and cases can run
//! beside each other. A broken promise is a failed assertion.

pub mod durable;
pub mod ephemeral;
pub mod sample;
