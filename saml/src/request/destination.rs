//! `Destination`: the message is meant for this address (Core 3.2.1, Bindings 3.4.5.2 and 3.5.5.2).

use crate::message::Head;
use crate::status::{Detail, Status};

/// Compares the destination with our own addresses. A signed message must have one, so that it cannot be played to another provider.
///
/// # Errors
/// The status that the sender is answered with.
pub fn check_destination(head: &Head, own: &[&str], signed: bool) -> Result<(), Status> {
    match head.destination.as_deref().filter(|address| !address.is_empty()) {
        Some(address) if own.contains(&address) => Ok(()),
        None if !signed => Ok(()),
        _ => Err(Status::requester(
            Detail::RequestDenied,
            "Destination is not this endpoint",
        )),
    }
}
